import { type PlacementStrategy, randomDevice, tightestDevice } from "./strategy.ts";

/** Any node that fits, and any of its devices: RandomScore of the source. */
export const RANDOM: PlacementStrategy = { name: "random", ties: "random", score: () => 0, device: randomDevice };

/** The first node that fits, and its tightest device: FirstFitScore of the source. */
export const FIRST_FIT: PlacementStrategy = { name: "first-fit", ties: "first", score: () => 0, device: tightestDevice };
