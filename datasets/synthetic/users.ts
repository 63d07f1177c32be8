import { RandomStream } from "../../allocator/core/random.ts";
import type { AppName } from "./apps.ts";
import { choose } from "./draw.ts";
import { ZONES, type Zone } from "./local-time.ts";

export type Role = "data-scientist" | "developer" | "analyst" | "student" | "service";

/** Days without any work, `[fromDay, toDay)`. Planned leave stands in the calendar, sick leave does not. */
interface Leave {
  readonly fromDay: number;
  readonly toDay: number;
  readonly planned: boolean;
}

/** Who a user is. A service is a user too: a team's deployment that runs by itself. */
export interface UserProfile {
  readonly name: string;
  readonly role: Role;
  /** Tier name. */
  readonly tier: string;
  readonly zone: Zone;
  /** The user is new on this day; 0: there from the start. */
  readonly joinsDay: number;
  readonly leave: Leave | null;
  /** Which lectures a student attends. */
  readonly cohort: number | null;
}

/** Twenty users hold 4 data scientists, 6 developers, 4 analysts, 3 students and 3 services, mixed so that any few hold several. */
const ROLE_OF_TWENTY: readonly Role[] = [
  "developer",
  "data-scientist",
  "analyst",
  "service",
  "student",
  "developer",
  "analyst",
  "developer",
  "data-scientist",
  "student",
  "service",
  "developer",
  "analyst",
  "data-scientist",
  "developer",
  "service",
  "student",
  "developer",
  "data-scientist",
  "analyst",
];

const TIERS_OF_ROLE: Readonly<Record<Role, readonly (readonly [tier: string, weight: number])[]>> = {
  "data-scientist": [
    ["premium", 0.2],
    ["standard", 0.6],
    ["best-effort", 0.2],
  ],
  developer: [
    ["premium", 0.15],
    ["standard", 0.7],
    ["best-effort", 0.15],
  ],
  analyst: [
    ["premium", 0.25],
    ["standard", 0.65],
    ["best-effort", 0.1],
  ],
  student: [
    ["standard", 0.15],
    ["best-effort", 0.85],
  ],
  service: [
    ["premium", 0.35],
    ["standard", 0.5],
    ["best-effort", 0.15],
  ],
};

const ZONE_WEIGHTS: readonly (readonly [zone: Zone, weight: number])[] = [
  [ZONES.newYork, 0.2],
  [ZONES.losAngeles, 0.15],
  [ZONES.saoPaulo, 0.08],
  [ZONES.london, 0.12],
  [ZONES.berlin, 0.2],
  [ZONES.kolkata, 0.12],
  [ZONES.tokyo, 0.08],
  [ZONES.sydney, 0.05],
];

/** A cohort of students studies in one place. */
const ZONE_OF_COHORT: readonly Zone[] = [ZONES.newYork, ZONES.berlin, ZONES.kolkata];

/** What each role may run. */
export const PERMISSIONS: Readonly<Record<Role, readonly AppName[]>> = {
  "data-scientist": ["notebook-small", "notebook-large", "notebook-gpu", "gpu-train", "gpu-finetune", "fn-query", "fn-sign-in"],
  developer: ["devbox-web", "devbox-systems", "notebook-small", "ci-runner", "fn-sign-in"],
  analyst: ["desktop-office", "desktop-graphics", "notebook-small", "fn-query", "fn-sign-in"],
  student: ["notebook-small", "notebook-large", "fn-sign-in"],
  service: [
    "gpu-score",
    "fn-extract",
    "fn-load",
    "fn-report",
    "fn-index",
    "fn-backup",
    "fn-sync",
    "fn-webhook",
    "fn-notify",
    "fn-thumbnail",
    "fn-classify",
  ],
};

/** The n-th user. It depends on the seed, the number and the length of the trace, and on no other user. */
export function userProfile(n: number, days: number, seed: number): UserProfile {
  const random = new RandomStream(seed, `user ${n} profile`);
  const role = ROLE_OF_TWENTY[n % ROLE_OF_TWENTY.length] as Role;
  const cohort = role === "student" ? random.below(ZONE_OF_COHORT.length) : null;
  const zone = cohort === null ? choose(random, ZONE_WEIGHTS) : (ZONE_OF_COHORT[cohort] as Zone);
  const tier = choose(random, TIERS_OF_ROLE[role]);
  const person = role !== "service";
  const joinsDay = person && random.float() < 0.12 ? Math.floor(days * (0.15 + 0.6 * random.float())) : 0;
  const leaveFrom = Math.floor(days * random.float());
  const leaveDays = 3 + random.below(7);
  const planned = random.float() < 0.7;
  const onLeave = person && random.float() < 0.15;
  return {
    name: `${role}-${String(n + 1).padStart(4, "0")}`,
    role,
    tier,
    zone,
    joinsDay,
    leave: onLeave ? { fromDay: leaveFrom, toDay: leaveFrom + leaveDays, planned } : null,
    cohort,
  };
}
