import { type Interval, percentileInterval, Resampling } from "../../models/backtest/resampling.ts";
import type { RunRecord } from "../../sim/run-record.ts";
import { metric } from "../compared-run.ts";
import { ADDITIVE_METRICS, type Formula, wholeMetrics } from "./additive-metrics.ts";
import { type MetricReplicates, resample } from "./bootstrap.ts";
import { CELL_COLUMNS, type RunCells } from "./cells.ts";

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

const CHANGES = "decisions_per_user_day_mean";
const CHANGES_COLUMN = CELL_COLUMNS.indexOf("changes");
/**
 * How many user-days there are is the window's, not the policy's: the same in both runs. Drawn, a window of a day would often have
 * none, as its one day begins in one of its blocks. So of changes a user-day only the changes are drawn.
 */
const FORMULAS: ReadonlyMap<string, Formula> = new Map([
  ...ADDITIVE_METRICS,
  [CHANGES, ({ columns }) => columns[CHANGES_COLUMN] as number],
]);

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
  /** By scope: what the cells of both add up to. */
  readonly #wholes: ReadonlyMap<string | null, readonly ReadonlyMap<string, number | null>[]>;

  /**
   * @param metrics names of those that will be asked for.
   * @param scopes the tiers that will be asked for; `null`: all together.
   * @param outside probability that any of the intervals misses its truth.
   */
  constructor(
    candidate: RunWithCells,
    incumbent: RunWithCells,
    metrics: readonly string[],
    scopes: readonly (string | null)[],
    { outside, intervals }: { readonly outside: number; readonly intervals: number },
  ) {
    this.outside = outside / intervals;
    this.replicates = Math.max(LEAST_REPLICATES, Math.ceil((2 * BEYOND) / this.outside));
    const { units, blocks } = candidate.cells;
    const resampling = new Resampling({ units, blocks, replicates: this.replicates, seed: SEED });
    const formulas = new Map([...FORMULAS].filter(([name]) => metrics.includes(name)));
    const of = ({ record, cells }: RunWithCells) => resample(cells, resampling, record.prices, scopes, formulas);
    this.#runs = [candidate, incumbent];
    this.#replicates = [of(candidate), of(incumbent)];
    this.#wholes = new Map(
      scopes.map((tier) => [tier, this.#runs.map(({ record, cells }) => wholeMetrics(cells, tier, record.prices))]),
    );
  }

  metric(name: string, tier: string | null): PairedMetric {
    const [candidate, incumbent] = this.#runs.map(({ record }) => metric(record, name, tier)) as [number | null, number | null];
    return { candidate, incumbent, problem: this.#problem(name, tier, [candidate, incumbent]) };
  }

  /** Of candidate − factor × incumbent − slack; `null` where nothing can be shown. */
  interval(name: string, tier: string | null, factor = 1, slack = 0): Interval | null {
    if (this.metric(name, tier).problem !== null) return null;
    const [candidate, incumbent] = this.#replicates.map((own) => own.get(tier)!.get(name)!) as [Float64Array, Float64Array];
    const per = name === CHANGES ? this.#userDays(tier) : 1;
    return percentileInterval(
      candidate.map((value, at) => (value - factor * incumbent[at]!) / per - slack),
      this.outside,
    );
  }

  #userDays(tier: string | null): number {
    const { cells } = this.#runs[0];
    const at = CELL_COLUMNS.indexOf("userDays");
    return cells.rows.reduce((sum, row, index) => {
      if (tier !== null && cells.tiers[row.tier] !== tier) return sum;
      for (let block = 0; block < cells.blocks; block++)
        sum += cells.sums[(index * cells.blocks + block) * CELL_COLUMNS.length + at]!;
      return sum;
    }, 0);
  }

  #problem(name: string, tier: string | null, values: readonly (number | null)[]): string | null {
    if (!FORMULAS.has(name)) return "its differences have no interval";
    if (values.includes(null)) return "it does not apply to this trace";
    const isWhole = this.#wholes.get(tier)!.every((wholes, at) => {
      const whole = wholes.get(name) ?? null;
      return whole !== null && Math.abs(whole - values[at]!) <= SAME * Math.abs(values[at]!);
    });
    if (!isWhole) return "what was counted by user and day does not add up to it";
    const isDefined = this.#replicates.every((own) => percentileInterval(own.get(tier)!.get(name)!, this.outside) !== null);
    return isDefined ? null : "too few of the draws define it";
  }
}
