import type { ForecastTarget } from "../../allocator/core/forecast.ts";
import { LEVELS_PPM } from "../forecaster.ts";
import { FEATURE_GROUPS } from "../panel/feature-spec.ts";

export type Architecture = "nlinear" | "dlinear" | "rnn" | "gru" | "transformer";

export const ARCHITECTURES: readonly Architecture[] = ["nlinear", "dlinear", "rnn", "gru", "transformer"];

/**
 * `quantile`: the mean pinball loss over the levels and a little Huber loss of the median, a forecast below an amount of 0 being no
 * error. `hazard`: cross-entropy of each step
 * until the first arrival. `mse` and `mae`, those of public benchmarks: the squared or absolute error of the level nearest to the
 * median, which so becomes the mean or the median, and the pinball loss of the other levels, if there are any.
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
  /** Signed values are those of a public benchmark. */
  readonly signed?: boolean;
}

const DAY_MS = 86_400_000;

/** Steps as long as this, or longer, are forecast by the day; shorter ones by the hour. */
const COARSE_MS = DAY_MS / 48;

/** A spec that suits the step of a panel: days of hourly steps, hours of five-minute steps. */
export function trainingSpec(
  architecture: Architecture,
  { target, stepMs, signed = false }: Subject,
  chosen: Partial<Omit<TrainingSpec, "architecture">> = {},
): TrainingSpec {
  const arrival = target === "arrival";
  const horizon = chosen.horizon ?? (stepMs >= COARSE_MS ? Math.max(1, Math.round(DAY_MS / stepMs)) : 12);
  return {
    architecture,
    loss: arrival ? "hazard" : signed ? "mse" : "quantile",
    lookBack: lookBackOf(architecture, stepMs, signed),
    horizon,
    levelsPpm: arrival ? [] : LEVELS_PPM,
    seed: 1,
    // What a benchmark's published figures were reached without.
    without: signed ? FEATURE_GROUPS : [],
    sizes: architecture === "rnn" ? { segment: segmentOf(horizon) } : {},
    batchWindows: 256,
    // Steps one by one cost several times what segments do.
    epochWindows: signed ? 59_136 : architecture === "gru" ? 16_384 : 32_768,
    validationWindows: 4_096,
    maxEpochs: signed ? 10 : 25,
    patience: signed ? 3 : 5,
    learningRate: signed ? 1e-3 : 3e-3,
    decay: 0.9,
    ...chosen,
  };
}

/**
 * Steps of a segment: as many as are forecast, from 12 to 24. Of fewer there are more, and they cost in proportion: Bitbrains two steps
 * ahead took ten times as long in segments of two steps as in those of twelve, for no better a score (models/training/README.md).
 */
function segmentOf(horizon: number): number {
  return Math.min(24, Math.max(12, horizon));
}

/** A week of coarse steps, otherwise a day, in at most 288 steps; of a benchmark's hours, what each network does best with. */
function lookBackOf(architecture: Architecture, stepMs: number, signed: boolean): number {
  if (signed) return architecture === "transformer" || architecture === "gru" ? 96 : 336;
  const days = stepMs >= COARSE_MS ? 7 : 1;
  // A training of steps one by one costs as much as it has steps; what it runs on has no such limit.
  const most = architecture === "gru" ? 96 : 288;
  return Math.max(1, Math.min(most, Math.round((days * DAY_MS) / stepMs)));
}
