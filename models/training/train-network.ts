import type { Split } from "../forecaster.ts";
import type { Panel } from "../panel/panel.ts";
import type { TrainedModel } from "./trained-model.ts";
import type { TrainingSpec } from "./training-spec.ts";
import type { EpochScore, TrainingState } from "./training-state.ts";

export interface TrainingOptions {
  /** Continues from here; its spec must be the one given. */
  readonly resume?: TrainingState;
  /** After every epoch. */
  readonly onEpoch?: (progress: TrainingProgress) => void;
  /** Called between two steps every `saveEverySteps` (default 200), after each epoch, and when training stops early by the signal. */
  readonly onState?: (state: TrainingState) => void | Promise<void>;
  readonly saveEverySteps?: number;
  /** Stops after the step under way; `onState` then has the last state and `trainNetwork` throws TrainingStopped. */
  readonly signal?: AbortSignal;
}

export interface TrainingProgress extends EpochScore {
  readonly maxEpochs: number;
  readonly bestEpoch: number;
  readonly bestValidation: number;
  /** Wall time until `maxEpochs`, at the pace so far; early stopping may end it sooner. */
  readonly leftMs: number;
}

/** The signal asked training to stop; it can be resumed from the last state. */
export class TrainingStopped extends Error {}

/** Learns from `[0, trainEnd)`, keeps the weights that score best on `[trainEnd, validationEnd)`. */
export function trainNetwork(
  _panel: Panel,
  _split: Split,
  _spec: TrainingSpec,
  _options: TrainingOptions = {},
): Promise<TrainedModel> {
  throw new Error("not yet");
}
