/**
 * Forecasts as the core receives them: numbers in an event. The core never calls a model.
 *
 * `target` demand: resource units, rounded up · concurrency: instances · arrival: parts per million, the chance of at least
 * one arrival in the step, given none before.
 */
export type ForecastTarget = "demand" | "concurrency" | "arrival";
export type ForecastEntity = "user" | "user_app" | "app" | "pool";

export interface ForecastBatch {
  readonly target: ForecastTarget;
  readonly entity: ForecastEntity;
  /** Nothing observed after this instant was used. */
  readonly issuedAtMs: number;
  /** `issuedAtMs` plus the charged inference latency; the batch enters the core at this instant. */
  readonly availableAtMs: number;
  /** The first step covers `[firstStepMs, firstStepMs + stepMs)`. */
  readonly firstStepMs: number;
  readonly stepMs: number;
  readonly steps: number;
  /** One id an entity; for `user_app` two: user, then app. */
  readonly ids: Uint32Array;
  /** Quantile levels, ascending, in parts per million. For `arrival`, empty: one value a step. */
  readonly levelsPpm: Uint32Array;
  /**
   * Row-major `[entity][resource, for demand][step][level]`, the resources in the order of `RESOURCE_NAMES`.
   */
  readonly values: Uint32Array;
}
