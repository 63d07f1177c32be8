import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because, Rule } from "../decisions.ts";
import type { ForecastBatch } from "../forecast.ts";
import type { AppId, UserId } from "../ids.ts";
import type { Group } from "../instances.ts";
import type { ArrivalWarmSpec, ForecastWarmSpec, JointSpec } from "../policy.ts";
import type { Resources } from "../resources.ts";
import { levelFor, type TierLevels } from "./levels.ts";
import { levelIndex, lookAhead, StepPath } from "./path.ts";
import type { GroupFinder, IdleWant, WarmStrategy } from "./warm.ts";

/**
 * Holds as many instances as the forecast says will be needed within the start-up time, no more, no fewer: of concurrency its level.
 * The chance of an arrival says whether, not how many: where it is high enough, as many as were needed at once lately, at least one.
 * Where no forecast speaks, it keeps an idle instance for the policy's floor.
 */
export class WarmFromForecast implements WarmStrategy {
  readonly trims = true;
  readonly launchRule: Rule = "forecast";
  readonly #spec: ForecastWarmSpec | ArrivalWarmSpec | JointSpec;
  readonly #floorMs: number | null;
  readonly #tiers: TierLevels;
  readonly #paths = new Map<number, HeldPath>();
  /** For arrivals only. */
  readonly #uses = new Map<number, Uses>();
  #batchIndex = -1;

  constructor(spec: ForecastWarmSpec | ArrivalWarmSpec | JointSpec, tiers: TierLevels) {
    this.#spec = spec;
    this.#floorMs = spec.floorMs ?? null;
    this.#tiers = tiers;
  }

  whenIdle(group: Group, sinceMs: number): IdleWant {
    if (this.#floorMs !== null && !this.speaks(group, sinceMs)) return { keep: "until", untilMs: sinceMs + this.#floorMs };
    // A forecast speaks of requests as if each had started on arrival. Those that had to wait run later than it says, on instances
    // that it does not count: counted here, one missed prewarm would have the others stopped, and the next requests start cold.
    return group.live - group.delayed > this.needed(group, sinceMs) ? { keep: "none", rule: "surplus" } : { keep: "open" };
  }

  target(group: Group, nowMs: number): number | null {
    return this.#floorMs !== null && !this.speaks(group, nowMs) ? null : this.needed(group, nowMs);
  }

  /** Until and at the horizon's end, where what was held ahead is let go, the forecast speaks; later the floor does. */
  protected speaks(group: Group, nowMs: number): boolean {
    const held = this.#paths.get(group.id);
    return held !== undefined && nowMs <= held.untilMs;
  }

  /** How many instances. */
  protected needed(group: Group, nowMs: number): number {
    const held = this.#paths.get(group.id)?.path.at(nowMs) ?? 0;
    const uses = this.#uses.get(group.id);
    return held === 0 || uses === undefined ? held : Math.max(held, uses.peak, uses.peakBefore);
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
      // Of a shared app instances are for everybody: what is not to be started for this user would be, under no name.
      if (user !== null && group.user === null && !groups.mayStartAhead(user, app)) continue;
      this.#readSteps(batch, entity, user, steps);
      const path = lookAhead(steps, batch.firstStepMs, batch.stepMs, this.leadMs(groups.startUpMs(app)));
      this.#paths.set(group.id, { path, untilMs });
      const uses = this.#uses.get(group.id);
      if (uses !== undefined) {
        uses.peakBefore = uses.peak;
        uses.peak = uses.needed;
      }
      touched.push(group);
    }
    return touched;
  }

  /** How far ahead it looks. */
  protected leadMs(startUpMs: number): number {
    return startUpMs;
  }

  arrived(group: Group, _nowMs: number, concurrency: number, _requested?: Resources): void {
    if (this.#spec.strategy !== "arrival") return;
    const uses = this.#uses.get(group.id) ?? { active: 0, needed: 0, peak: 0, peakBefore: 0, concurrency };
    this.#uses.set(group.id, uses);
    uses.active += 1;
    uses.needed = Math.ceil(uses.active / concurrency);
    uses.peak = Math.max(uses.peak, uses.needed);
  }

  over(group: Group): void {
    const uses = this.#uses.get(group.id);
    if (uses === undefined) return;
    uses.active = Math.max(0, uses.active - 1);
    uses.needed = Math.ceil(uses.active / uses.concurrency);
  }

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
    return { rule, batchIndex: this.#batchIndex, levelPpm, factorPpm: 1_000_000, guardrail: "none", rung: "none" };
  }

  write(out: ByteWriter): void {
    out.i32(this.#batchIndex);
    out.u32(this.#paths.size);
    for (const [group, { path, untilMs }] of this.#paths) {
      out.u32(group);
      out.u64(untilMs);
      path.write(out);
    }
    out.u32(this.#uses.size);
    for (const [group, { active, needed, peak, peakBefore, concurrency }] of this.#uses) {
      for (const number of [group, active, needed, peak, peakBefore, concurrency]) out.u32(number);
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
    this.#uses.clear();
    for (let left = from.u32(); left > 0; left -= 1) {
      const group = from.u32();
      const active = from.u32();
      const needed = from.u32();
      this.#uses.set(group, { active, needed, peak: from.u32(), peakBefore: from.u32(), concurrency: from.u32() });
    }
  }
}

interface HeldPath {
  readonly path: StepPath;
  /** The end of the forecast's horizon. */
  readonly untilMs: number;
}

/** Requests of a group that wait or run, and the instances that they need. */
interface Uses {
  active: number;
  needed: number;
  /** The most needed since the last forecast of the group, and between the two before. */
  peak: number;
  peakBefore: number;
  concurrency: number;
}
