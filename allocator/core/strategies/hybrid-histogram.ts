import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because, Rule } from "../decisions.ts";
import type { Group } from "../instances.ts";
import type { HybridHistogramSpec } from "../policy.ts";
import { IdleTimes } from "./idle-times.ts";
import type { IdleWant, WarmStrategy } from "./warm.ts";

/** When to start ahead, and how long to keep from then on; counted from the end of the last execution. */
export interface Windows {
  readonly prewarmAfterMs: number;
  readonly keepMs: number;
}

/**
 * The hybrid histogram policy (Shahrad et al., Serverless in the Wild, USENIX ATC 2020, §4): for each group, what its idle times say
 * about when it is used next. An idle time is from the end of the group's last running request to its next arrival.
 *
 * - Too few idle times, or a flat histogram (coefficient of variation of the bins' counts below the threshold): keep for the whole
 *   range, start nothing ahead.
 * - Mostly out of bounds: predict the next idle time, be there from 0.85 to 1.15 of it, by ARIMA of automatic order over the last 32
 *   idle times (arima.ts). The paper takes pmdarima's auto_arima; how many idle times it is given is not published.
 * - Else the histogram: stop after use, start ahead at 0.9 × head, keep for 1.1 × tail from then on. Head: the 5th percentile's bin,
 *   rounded down; where that is 0, do not stop but keep for 1.1 × tail. Tail: the 99th percentile's bin, rounded up.
 *
 * The paper does not publish how many idle times are enough, nor which share out of bounds is most: both are parameters. It has one
 * container an application, whatever runs at once. Where an instance takes one request at a time that becomes: as many are started
 * ahead as the last use had requests at once; instances without a request stay, for the keep-alive window, while others of their
 * group run; and all of them stop when the group falls idle and is to be started ahead.
 */
export class HybridHistogram implements WarmStrategy {
  readonly trims = false;
  readonly launchRule: Rule = "prewarm";
  readonly #spec: HybridHistogramSpec;
  readonly #groups = new Map<number, Plan>();

  constructor(spec: HybridHistogramSpec) {
    this.#spec = spec;
  }

  /** The group is used: its idle time, if it had one, is over. */
  arrived(group: Group, nowMs: number, concurrency: number): void {
    const { times } = this.#plan(group);
    if (times.idleSinceMs !== null) times.add(nowMs - times.idleSinceMs, this.#spec.binMs, this.#spec.bins);
    if (times.active === 0) times.peak = 0;
    times.idleSinceMs = null;
    times.active += 1;
    times.peak = Math.max(times.peak, Math.ceil(times.active / concurrency));
  }

  /** A request of the group is over; if it was the last that ran, an idle time begins. */
  over(group: Group, nowMs: number): void {
    const plan = this.#plan(group);
    plan.times.active = Math.max(0, plan.times.active - 1);
    if (plan.times.active > 0) return;
    plan.times.idleSinceMs = nowMs;
    plan.windows = windowsFor(plan.times, this.#spec);
  }

  whenIdle(group: Group, sinceMs: number): IdleWant {
    const { times, windows } = this.#plan(group);
    const startMs = this.prewarmMs(group);
    if (startMs !== null && sinceMs < startMs) return { keep: "none", rule: "idle_histogram" };
    // Kept from the start ahead on, not from when the start-up was over; but never until a time that is past.
    const fromMs = startMs ?? times.idleSinceMs ?? sinceMs;
    return { keep: "until", untilMs: Math.max(sinceMs, fromMs + windows.keepMs) };
  }

  /** When to start an instance ahead; `null`: not while the group is in use, nor where its windows do not ask for it. */
  prewarmMs(group: Group): number | null {
    const { times, windows } = this.#plan(group);
    return times.idleSinceMs === null || windows.prewarmAfterMs === 0 ? null : times.idleSinceMs + windows.prewarmAfterMs;
  }

  target(group: Group, nowMs: number): number | null {
    const startMs = this.prewarmMs(group);
    const isTime = startMs !== null && nowMs >= startMs && nowMs < startMs + this.#plan(group).windows.keepMs;
    return isTime ? this.#plan(group).times.peak : null;
  }

  nextChangeMs(): null {
    return null;
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
      const times = new IdleTimes();
      plan = { times, windows: windowsFor(times, this.#spec) };
      this.#groups.set(group.id, plan);
    }
    return plan;
  }

  write(out: ByteWriter): void {
    out.u32(this.#groups.size);
    for (const [id, { times, windows }] of this.#groups) {
      out.u32(id);
      times.write(out);
      out.u64(windows.prewarmAfterMs);
      out.u64(windows.keepMs);
    }
  }

  read(from: ByteReader): void {
    this.#groups.clear();
    for (let left = from.u32(); left > 0; left -= 1) {
      const id = from.u32();
      this.#groups.set(id, { times: IdleTimes.read(from), windows: { prewarmAfterMs: from.u64(), keepMs: from.u64() } });
    }
  }
}

interface Plan {
  readonly times: IdleTimes;
  windows: Windows;
}

/** The windows that a group's idle times ask for. */
export function windowsFor(times: IdleTimes, spec: HybridHistogramSpec): Windows {
  const { binMs, bins, marginPpm } = spec;
  const standard = { prewarmAfterMs: 0, keepMs: binMs * bins };
  if (times.count < spec.minimumCount) return standard;
  if (times.outOfBounds * 1_000_000 > spec.outOfBoundsPpm * times.count) {
    const predictedMs = times.predictMs();
    if (predictedMs === null) return standard;
    const fromMs = Math.floor(0.85 * predictedMs);
    return { prewarmAfterMs: fromMs, keepMs: Math.ceil(1.15 * predictedMs) - fromMs };
  }
  const threshold = spec.variationPpm / 1_000_000;
  if (times.squaredVariation(bins) < threshold * threshold) return standard;
  const headMs = times.binOf(spec.headPpm) * binMs;
  const tailMs = (times.binOf(spec.tailPpm) + 1) * binMs;
  return {
    prewarmAfterMs: Math.floor((headMs * (1_000_000 - marginPpm)) / 1_000_000),
    keepMs: Math.ceil((tailMs * (1_000_000 + marginPpm)) / 1_000_000),
  };
}
