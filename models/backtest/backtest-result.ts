import type { ForecastTarget } from "../../allocator/core/forecast.ts";
import type { ModelKind } from "../catalogue.ts";
import type { Interval } from "./resampling.ts";
import type { ModelCost } from "./run-model.ts";

/** A metric by its name; `null`: it does not apply. */
export type Metrics = Readonly<Record<string, number | null>>;

/** What a backtest found, as JSON: the numbers of its page. */
export interface BacktestResult {
  readonly target: ForecastTarget;
  readonly stepMs: number;
  readonly series: number;
  readonly steps: number;
  readonly split: { readonly trainEnd: number; readonly validationEnd: number };
  readonly embargoSteps: number;
  readonly horizonSteps: number;
  readonly levelsPpm: readonly number[];
  /** First step of each forecast. */
  readonly origins: readonly number[];
  readonly seed: number;
  readonly intervals: { readonly replicates: number; readonly units: number; readonly blocks: number };
  /** What every model is held against, by name; `null`: it was not there, or failed. */
  readonly references: { readonly simple: string | null; readonly classical: string | null };
  readonly models: readonly ModelResult[];
  /** A few series with what was forecast for them. */
  readonly examples: readonly Example[];
}

export interface ModelResult {
  readonly name: string;
  readonly family: ModelKind["family"];
  /** Parameters that the fit chose, in words. */
  readonly chosen: string | null;
  /** Why it has no scores; `null`: it has. */
  readonly fault: string | null;
  readonly metrics: Metrics;
  /** 95 %, by metric. */
  readonly intervals: Readonly<Record<string, Interval | null>>;
  readonly groups: readonly GroupResult[];
  /** By steps ahead, from 1. */
  readonly by_step: Readonly<Record<string, readonly (number | null)[]>>;
  readonly calibration: Calibration | null;
  readonly cost: ModelCost | null;
}

/** Metrics over the series of one resource, or of one activity (models/calibration/groups.ts, of what was known before the test). */
export interface GroupResult {
  readonly kind: "resource" | "activity";
  readonly name: string;
  readonly series: number;
  readonly metrics: Metrics;
}

/**
 * Of quantiles: how many PITs fell into each of equal bins, and what share lay at or below each level. Of chances: how many steps
 * were given a chance in each bin, the mean chance there, and the share of them with an arrival.
 */
export type Calibration =
  | { readonly of: "quantiles"; readonly pitBins: readonly number[]; readonly within: readonly number[] }
  | {
      readonly of: "chances";
      readonly bins: readonly { readonly steps: number; readonly chance: number; readonly share: number }[];
    };

/** One series around one origin: what had been, what came, and what each model said. */
export interface Example {
  readonly title: string;
  readonly series: string;
  readonly firstStep: number;
  readonly origin: number;
  /** From `firstStep` to the end of the horizon; `null`: not observed. */
  readonly observed: readonly (number | null)[];
  /** By model: `[step][level]`, or `[step]` of chances. */
  readonly forecasts: Readonly<Record<string, readonly number[]>>;
}
