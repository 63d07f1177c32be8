import { RunMetricsObserver } from "../../reports/metrics/run-metrics.ts";
import { DEFAULT_PRICES } from "../../reports/prices.ts";
import type { Prices, RunMetrics } from "../../sim/run-record.ts";
import type { Stream } from "./stream.ts";

export interface MeasureOptions {
  readonly fromMs?: number;
  readonly toMs: number;
  readonly bins?: number;
  readonly prices?: Prices;
}

/** The metrics of a scripted run. */
export function measure(stream: Stream, options: MeasureOptions): RunMetrics {
  const { fromMs = 0, toMs, bins = 1, prices = DEFAULT_PRICES } = options;
  return stream.play(new RunMetricsObserver({ fromMs, toMs, bins, prices })).finish();
}
