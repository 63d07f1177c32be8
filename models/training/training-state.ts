import type { Weights } from "./trained-model.ts";
import type { TrainingSpec } from "./training-spec.ts";

/**
 * Where a training stands between two steps: all that is needed to continue it and end with the same bits. Its random numbers
 * need no state: those of a step are derived from the seed and the number of the step.
 */
export interface TrainingState {
  readonly spec: TrainingSpec;
  readonly position: TrainingPosition;
  readonly weights: readonly Weights[];
  /** Adam's first and second moments, one pair for each of the weights, in their order. */
  readonly firstMoments: readonly Weights[];
  readonly secondMoments: readonly Weights[];
  /** Moving averages of the weights: they are what is validated and kept, as they forecast better than any one step's. */
  readonly averages: readonly Weights[];
  /** The averages of the best epoch; `null` before the first validation. */
  readonly bestWeights: readonly Weights[] | null;
}

/** The numbers of a training state. JSON. */
export interface TrainingPosition {
  /** Optimizer steps done. */
  readonly steps: number;
  /** Epochs completed. */
  readonly epochs: number;
  /** Sum of the losses of the steps done in the epoch under way. */
  readonly epochLossSum: number;
  readonly best: { readonly epoch: number; readonly score: number } | null;
  /** Of each completed epoch. */
  readonly curve: readonly EpochScore[];
}

export interface EpochScore {
  /** From 1. */
  readonly epoch: number;
  /** Mean training loss. */
  readonly loss: number;
  /** Validation score; less is better. */
  readonly validation: number;
}
