import type { ForecastBatch } from "../../../allocator/core/forecast.ts";
import type { ForecastPlan } from "../../../models/feed/forecast-plan.ts";

/** What the thread that forecasts is given once. */
export interface ForecastWork {
  readonly journal: string;
  /** Folder for the forecast sets, beside the journal. */
  readonly sets: string;
  readonly registry: string;
  readonly plans: readonly ForecastPlan[];
  /** How far back it looks. */
  readonly historyMs: number;
}

/** Forecast, from what was known before `atMs`: the journal up to `byte` says it. */
export interface ForecastOrder {
  readonly plan: number;
  readonly atMs: number;
  readonly byte: number;
}

/** A batch that is on the disk, as the journal refers to it. */
export interface IssuedBatch {
  readonly setDigest: string;
  readonly batchIndex: number;
  readonly batchDigest: string;
  readonly batch: ForecastBatch;
}

export type FromForecaster =
  | { readonly kind: "ready" }
  | {
      readonly kind: "issued";
      readonly order: ForecastOrder;
      readonly batches: readonly IssuedBatch[];
      readonly elapsedMs: number;
      /** How far the most corrected level is from what the model said, in scales; `null`: none is corrected. */
      readonly correction: number | null;
    }
  | { readonly kind: "failed"; readonly order: ForecastOrder | null; readonly message: string };
