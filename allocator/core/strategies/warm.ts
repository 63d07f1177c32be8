import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because, Rule } from "../decisions.ts";
import type { ForecastBatch } from "../forecast.ts";
import type { AppId, UserId } from "../ids.ts";
import type { Group } from "../instances.ts";
import type { ArrivalWarmSpec, ForecastWarmSpec, WarmSpec } from "../policy.ts";
import { HybridHistogram } from "./hybrid-histogram.ts";
import { levelFor, type TierLevels } from "./levels.ts";
import { levelIndex, lookAhead, StepPath } from "./path.ts";

/** What to do with an instance that has nothing to run: stop it, keep it until an instant, or keep it until told otherwise. */
export type IdleWant =
  | { readonly keep: "none"; readonly rule: Rule }
  | { readonly keep: "until"; readonly untilMs: number }
  | { readonly keep: "open" };

/** Fills the slot `warm`: wants, which the arbiter turns into decisions. */
export interface WarmStrategy {
  /** `sinceMs`: the end of its last request, or when it got ready. */
  whenIdle(group: Group, sinceMs: number): IdleWant;
  /** How many instances the group should have now; `null`: no opinion. */
  target(group: Group, nowMs: number): number | null;
  /** When `target` next changes; `null`: not that we know. */
  nextChangeMs(group: Group, nowMs: number): number | null;
  /** Takes a forecast in and names the groups it speaks of. */
  onForecast(batch: ForecastBatch, batchIndex: number, groups: GroupFinder): readonly Group[];
  /** Whether more than the target is too many. */
  readonly trims: boolean;
  /** Why it starts instances ahead. */
  readonly launchRule: Rule;
  /** A request of the group has arrived; an instance takes `concurrency` of them. */
  arrived(group: Group, nowMs: number, concurrency: number): void;
  /** One is over: it ended, was cancelled or refused. */
  over(group: Group, nowMs: number): void;
  /** When to start an instance ahead of the group's next use; `null`: not by the clock. */
  prewarmMs(group: Group): number | null;
  because(rule: Rule, group: Group): Because;
  write(out: ByteWriter): void;
  read(from: ByteReader): void;
}

export interface GroupFinder {
  group(user: UserId | null, app: AppId): Group;
  startUpMs(app: AppId): number;
}

export function warmStrategy(spec: WarmSpec, tiers: TierLevels): WarmStrategy {
  switch (spec.strategy) {
    case "none":
      return new KeepNothing();
    case "ttl":
      return new KeepAlive(spec.ttlMs);
    case "forecast":
    case "arrival":
      return new WarmFromForecast(spec, tiers);
    case "hybrid-histogram":
      return new HybridHistogram(spec);
  }
}

/** A policy with no warm rule keeps nothing after a request ends. */
class KeepNothing implements WarmStrategy {
  readonly trims: boolean = true;
  readonly launchRule: Rule = "forecast";
  whenIdle(): IdleWant {
    return { keep: "none", rule: "nothing_kept" };
  }
  target(): null {
    return null;
  }
  nextChangeMs(): null {
    return null;
  }
  onForecast(): readonly Group[] {
    return [];
  }
  arrived(): void {}
  over(): void {}
  prewarmMs(): null {
    return null;
  }
  because(rule: Rule): Because {
    return { ...NO_FORECAST, rule };
  }
  write(): void {}
  read(): void {}
}

/**
 * Fixed keep-alive, as function platforms ship it (10 and 20 minutes in Shahrad et al., Serverless in the Wild, ATC 2020, §1):
 * an instance stays for `ttlMs` after its last use.
 */
class KeepAlive extends KeepNothing {
  readonly #ttlMs: number;

  constructor(ttlMs: number) {
    super();
    this.#ttlMs = ttlMs;
  }

  override whenIdle(_group?: Group, sinceMs = 0): IdleWant {
    return { keep: "until", untilMs: sinceMs + this.#ttlMs };
  }
}

/**
 * Holds as many instances as the forecast says will be needed within the start-up time, no more, no fewer: of concurrency its level, of
 * arrivals one where the chance is high enough. Where no forecast speaks, it keeps an idle one for the policy's floor.
 */
class WarmFromForecast implements WarmStrategy {
  readonly trims = true;
  readonly launchRule: Rule = "forecast";
  readonly #spec: ForecastWarmSpec | ArrivalWarmSpec;
  readonly #floorMs: number | null;
  readonly #tiers: TierLevels;
  readonly #paths = new Map<number, HeldPath>();
  #batchIndex = -1;

  constructor(spec: ForecastWarmSpec | ArrivalWarmSpec, tiers: TierLevels) {
    this.#spec = spec;
    this.#floorMs = spec.floorMs ?? null;
    this.#tiers = tiers;
  }

