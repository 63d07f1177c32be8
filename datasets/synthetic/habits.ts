import { RandomStream } from "../../allocator/core/random.ts";
import type { AppName } from "./apps.ts";
import { choose, logNormal } from "./draw.ts";
import type { Role, UserProfile } from "./users.ts";

/** A standing report: the same notebook at the same local time on the same weekdays. */
interface Appointment {
  readonly app: AppName;
  readonly weekdays: readonly number[];
  readonly startMinute: number;
}

/** How a person works, in local minutes of the day. */
export interface Habits {
  readonly startMinute: number;
  readonly workMinutes: number;
  readonly lunchMinute: number;
  readonly lunchMinutes: number;
  /** Standard deviation of the start of a day: some people are punctual, some are not. */
  readonly jitterMinutes: number;
  /** From `driftsFromDay` on the day begins this much later each day, up to two and a half hours in all; 0: a steady person. */
  readonly driftMinutesPerDay: number;
  readonly driftsFromDay: number;
  readonly weekdayPresence: number;
  readonly weekendPresence: number;
  readonly mainApp: AppName;
  readonly otherApp: AppName;
  /** Share of the sessions that use the main app. */
  readonly mainShare: number;
  readonly appointments: readonly Appointment[];
}

type Person = Exclude<Role, "service">;

interface Manner {
  readonly startMinute: number;
  readonly workMinutes: number;
  readonly weekdayPresence: number;
  readonly weekendPresence: number;
  readonly mainApps: readonly (readonly [app: AppName, weight: number])[];
  readonly otherApps: readonly (readonly [app: AppName, weight: number])[];
  /** The mean number of standing reports is a half of this. */
  readonly mostAppointments: number;
}

const MANNER_OF: Readonly<Record<Person, Manner>> = {
  "data-scientist": {
    startMinute: 9.25 * 60,
    workMinutes: 8.5 * 60,
    weekdayPresence: 0.92,
    weekendPresence: 0.08,
    mainApps: [
      ["notebook-large", 0.6],
      ["notebook-gpu", 0.4],
    ],
    otherApps: [["notebook-small", 1]],
    mostAppointments: 2,
  },
  developer: {
    startMinute: 9.75 * 60,
    workMinutes: 8.25 * 60,
    weekdayPresence: 0.93,
    weekendPresence: 0.04,
    mainApps: [
      ["devbox-web", 0.6],
      ["devbox-systems", 0.4],
    ],
    otherApps: [
      ["devbox-web", 0.4],
      ["devbox-systems", 0.4],
      ["notebook-small", 0.2],
    ],
    mostAppointments: 0,
  },
  analyst: {
    startMinute: 8.5 * 60,
    workMinutes: 8.5 * 60,
    weekdayPresence: 0.94,
    weekendPresence: 0.02,
    mainApps: [
      ["desktop-office", 0.75],
      ["desktop-graphics", 0.25],
    ],
    otherApps: [["notebook-small", 1]],
    mostAppointments: 2,
  },
  student: {
    startMinute: 18.5 * 60,
    workMinutes: 3.5 * 60,
    weekdayPresence: 0.55,
    weekendPresence: 0.6,
    mainApps: [["notebook-small", 1]],
    otherApps: [["notebook-large", 1]],
    mostAppointments: 0,
  },
};

const APPOINTMENT_DAYS: readonly (readonly (readonly number[])[])[] = [
  [
    [0, 1, 2, 3, 4],
    [0, 2, 4],
    [1, 3],
  ],
  [[0], [4], [2]],
];

/** The habits of the n-th user, who is no service. */
export function drawHabits(n: number, profile: UserProfile, days: number, seed: number): Habits {
  const random = new RandomStream(seed, `user ${n} habits`);
  const manner = MANNER_OF[profile.role as Person];
  const startMinute = manner.startMinute + 45 * random.normal();
  const drifts = random.float() < 0.2;
  const driftMinutesPerDay = drifts ? (random.float() < 0.5 ? -1 : 1) * (5 + 7 * random.float()) : 0;
  const driftsFromDay = Math.floor(days * (0.2 + 0.4 * random.float()));
  const presence = 1 - (1 - manner.weekdayPresence) * 2 * random.float();
  const mainApp = choose(random, manner.mainApps);
  const otherApp = choose(
    random,
    manner.otherApps.some(([app]) => app !== mainApp) ? without(manner.otherApps, mainApp) : manner.otherApps,
  );
  return {
    startMinute,
    workMinutes: manner.workMinutes + 40 * random.normal(),
    lunchMinute: 12.25 * 60 + 20 * random.normal(),
    lunchMinutes: 35 + 30 * random.float(),
    jitterMinutes: logNormal(random, 15, 0.7),
    driftMinutesPerDay,
    driftsFromDay,
    weekdayPresence: presence,
    weekendPresence: manner.weekendPresence,
    mainApp,
    otherApp,
    mainShare: 0.7 + 0.25 * random.float(),
    appointments: Array.from({ length: random.below(manner.mostAppointments + 1) }, () => drawAppointment(random)),
  };
}

function without<T>(choices: readonly (readonly [T, number])[], unwanted: T): readonly (readonly [T, number])[] {
  return choices.filter(([choice]) => choice !== unwanted);
}

/** Between 07:30 and 18:30, on the quarter of an hour, before or after most people's day as well as inside it. */
function drawAppointment(random: RandomStream): Appointment {
  const group = APPOINTMENT_DAYS[random.float() < 0.7 ? 0 : 1] as readonly (readonly number[])[];
  return {
    app: "notebook-small",
    weekdays: group[random.below(group.length)] as readonly number[],
    startMinute: 450 + 15 * random.below(45),
  };
}
