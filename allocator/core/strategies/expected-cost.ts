import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because, Rule } from "../decisions.ts";
import type { Group } from "../instances.ts";
import type { ExpectedCostSpec } from "../policy.ts";
import { GapHistory } from "./gap-history.ts";
import type { Window } from "./gap-law.ts";
import { GapLearner } from "./gap-learner.ts";
import type { IdleWant, StartUps, WarmStrategy } from "./warm.ts";

/**
 * Keeps, stops and starts ahead by what waiting is expected to cost against holding: an idle instance is held in those windows after
 * its group's last use in which the next use is likely enough, and not between them. What is likely is learned online from the
 * gaps between uses, each group's own and those of all that are like it (gap-learner.ts). A start ahead begins a start-up time
 * before its window.
 *
 * As in the hybrid histogram, what is started ahead is a group's, not an instance's: as many as the last use had at once. An instance
 * that has nothing to run while others of its group have is held by when so many were needed before: what a busy group needs again
 * in a moment is one instance, and not its fifth. While the group is in use nothing is started ahead, so such an instance is held from
 * then on or not at all.
 */
export class ExpectedCost implements WarmStrategy {
  readonly trims = false;
  readonly launchRule: Rule = "prewarm";
  readonly #waitMs: number;
  readonly #startUps: StartUps;
  readonly #learner = new GapLearner();
  readonly #groups = new Map<number, Plan>();

  constructor(spec: ExpectedCostSpec, startUps: StartUps) {
    this.#waitMs = spec.waitMs;
    this.#startUps = startUps;
  }

  arrived(group: Group, nowMs: number, concurrency: number): void {
    const plan = this.#plan(group);
    const { history } = plan;
    if (history.idleSinceMs !== null) {
      const sinceArrivalMs = nowMs - history.arrivedMs;
      const sinceOverMs = nowMs - history.idleSinceMs;
      this.#learner.close(history.expect(), history.count, sinceArrivalMs, sinceOverMs);
      history.add(sinceArrivalMs, sinceOverMs);
    }
    if (history.active === 0) history.peak = 0;
    history.arrivedMs = nowMs;
    history.idleSinceMs = null;
    history.active += 1;
    plan.concurrency = concurrency;
    const needed = Math.ceil(history.active / concurrency);
    history.peak = Math.max(history.peak, needed);
    if (needed > 1) this.#taken(levelOf(plan, needed), nowMs);
  }