  whenIdle(group: Group, sinceMs: number): IdleWant {
    if (this.#floorMs !== null && !this.#speaks(group, sinceMs)) return { keep: "until", untilMs: sinceMs + this.#floorMs };
    // A forecast speaks of requests as if each had started on arrival. Those that had to wait run later than it says, on instances
    // that it does not count: counted here, one missed prewarm would have the others stopped, and the next requests start cold.
    return group.live - group.delayed > this.#held(group, sinceMs) ? { keep: "none", rule: "surplus" } : { keep: "open" };
  }

  target(group: Group, nowMs: number): number | null {
    return this.#floorMs !== null && !this.#speaks(group, nowMs) ? null : this.#held(group, nowMs);
  }

  /** Until and at the horizon's end, where what was held ahead is let go, the forecast speaks; later the floor does. */
  #speaks(group: Group, nowMs: number): boolean {
    const held = this.#paths.get(group.id);
    return held !== undefined && nowMs <= held.untilMs;
  }

  #held(group: Group, nowMs: number): number {
    return this.#paths.get(group.id)?.path.at(nowMs) ?? 0;
  }

  nextChangeMs(group: Group, nowMs: number): number | null {
    return this.#paths.get(group.id)?.path.nextChangeMs(nowMs) ?? null;
  }

  onForecast(batch: ForecastBatch, batchIndex: number, groups: GroupFinder): readonly Group[] {
    const target = this.#spec.strategy === "arrival" ? "arrival" : "concurrency";
    if (batch.target !== target || (batch.entity !== "user_app" && batch.entity !== "app")) return [];
    this.#batchIndex = batchIndex;
    const idsEach = batch.entity === "user_app" ? 2 : 1;
    const untilMs = batch.firstStepMs + batch.steps * batch.stepMs;
    const touched: Group[] = [];
    const steps = new Uint32Array(batch.steps);
    for (let entity = 0; entity * idsEach < batch.ids.length; entity += 1) {
      const app = batch.ids[entity * idsEach + idsEach - 1] as AppId;
      const user = idsEach === 2 ? (batch.ids[entity * 2] as UserId) : null;
      const group = groups.group(user, app);
      this.#readSteps(batch, entity, user, steps);
      const path = lookAhead(steps, batch.firstStepMs, batch.stepMs, groups.startUpMs(app));
      this.#paths.set(group.id, { path, untilMs });
      touched.push(group);
    }
    return touched;
  }

  arrived(): void {}
  over(): void {}
  prewarmMs(): null {
    return null;
  }

  /** How many instances are needed in each step. */
  #readSteps({ values, levelsPpm }: ForecastBatch, entity: number, user: UserId | null, steps: Uint32Array): void {
    const spec = this.#spec;
    const first = entity * steps.length;
    if (spec.strategy === "arrival") {
      for (let k = 0; k < steps.length; k += 1) steps[k] = (values[first + k] as number) >= spec.chancePpm ? 1 : 0;
      return;
    }
    const levels = levelsPpm.length;
    const level = levelIndex(levelsPpm, levelFor(spec.levelPpm, this.#tiers, user));
    for (let k = 0; k < steps.length; k += 1) steps[k] = values[(first + k) * levels + level] as number;
  }

  because(rule: Rule, group: Group): Because {
    const spec = this.#spec;
    const levelPpm = spec.strategy === "arrival" ? spec.chancePpm : levelFor(spec.levelPpm, this.#tiers, group.user);
    return { rule, batchIndex: this.#batchIndex, levelPpm, factorPpm: 1_000_000, guardrail: "none" };
  }

  write(out: ByteWriter): void {
    out.i32(this.#batchIndex);
    out.u32(this.#paths.size);
    for (const [group, { path, untilMs }] of this.#paths) {
      out.u32(group);
      out.u64(untilMs);
      path.write(out);
    }
  }

  read(from: ByteReader): void {
    this.#batchIndex = from.i32();
    this.#paths.clear();
    for (let left = from.u32(); left > 0; left -= 1) {
      const group = from.u32();
      const untilMs = from.u64();
      this.#paths.set(group, { untilMs, path: StepPath.read(from) });
    }
  }
}

interface HeldPath {
  readonly path: StepPath;
  /** The end of the forecast's horizon. */
  readonly untilMs: number;
}

/** A reason that rests on no forecast. */
export const NO_FORECAST: Because = Object.freeze({
  rule: "arrival",
  batchIndex: -1,
  levelPpm: 0,
  factorPpm: 1_000_000,
  guardrail: "none",
});
