import type { ForecastTarget } from "../../allocator/core/forecast.ts";
import { LEVELS_PPM } from "../forecaster.ts";

export type Architecture = "nlinear" | "dlinear" | "rnn" | "gru" | "transformer";

export const ARCHITECTURES: readonly Architecture[] = ["nlinear", "dlinear", "rnn", "gru", "transformer"];

/**
 * `quantile`: the mean pinball loss over the levels and a little Huber loss of the median. `hazard`: cross-entropy of each step
 * until the first arrival. `mse` and `mae`, of a single level, are those of public benchmarks.
 */
export type Loss = "quantile" | "hazard" | "mse" | "mae";

/** Everything, beside the data and the arithmetic of the backend, that decides which weights a training ends with. JSON. */
export interface TrainingSpec {
  readonly architecture: Architecture;
  readonly loss: Loss;
  /** Steps of history that a forecast looks at. */
  readonly lookBack: number;
  /** Steps that one pass forecasts. */
  readonly horizon: number;
  /** Ascending; empty for loss `hazard`. */
  readonly levelsPpm: readonly number[];
  /** Any safe integer. */
  readonly seed: number;
  /** Groups of features that the network is not shown (models/panel/features.ts). */
  readonly without: readonly string[];
  /** Of the architecture, such as `width`, `layers`, `dropout`; its own defaults where one is missing. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Windows in one step of the optimizer. */
  readonly batchWindows: number;
  /** Windows drawn in one epoch, after each of which the validation score is taken. */
  readonly epochWindows: number;
  /** Most windows that the validation score is taken of; they are spread evenly over series and time. */
  readonly validationWindows: number;
  readonly maxEpochs: number;
  /** Epochs in a row without a better validation score after which training ends. */
  readonly patience: number;
  readonly learningRate: number;
  /** What the learning rate is multiplied by after each epoch. */
  readonly decay: number;
}

/** What a spec is for: the steps of the panel decide how far back and ahead a network looks. */
export interface Subject {
  readonly target: ForecastTarget;
  readonly stepMs: number;
}

/** A spec that suits the step of a panel: days of hourly steps, hours of five-minute steps. */
export function trainingSpec(
  architecture: Architecture,
  subject: Subject,
  chosen: Partial<Omit<TrainingSpec, "architecture">> = {},
): TrainingSpec {
  const dayMs = 86_400_000;
  const coarse = subject.stepMs >= dayMs / 48;
  const arrival = subject.target === "arrival";
  return {
    architecture,
    loss: arrival ? "hazard" : "quantile",
    lookBack: coarse ? Math.round((7 * dayMs) / subject.stepMs) : Math.min(288, Math.round(dayMs / subject.stepMs)),
    horizon: coarse ? Math.round(dayMs / subject.stepMs) : 12,
    levelsPpm: arrival ? [] : LEVELS_PPM,
    seed: 1,
    without: [],
    sizes: {},
    batchWindows: 256,
    epochWindows: 32_768,
    validationWindows: 4_096,
    maxEpochs: 30,
    patience: 4,
    learningRate: 1e-3,
    decay: 0.9,
    ...chosen,
  };
}
