import type { ForecastTarget } from "../../allocator/core/forecast.ts";

/** A network after training: all that is needed to forecast with it, as data. Its content names it. */
export interface TrainedModel {
  /** Of the network: `nlinear`, `rnn`, `transformer`, … */
  readonly architecture: string;
  readonly target: ForecastTarget;
  readonly stepMs: number;
  /** Steps of history that a forecast looks at. */
  readonly lookBack: number;
  /** Steps that one pass forecasts. */
  readonly horizon: number;
  /** Ascending; empty for target `arrival`. */
  readonly levelsPpm: readonly number[];
  /** Everything else that the network is built from: sizes, dropout, feature groups, vocabularies, scalers. JSON. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly weights: readonly Weights[];
}

export interface Weights {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}
