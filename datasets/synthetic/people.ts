import { RandomStream } from "../../allocator/core/random.ts";
import { APPS, type AppName } from "./apps.ts";
import { hasLecture, hoursSinceLaunch, isHoliday, LECTURE_MINUTES, LECTURES, type Lecture } from "./calendar.ts";
import { drawRunMs, geometric, logNormal } from "./draw.ts";
import { drawHabits, type Habits } from "./habits.ts";
import { HOUR_MS, isWeekend, MINUTE_MS, traceMs, weekday } from "./local-time.ts";
import type { UserProfile } from "./users.ts";

/** Takes one request; those outside the window are dropped. */
export type Emit = (submitMs: number, runMs: number, app: AppName) => void;

/** Everything that the n-th user, who is no service, submits. */
export function emitPerson(n: number, profile: UserProfile, days: number, seed: number, emit: Emit): void {
  const person: Person = {
    profile,
    habits: drawHabits(n, profile, days, seed),
    days: new RandomStream(seed, `user ${n} days`),
    sessions: new RandomStream(seed, `user ${n} sessions`),
    jobs: new RandomStream(seed, `user ${n} jobs`),
    plans: new RandomStream(seed, `user ${n} appointments`),
    emit,
  };
  // East of Greenwich the first local day begins before the window, west of it the last one ends after.
  for (let day = -1; day <= days; day += 1) {
    emitAppointments(person, day);
    emitLecture(person, day);
    emitWork(person, day);
  }
}

interface Person {
  readonly profile: UserProfile;
  readonly habits: Habits;
  readonly days: RandomStream;
  readonly sessions: RandomStream;
  readonly jobs: RandomStream;
  readonly plans: RandomStream;
  readonly emit: Emit;
}

function isAway({ joinsDay, leave, zone }: UserProfile, day: number): boolean {
  if (day < joinsDay && joinsDay > 0) return true;
  if (leave !== null && day >= leave.fromDay && day < leave.toDay) return true;
  return isHoliday(zone.region, day);
}

/** Standing reports run within a couple of minutes of their time, nineteen times in twenty. */
function emitAppointments({ profile, habits, plans, emit }: Person, day: number): void {
  for (const { app, weekdays, startMinute } of habits.appointments) {
    const runMs = Math.min(drawRunMs(plans, APPS[app].run), 45 * MINUTE_MS);
    const minute = startMinute + 1.5 * plans.normal();
    const held = plans.float() < 0.95 && weekdays.includes(weekday(day)) && !isAway(profile, day);
    if (held) emit(traceMs(profile.zone, day, minute), runMs, app);
  }
}

/** Lectures fill a cohort's notebooks within a few minutes of the start, until a few minutes after the end. */
function emitLecture({ profile, plans, emit }: Person, day: number): void {
  const { cohort, zone } = profile;
  if (cohort === null) return;
  const late = 4 * plans.normal();
  const stays = LECTURE_MINUTES + 5 * plans.normal();
  const attends = plans.float() < 0.85 && hasLecture(cohort, day, zone.region) && !isAway(profile, day);
  if (!attends) return;
  const { startMinute } = LECTURES[cohort] as Lecture;
  emit(traceMs(zone, day, startMinute + late), Math.round((stays - late) * MINUTE_MS), "notebook-small");
}

/** The rest of a day: sessions and pauses, with lunch between two blocks of them. */
function emitWork(person: Person, day: number): void {
  const { profile, habits, days } = person;
  const weekend = isWeekend(day);
  const present = days.float() < (weekend ? habits.weekendPresence : habits.weekdayPresence);
  const start = startOfDay(person, day);
  const length = Math.max(60, habits.workMinutes + 30 * days.normal() - (weekday(day) === 4 ? 60 : 0)) * (weekend ? 0.6 : 1);
  const lunch = habits.lunchMinute + 10 * days.normal();
  const lunchEnd = lunch + habits.lunchMinutes + 5 * days.normal();
  if (!present || isAway(profile, day)) return;
  const end = start + length;
  if (start < lunch && lunchEnd < end) {
    emitBlock(person, day, start, lunch);
    emitBlock(person, day, lunchEnd, end);
  } else {
    emitBlock(person, day, start, end);
  }
  if (profile.role === "data-scientist") emitSweep(person, traceMs(profile.zone, day, end));
}

