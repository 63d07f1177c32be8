import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { ScalingRules } from "../policy.ts";

/** How far replicas may go, and how fast each way. */
export interface ScalingLimits {
  readonly least: number;
  readonly most: number;
  readonly up: ScalingRules;
  readonly down: ScalingRules;
}

interface Dated {
  readonly atMs: number;
  readonly count: number;
}

/**
 * What was recommended and done lately, and so what may be done now: the behaviour of a Kubernetes HorizontalPodAutoscaler
 * (autoscaling/v2; pkg/controller/podautoscaler/horizontal.go, stabilizeRecommendationWithBehaviors and
 * convertDesiredReplicasWithBehaviorRate), with the policy that allows most selected.
 */
export class ScalingHistory {
  readonly #recommended: Dated[] = [];
  readonly #added: Dated[] = [];
  readonly #removed: Dated[] = [];

  /** Whether nothing recommended within the windows still holds replicas above `count`. */
  holdsNoneAbove(count: number): boolean {
    return this.#recommended.every((one) => one.count <= count);
  }

  /** Nothing was recommended for a while because nothing was used: as if it had been, `count` at `atMs`. */
  remember(count: number, atMs: number): void {
    this.#recommended.push({ atMs, count });
  }

  /**
   * How many replicas there are to be from `nowMs` on, when there are `current` and `desired` are recommended; `null`: nothing is,
   * because nothing is known.
   */
  decide(current: number, desired: number | null, limits: ScalingLimits, nowMs: number): number {
    const isOutside = current > limits.most || current < limits.least;
    const replicas = isOutside
      ? Math.min(Math.max(current, limits.least), limits.most)
      : desired === null
        ? current
        : this.#withinRate(current, this.#stabilized(current, desired, limits, nowMs), limits, nowMs);
    if (replicas > current) this.#added.push({ atMs: nowMs, count: replicas - current });
    if (replicas < current) this.#removed.push({ atMs: nowMs, count: current - replicas });
    const longest = ({ policies }: ScalingRules) => policies.reduce((most, { periodMs }) => Math.max(most, periodMs), 0);
    const eventsMs = Math.max(longest(limits.up), longest(limits.down));
    forget(this.#added, nowMs - eventsMs);
    forget(this.#removed, nowMs - eventsMs);
    return replicas;
  }

  /** Not above the least recommended of the upward window, not below the most of the downward one; else as it is. */
  #stabilized(current: number, desired: number, { up, down }: ScalingLimits, nowMs: number): number {
    let ceiling = desired;
    let floor = desired;
    for (const { atMs, count } of this.#recommended) {
      if (atMs > nowMs - up.stabilizationMs) ceiling = Math.min(ceiling, count);
      if (atMs > nowMs - down.stabilizationMs) floor = Math.max(floor, count);
    }
    this.#recommended.push({ atMs: nowMs, count: desired });
    forget(this.#recommended, nowMs - Math.max(up.stabilizationMs, down.stabilizationMs));
    return Math.min(Math.max(current, ceiling), floor);
  }

  #withinRate(current: number, desired: number, { least, most, up, down }: ScalingLimits, nowMs: number): number {
    if (desired > current) {
      const limit = this.#limit(up, current, nowMs, (start, { unit, value }) =>
        unit === "pods" ? start + value : Math.ceil(start * (1 + value / 100)),
      );
      return Math.min(desired, most, Math.max(current, ...limit));
    }
    if (desired < current) {
      const limit = this.#limit(down, current, nowMs, (start, { unit, value }) =>
        unit === "pods" ? start - value : Math.trunc(start * (1 - value / 100)),
      );
      return Math.max(desired, least, Math.min(current, ...limit));
    }
    return desired;
  }

  /** Where each policy lets replicas go, counted from those at the start of its period. */
  #limit(
    rules: ScalingRules,
    current: number,
    nowMs: number,
    reach: (start: number, policy: ScalingRules["policies"][number]) => number,
  ): number[] {
    return rules.policies.map((policy) => {
      const since = nowMs - policy.periodMs;
      return reach(current - changed(this.#added, since) + changed(this.#removed, since), policy);
    });
  }

  write(out: ByteWriter): void {
    for (const list of [this.#recommended, this.#added, this.#removed]) {
      out.u32(list.length);
      for (const { atMs, count } of list) {
        out.u64(atMs);
        out.u32(count);
      }
    }
  }

  read(from: ByteReader): void {
    for (const list of [this.#recommended, this.#added, this.#removed]) {
      for (let left = from.u32(); left > 0; left -= 1) list.push({ atMs: from.u64(), count: from.u32() });
    }
  }
}

/** Sum of what came after `sinceMs`: what came exactly then is over. */
function changed(list: readonly Dated[], sinceMs: number): number {
  return list.reduce((sum, { atMs, count }) => (atMs > sinceMs ? sum + count : sum), 0);
}

/** Drops what is at or before `untilMs`, from the front: the lists are in order of time. */
function forget(list: Dated[], untilMs: number): void {
  const kept = list.findIndex(({ atMs }) => atMs > untilMs);
  list.splice(0, kept < 0 ? list.length : kept);
}
