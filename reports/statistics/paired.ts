import { type Interval, percentileInterval, Resampling } from "../../models/backtest/resampling.ts";
import type { RunRecord } from "../../sim/run-record.ts";
import { metric } from "../compared-run.ts";
import { ADDITIVE_METRICS, wholeMetrics } from "./additive-metrics.ts";
import { type MetricReplicates, resample } from "./bootstrap.ts";
import type { RunCells } from "./cells.ts";

/** So many replicates lie beyond each end of an interval at least: fewer, and its ends are drawn from a handful. */
const BEYOND = 20;
const LEAST_REPLICATES = 1000;
const SEED = 1;
/** A metric and the sum of its cells are the same when they differ by no more than rounding. */
const SAME = 1e-6;

/** A run, and what its intervals are made from. */
export interface RunWithCells {
  readonly record: RunRecord;
  readonly cells: RunCells;
}

/** A metric of two runs that saw the same draws. */
export interface PairedMetric {
  readonly candidate: number | null;
  readonly incumbent: number | null;
  /** Why nothing can be shown of their difference; `null`: it can. */
  readonly problem: string | null;
}

/**
 * Two runs of one scenario, resampled by the same draws over users × blocks of time, for several intervals at once: with Bonferroni's
 * correction each has 1 − `outside` ÷ `intervals`, so that all hold together with at least 1 − `outside` (Dunn, Multiple comparisons
 * among means, JASA 56, 1961). There are as many replicates as it takes for the tails to hold 20 each.
 */
export class PairedRuns {
  readonly outside: number;
  readonly replicates: number;
  readonly seed = SEED;
  readonly #runs: readonly [candidate: RunWithCells, incumbent: RunWithCells];
  readonly #replicates: readonly [candidate: MetricReplicates, incumbent: MetricReplicates];

  /**
   * @param tiers the scopes that will be asked for; `null`: all together.
   * @param outside probability that any of the intervals misses its truth.
   */
  constructor(
    candidate: RunWithCells,
    incumbent: RunWithCells,
    tiers: readonly (string | null)[],
    { outside, intervals }: { readonly outside: number; readonly intervals: number },
  ) {
    this.outside = outside / intervals;
    this.replicates = Math.max(LEAST_REPLICATES, Math.ceil((2 * BEYOND) / this.outside));
    const { units, blocks } = candidate.cells;
    const resampling = new Resampling({ units, blocks, replicates: this.replicates, seed: SEED });
    const of = ({ record, cells }: RunWithCells) => resample(cells, resampling, record.prices, tiers, false);
    this.#runs = [candidate, incumbent];
    this.#replicates = [of(candidate), of(incumbent)];
  }

  metric(name: string, tier: string | null): PairedMetric {
    const [candidate, incumbent] = this.#runs.map(({ record }) => metric(record, name, tier)) as [number | null, number | null];
    return { candidate, incumbent, problem: this.#problem(name, tier, [candidate, incumbent]) };
  }

  /** Of candidate − factor × incumbent − slack; `null` where nothing can be shown. */
  interval(name: string, tier: string | null, factor = 1, slack = 0): Interval | null {
    if (this.metric(name, tier).problem !== null) return null;
    const [candidate, incumbent] = this.#replicates.map((own) => own.get(tier)!.get(name)!) as [Float64Array, Float64Array];
    return percentileInterval(
      candidate.map((value, at) => value - factor * incumbent[at]! - slack),
      this.outside,
    );
  }

  #problem(name: string, tier: string | null, values: readonly (number | null)[]): string | null {
    if (!ADDITIVE_METRICS.has(name)) return "its differences have no interval";
    if (values.includes(null)) return "it does not apply to this trace";
    const isWhole = this.#runs.every(({ record, cells }, at) => {
      const whole = wholeMetrics(cells, tier, record.prices).get(name) ?? null;
      return whole !== null && Math.abs(whole - values[at]!) <= SAME * Math.abs(values[at]!);
    });
    if (!isWhole) return "what was counted by user and day does not add up to it";
    const defined = this.#replicates.every((own) => percentileInterval(own.get(tier)!.get(name)!, this.outside) !== null);
    return defined ? null : "too few of the draws define it";
  }
}