  /** So many instances are needed again. */
  #taken({ history }: Level, nowMs: number): void {
    if (history.idleSinceMs !== null) {
      const sinceArrivalMs = nowMs - history.arrivedMs;
      const sinceOverMs = nowMs - history.idleSinceMs;
      this.#learner.close(history.expect(), history.count, sinceArrivalMs, sinceOverMs);
      history.add(sinceArrivalMs, sinceOverMs);
    }
    history.arrivedMs = nowMs;
    history.idleSinceMs = null;
  }

  /** One less is needed: the last of so many has nothing to run, while others of the group have. */
  #left(level: Level, nowMs: number): void {
    const { history } = level;
    const expected = history.expect();
    history.idleSinceMs = nowMs;
    level.sinceMs = nowMs;
    this.#learner.open(expected, history.count);
    level.windows = this.#learner.hold(expected, history.count, nowMs - history.arrivedMs, this.#waitMs);
  }

  over(group: Group, nowMs: number): void {
    const plan = this.#plan(group);
    const { history } = plan;
    const needed = Math.ceil(history.active / plan.concurrency);
    history.active = Math.max(0, history.active - 1);
    if (needed > 1 && Math.ceil(history.active / plan.concurrency) < needed) {
      this.#left(levelOf(plan, needed), nowMs);
    }
    const expected = history.expect();
    const wasIdle = history.idleSinceMs !== null;
    if (history.active === 0 && !wasIdle) {
      history.idleSinceMs = nowMs;
      this.#learner.open(expected, history.count);
    }
    plan.sinceMs = nowMs;
    plan.windows = this.#learner.windows(
      expected,
      history.count,
      nowMs - history.arrivedMs,
      this.#waitMs,
      this.#startUps.startUpMs(group.app),
    );
  }

  whenIdle(group: Group, sinceMs: number): IdleWant {
    const plan = this.#plan(group);
    const { history, concurrency, levels } = plan;
    const surplus = history.active > 0 ? (levels[Math.ceil(history.active / concurrency) - 1] ?? plan) : plan;
    const window = this.#windowAt(group, surplus, sinceMs);
    if (window === null) return { keep: "none", rule: "not_worth_holding" };
    return { keep: "until", untilMs: surplus.sinceMs + window.untilMs };
  }

  /** When to start instances ahead; `null`: not while the group is in use, nor where no window comes. */
  prewarmMs(group: Group): number | null {
    const { history } = this.#plan(group);
    return history.idleSinceMs === null ? null : this.nextChangeMs(group, history.idleSinceMs);
  }

  target(group: Group, nowMs: number): number | null {
    const { history } = this.#plan(group);
    return history.idleSinceMs !== null && this.#windowAt(group, this.#plan(group), nowMs) !== null ? history.peak : null;
  }

  nextChangeMs(group: Group, nowMs: number): number | null {
    const { sinceMs, windows } = this.#plan(group);
    const startUpMs = this.#startUps.startUpMs(group.app);
    for (const { fromMs } of windows) if (sinceMs + fromMs - startUpMs > nowMs) return sinceMs + fromMs - startUpMs;
    return null;
  }

  /** The window that lasts, or for which it is time to start. */
  #windowAt(group: Group, { sinceMs, windows }: Level, nowMs: number): Window | null {
    const passedMs = nowMs - sinceMs;
    const startUpMs = this.#startUps.startUpMs(group.app);
    return windows.find(({ fromMs, untilMs }) => passedMs >= fromMs - startUpMs && passedMs < untilMs) ?? null;
  }

  onForecast(): readonly Group[] {
    return [];
  }

  because(rule: Rule): Because {
    return { rule, batchIndex: -1, levelPpm: 0, factorPpm: 1_000_000, guardrail: "none", rung: "none" };
  }

  #plan(group: Group): Plan {
    let plan = this.#groups.get(group.id);
    if (plan === undefined) {
      plan = { ...newLevel(), concurrency: 1, levels: [] };
      this.#groups.set(group.id, plan);
    }
    return plan;
  }

  write(out: ByteWriter): void {
    this.#learner.write(out);
    out.u32(this.#groups.size);
    for (const [id, plan] of this.#groups) {
      out.u32(id);
      out.u32(plan.concurrency);
      out.u32(plan.levels.length);
      for (const level of [plan, ...plan.levels]) writeLevel(level, out);
    }
  }

  read(from: ByteReader): void {
    this.#learner.read(from);
    this.#groups.clear();
    for (let left = from.u32(); left > 0; left -= 1) {
      const id = from.u32();
      const concurrency = from.u32();
      const count = from.u32();
      const own = readLevel(from);
      this.#groups.set(id, { ...own, concurrency, levels: Array.from({ length: count }, () => readLevel(from)) });
    }
  }
}

/** When so many instances of a group were needed lately; since when they are not, and the windows from then on. */
interface Level {
  readonly history: GapHistory;
  sinceMs: number;
  windows: readonly Window[];
}

/** The group as a whole, which needs one instance or more, and what needs a second, a third and so on. */
interface Plan extends Level {
  /** How many requests an instance takes. */
  concurrency: number;
  /** The first: two instances. */
  readonly levels: Level[];
}

function newLevel(): Level {
  return { history: new GapHistory(), sinceMs: 0, windows: [] };
}

function levelOf({ levels }: Plan, instances: number): Level {
  while (levels.length < instances - 1) levels.push(newLevel());
  return levels[instances - 2] as Level;
}

function writeLevel({ history, sinceMs, windows }: Level, out: ByteWriter): void {
  history.write(out);
  out.u64(sinceMs);
  out.u32(windows.length);
  for (const { fromMs, untilMs } of windows) {
    out.u64(fromMs);
    out.u64(untilMs);
  }
}

function readLevel(from: ByteReader): Level {
  const history = GapHistory.read(from);
  const sinceMs = from.u64();
  const windows = Array.from({ length: from.u32() }, () => ({ fromMs: from.u64(), untilMs: from.u64() }));
  return { history, sinceMs, windows };
}