/**
 * On Mondays most office workers sign in for a meeting at 09:00, give or take a few minutes: the login storm, once a time zone.
 */
function startOfDay({ profile, habits, days }: Person, day: number): number {
  const drifted = Math.max(0, day - habits.driftsFromDay) * habits.driftMinutesPerDay;
  const usual = habits.startMinute + Math.max(-150, Math.min(150, drifted)) + habits.jitterMinutes * days.normal();
  const storm = 9 * 60 + 6 * days.normal();
  const joinsMeeting = days.float() < 0.7;
  return weekday(day) === 0 && profile.role !== "student" && joinsMeeting ? storm : usual;
}

/** Sessions one after another, pauses between them; each begins with a sign-in. */
function emitBlock(person: Person, day: number, fromMinute: number, toMinute: number): void {
  const { profile, habits, sessions, emit } = person;
  const endMs = traceMs(profile.zone, day, toMinute);
  let atMs = traceMs(profile.zone, day, fromMinute);
  while (atMs < endMs) {
    emit(atMs, drawRunMs(sessions, APPS["fn-sign-in"].run), "fn-sign-in");
    const app = sessions.float() < habits.mainShare ? habits.mainApp : habits.otherApp;
    const opensMs = atMs + 500 + Math.round(sessions.exponential(2_000));
    const runMs = Math.min(drawRunMs(sessions, APPS[app].run), Math.max(MINUTE_MS, endMs - opensMs));
    emit(opensMs, runMs, app);
    emitBesideSession(person, opensMs, opensMs + runMs);
    atMs = opensMs + runMs + Math.round(logNormal(sessions, 7 * MINUTE_MS, 0.9));
  }
}

/** What people set off while they work: pushes that run checks, queries, training jobs. */
function emitBesideSession(person: Person, fromMs: number, toMs: number): void {
  const { role } = person.profile;
  if (role === "developer") emitPushes(person, fromMs, toMs);
  if (role === "analyst") emitEvery(person, fromMs, toMs, 15 * MINUTE_MS, "fn-query");
  if (role === "data-scientist") {
    emitEvery(person, fromMs, toMs, 40 * MINUTE_MS, "fn-query");
    emitEvery(person, fromMs, toMs, 9 * HOUR_MS, "gpu-train");
    emitEvery(person, fromMs, toMs, 45 * HOUR_MS, "gpu-finetune");
  }
}

/** A Poisson process while a session lasts. */
function emitEvery({ jobs, emit }: Person, fromMs: number, toMs: number, meanGapMs: number, app: AppName): void {
  let atMs = fromMs + jobs.exponential(meanGapMs);
  while (atMs < toMs) {
    emit(Math.round(atMs), drawRunMs(jobs, APPS[app].run), app);
    atMs += jobs.exponential(meanGapMs);
  }
}

/** A push runs a handful of checks side by side; on launch days developers push twice as often. */
function emitPushes({ jobs, emit }: Person, fromMs: number, toMs: number): void {
  const meanGapMs = (hoursSinceLaunch(fromMs) === null ? 90 : 45) * MINUTE_MS;
  let atMs = fromMs + jobs.exponential(meanGapMs);
  while (atMs < toMs) {
    const checks = 1 + Math.min(6, geometric(jobs, 1.5));
    for (let check = 0; check < checks; check += 1) {
      emit(Math.round(atMs) + 1_000 + jobs.below(4_000), drawRunMs(jobs, APPS["ci-runner"].run), "ci-runner");
    }
    atMs += jobs.exponential(meanGapMs);
  }
}

/** One evening in six a data scientist leaves a handful of training jobs behind, submitted by a script. */
function emitSweep({ jobs, emit }: Person, atMs: number): void {
  if (jobs.float() >= 1 / 6) return;
  const count = 2 + jobs.below(4);
  for (let k = 0; k < count; k += 1) emit(atMs + k * 15_000, drawRunMs(jobs, APPS["gpu-train"].run), "gpu-train");
}
