import type { Mutation } from "./mutant.ts";

const GUARD = "allocator/core/reserve-guard.ts";
const FORECAST_RESERVE = "allocator/core/strategies/forecast-reserve.ts";

/** What bounds reservations, and what stands in for a forecast that is over. */
export const RESERVE_MUTATIONS: readonly Mutation[] = [
  {
    rule: "what is held falls to the most that was wanted during the hold",
    file: GUARD,
    find: "const most = Math.max(before.most, wanted);",
    replace: "const most = wanted;",
  },
  {
    rule: "growth counts from what was held when the control interval began",
    file: GUARD,
    find: "this.#memory(id).base = reserved;",
    replace: "if (isZero(this.#memory(id).base)) this.#memory(id).base = reserved;",
  },
  {
    rule: "hysteresis keeps back nothing that is demanded",
    file: GUARD,
    find: "(change > 0 && peakDemand[name] > reserved[name]) || ",
    replace: "",
  },
  {
    rule: "a forecast outlives its horizon only until its allowed age",
    file: FORECAST_RESERVE,
    find: "path.ageMs(nowMs) <= lastGoodMs) return",
    replace: "path.ageMs(nowMs) <= 2 * lastGoodMs) return",
  },
  {
    rule: "the lead window is learned from when an instance was launched until it is ready",
    file: "allocator/core/lead-times.ts",
    find: "if (sinceMs !== undefined) this.#took.add(nowMs - sinceMs);",
    replace: "if (sinceMs !== undefined) this.#took.add(0);",
  },
  {
    rule: "a correction is bounded",
    file: "allocator/core/strategies/forecast-bias.ts",
    find: "const MOST_RATIO = 2;",
    replace: "const MOST_RATIO = 3;",
  },
  {
    rule: "a step is compared with what was foretold of it",
    file: FORECAST_RESERVE,
    find: "...before.slice(0, 1)]",
    replace: "...before.slice(0, 0)]",
  },
  {
    rule: "what is held on a grid is never below what is wanted",
    file: GUARD,
    find: "while (at(power) < amount) power += 1;",
    replace: "",
  },
  {
    rule: "of the levels that is held at which the chance of more costs least",
    file: "allocator/core/strategies/demand-path.ts",
    find: "(violation * (1_000_000 - (levelsPpm[level] as number)))",
    replace: "(violation * (levelsPpm[level] as number))",
  },
];
