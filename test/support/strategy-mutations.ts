import type { Mutation } from "./mutant.ts";

/** The published rules that fill a policy's slots. */
export const STRATEGY_MUTATIONS: readonly Mutation[] = [
  {
    rule: "replicas: in panic nothing is taken away",
    file: "allocator/core/strategies/panic-mode.ts",
    find: "this.#most = Math.max(this.#most, calm, within(surge));",
    replace: "this.#most = Math.max(calm, within(surge));",
  },
  {
    rule: "replicas: the last instance stays for the grace period",
    file: "allocator/core/strategies/knative.ts",
    find: "nowMs - scaled.unusedSinceMs < this.#spec.graceMs ? 1 : 0",
    replace: "nowMs - scaled.unusedSinceMs < 0 ? 1 : 0",
  },
  {
    rule: "crane: a sample counts as much as it measures",
    file: "allocator/core/strategies/crane-container.ts",
    find: "histogram.add(value, Math.max(LEAST_WEIGHT, value), atMs);",
    replace: "histogram.add(value, 1, atMs);",
  },
  {
    rule: "greedy-dual: of a tier the lowest priority is evicted first",
    file: "allocator/core/eviction.ts",
    find: "a.rank - b.rank",
    replace: "b.rank - a.rank",
  },
  {
    rule: "greedy-dual: the clock is what was evicted last",
    file: "allocator/core/strategies/greedy-dual.ts",
    find: "if (isEvicted) this.#clock = Math.max(this.#clock, this.rank(group));",
    replace: "if (isEvicted) this.#clock = 0;",
  },
  {
    rule: "greedy-dual: the uses of an instance go with it",
    file: "allocator/core/strategies/greedy-dual.ts",
    find: "else ranked.frequency -= uses;",
    replace: "",
  },
  {
    rule: "warm pool: it shrinks only after its cooldown",
    file: "allocator/core/strategies/warm-pool.ts",
    find: "(size < pool.size && nowMs < pool.changedMs + this.#spec.cooldownMs)",
    replace: "(size < pool.size && nowMs < pool.changedMs)",
  },
  {
    rule: "warm pool: every request of the app is a reason to look at it",
    file: "allocator/core/core.ts",
    find: "if (this.#state.warm.pools === true) this.#arbiter",
    replace: "if (this.#state.warm.pools === false) this.#arbiter",
  },
  {
    rule: "predictive hpa: what is predicted only ever adds",
    file: "allocator/core/strategies/hpa.ts",
    find: "Math.max(used, scaled.forecast?.predict(used) ?? 0)",
    replace: "scaled.forecast === null ? used : scaled.forecast.predict(used)",
  },
  {
    rule: "crane-dsp: of what is expected the next hour counts",
    file: "allocator/core/strategies/crane-dsp.ts",
    find: "Math.floor(HOUR_MS / stepMs) - prediction.fromStep",
    replace: "1 - prediction.fromStep",
  },
  {
    rule: "crane-dsp: too little costs more than too much",
    file: "allocator/core/strategies/dsp-estimate.ts",
    find: "excess < 0 ? -log(1 + excess) / log(1.25) : excess",
    replace: "Math.abs(excess)",
  },
  {
    rule: "expected cost: of two ways to say when a group comes back, the one that has said it better is asked",
    file: "allocator/core/strategies/gap-learner.ts",
    find: "(this.#better[kindOf(expected, count)] as number) > 0",
    replace: "(this.#better[kindOf(expected, count)] as number) < 0",
  },
];
