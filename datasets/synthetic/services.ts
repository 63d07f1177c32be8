import { RandomStream } from "../../allocator/core/random.ts";
import { APPS, type AppName } from "./apps.ts";
import { hoursSinceLaunch } from "./calendar.ts";
import { choose, drawRunMs, geometric, logNormal } from "./draw.ts";
import { DAY_MS, HOUR_MS, isWeekend, localMs, MINUTE_MS } from "./local-time.ts";
import type { Emit } from "./people.ts";
import type { UserProfile } from "./users.ts";

const TIMER_APPS: readonly AppName[] = ["fn-extract", "fn-load", "fn-report", "fn-index", "fn-backup", "fn-sync"];
const API_APPS: readonly AppName[] = ["fn-webhook", "fn-notify", "fn-thumbnail", "fn-classify"];

/** Everything that the n-th user, who is a service, submits: timers, a public interface, bursts and a nightly GPU job. */
export function emitService(n: number, profile: UserProfile, days: number, seed: number, emit: Emit): void {
  const random = new RandomStream(seed, `user ${n} deployments`);
  const firstTimer = random.below(TIMER_APPS.length);
  const timers = random.float() < 0.35 ? 2 : 1;
  const firstApi = random.below(API_APPS.length);
  const [hasApi, hasBursts, hasNightly] = [random.float() < 0.6, random.float() < 0.5, random.float() < 0.25];
  for (let k = 0; k < timers; k += 1) {
    const app = TIMER_APPS[(firstTimer + k) % TIMER_APPS.length] as AppName;
    emitTimer(new RandomStream(seed, `user ${n} timer ${k}`), days, app, emit);
  }
  const api = API_APPS[firstApi] as AppName;
  if (hasApi) emitApi(new RandomStream(seed, `user ${n} interface`), profile, days, api, emit);
  const burst = API_APPS[(firstApi + 1) % API_APPS.length] as AppName;
  if (hasBursts) emitBursts(new RandomStream(seed, `user ${n} bursts`), profile, days, burst, emit);
  if (hasNightly) emitNightly(new RandomStream(seed, `user ${n} nightly`), days, emit);
}

const PERIODS: readonly (readonly [minutes: number, weight: number])[] = [
  [5, 0.06],
  [15, 0.2],
  [30, 0.17],
  [60, 0.32],
  [360, 0.1],
  [1440, 0.15],
];

/**
 * A function on a timer: a fixed period, half of them on the full period and half at a minute of their own, dispatched a fraction
 * of a second late, now and then not at all. One in ten changes to half its period once.
 */
function emitTimer(random: RandomStream, days: number, app: AppName, emit: Emit): void {
  const periodMs = choose(random, PERIODS) * MINUTE_MS;
  const phaseMs = random.float() < 0.5 ? 0 : random.below(periodMs / MINUTE_MS) * MINUTE_MS;
  const changes = random.float() < 0.1;
  const changesMs = Math.floor(days * (0.3 + 0.4 * random.float())) * DAY_MS;
  for (let dueMs = phaseMs; dueMs < days * DAY_MS; ) {
    const delayMs = Math.min(5_000, Math.round(random.exponential(300)));
    const runMs = drawRunMs(random, APPS[app].run);
    if (random.float() >= 0.003) emit(dueMs + delayMs, runMs, app);
    dueMs += changes && dueMs >= changesMs ? periodMs / 2 : periodMs;
  }
}

/** Load of a public interface by local hour of its customers, as a share of the peak: offices, and people at home. */
const OFFICE_HOURS = [
  0.05, 0.04, 0.04, 0.04, 0.05, 0.08, 0.16, 0.38, 0.72, 0.95, 1, 0.95, 0.74, 0.9, 1, 0.95, 0.85, 0.62, 0.38, 0.28, 0.2, 0.15, 0.1,
  0.07,
];
const HOME_HOURS = [
  0.25, 0.15, 0.09, 0.07, 0.07, 0.1, 0.2, 0.34, 0.44, 0.48, 0.5, 0.54, 0.6, 0.55, 0.5, 0.5, 0.54, 0.64, 0.8, 0.95, 1, 0.9, 0.66,
  0.42,
];
/** Launch days multiply the load by up to 1 + this. */
const LAUNCH_PEAK = 3;

/** The load at a time as a share of the usual peak: hour (interpolated), weekend, launch. */
function loadAt({ zone }: UserProfile, hours: readonly number[], weekendShare: number, atMs: number): number {
  const local = localMs(zone, atMs);
  const hour = (((local % DAY_MS) + DAY_MS) % DAY_MS) / HOUR_MS;
  const before = hours[Math.floor(hour)] as number;
  const after = hours[(Math.floor(hour) + 1) % 24] as number;
  const ofHour = before + (after - before) * (hour - Math.floor(hour));
  const ofDay = isWeekend(Math.floor(local / DAY_MS)) ? weekendShare : 1;
  const since = hoursSinceLaunch(atMs);
  // Rises at once, and is a quarter of that after two hours.
  const ofLaunch = since === null ? 1 : 1 + LAUNCH_PEAK / ((1 + since / 2) * (1 + since / 2));
  return ofHour * ofDay * ofLaunch;
}

/** Calls from outside: a Poisson process whose rate follows the hours of its customers, by thinning (Lewis and Shedler 1979). */
function emitApi(random: RandomStream, profile: UserProfile, days: number, app: AppName, emit: Emit): void {
  const peakPerHour = Math.min(25, logNormal(random, 6, 0.8));
  const [hours, weekendShare] = random.float() < 0.6 ? ([OFFICE_HOURS, 0.25] as const) : ([HOME_HOURS, 1.1] as const);
  const most = 1.1 * (1 + LAUNCH_PEAK);
  const meanGapMs = HOUR_MS / (peakPerHour * most);
  for (let atMs = random.exponential(meanGapMs); atMs < days * DAY_MS; atMs += random.exponential(meanGapMs)) {
    if (random.float() * most < loadAt(profile, hours, weekendShare, atMs)) {
      emit(Math.floor(atMs), drawRunMs(random, APPS[app].run), app);
    }
  }
}

/** Batches of events from elsewhere: three a day in office hours, each some twenty calls seconds apart. */
function emitBursts(random: RandomStream, profile: UserProfile, days: number, app: AppName, emit: Emit): void {
  const meanGapMs = HOUR_MS / 0.35 / (1 + LAUNCH_PEAK);
  for (let atMs = random.exponential(meanGapMs); atMs < days * DAY_MS; atMs += random.exponential(meanGapMs)) {
    if (random.float() * (1 + LAUNCH_PEAK) >= loadAt(profile, OFFICE_HOURS, 0.3, atMs)) continue;
    const calls = 2 + geometric(random, 18);
    for (let call = 0, callMs = atMs; call < calls; call += 1, callMs += random.exponential(3_000)) {
      emit(Math.floor(callMs), drawRunMs(random, APPS[app].run), app);
    }
  }
}

/** Scores the day's data on a GPU, at a minute of its own between 01:00 and 05:00 UTC. */
function emitNightly(random: RandomStream, days: number, emit: Emit): void {
  const minute = 60 + random.below(240);
  for (let day = 0; day < days; day += 1) {
    const atMs = day * DAY_MS + Math.round((minute + 2 * random.normal()) * MINUTE_MS);
    emit(atMs, drawRunMs(random, APPS["gpu-score"].run), "gpu-score");
  }
}
