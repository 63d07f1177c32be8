import { difference, type Interval, percentileInterval, type Replicates, Resampling } from "../../models/backtest/resampling.ts";
import type { RunRecord } from "../../sim/run-record.ts";
import type { ComparedRun } from "../compared-run.ts";
import { metric } from "../compared-run.ts";
import { wholeMetrics } from "./additive-metrics.ts";
import { type MetricReplicates, PERCENTILES, resample, widenToBuckets } from "./bootstrap.ts";
import { CELL_COLUMNS, type RunCells } from "./cells.ts";
import { batchMeanInterval } from "./student.ts";

const REPLICATES = 1000;
/** A metric and the sum of its cells are the same when they differ by no more than rounding. */
const SAME = 1e-6;
const SEED = 1;

/** 95 % intervals by metric; a metric without one is left out. */
export type MetricIntervals = Readonly<Record<string, Interval>>;

export interface RunIntervals {
  readonly overall: MetricIntervals;
  readonly byTier: Readonly<Record<string, MetricIntervals>>;
  /** Of this run less another, from the same draws; overall. `null` where it is that run itself, or there is none. */
  readonly lessBest: MetricIntervals | null;
  readonly lessReactive: MetricIntervals | null;
}

/** How the intervals were made. */
export interface IntervalMethod {
  readonly replicates: number;
  readonly seed: number;
  readonly blockMs: number;
  readonly blocks: number;
  readonly users: number;
  readonly units: number;
}

export interface Intervals {
  readonly method: IntervalMethod;
  /** In the order of the runs. */
  readonly runs: readonly RunIntervals[];
}

/** Metrics that have no interval, and why. */
export const WITHOUT_INTERVAL: readonly { readonly metrics: readonly string[]; readonly reason: string }[] = [
  {
    metrics: ["start_latency_ms_max"],
    reason: "what has been drawn again and again cannot show anything larger than what was seen once",
  },
  {
    metrics: ["node_hours", "capacity_cost"],
    reason: "the cluster is given, not sampled",
  },
];

/**
 * 95 % intervals of every additive metric of every run, and of its differences from the ranked run of the lowest cost and from
 * the reactive one, by a bootstrap over users × blocks of time in which all runs see the same draws. Mean queue waits are by
 * batch means instead. `gap_closed` is computed in each replicate from the replicate's own costs.
 */
export function intervalsOf(runs: readonly ComparedRun[], cells: readonly RunCells[]): Intervals {
  const first = cells[0] as RunCells;
  const { blockMs, blocks, users, units } = first;
  const resampling = new Resampling({ units, blocks, replicates: REPLICATES, seed: SEED });
  const replicates = runs.map((run, index) => withGap(resample(cells[index]!, resampling, run.prices)));
  const reactive = runs.findIndex((run) => run.policy.name === "reactive");
  const clairvoyant = runs.findIndex((run) => run.policy.name === "clairvoyant");
  if (reactive !== -1 && clairvoyant !== -1) {
    for (const own of replicates) fillGaps(own, replicates[reactive]!, replicates[clairvoyant]!);
  }
  const best = bestOf(runs);
  const versus = (index: number, other: number): MetricIntervals | null =>
    other === -1 || other === index ? null : differences(replicates[index]!, replicates[other]!);
  return {
    method: { replicates: REPLICATES, seed: SEED, blockMs, blocks, users, units },
    runs: runs.map((run, index): RunIntervals => {
      const scope = (tier: string | null) => ({
        ...intervalsIn(run, tier, cells[index]!, replicates[index]!),
        ...queueInterval(cells[index]!, tier),
      });
      return {
        overall: scope(null),
        byTier: Object.fromEntries(cells[index]!.tiers.map((tier) => [tier, scope(tier)])),
        lessBest: versus(index, best),
        lessReactive: versus(index, reactive),
      };
    }),
  };
}

/** The overall intervals of one run by itself, and how they were made. */
export function intervalsOfRun(run: RunRecord, cells: RunCells): { overall: MetricIntervals; method: IntervalMethod } {
  const { blockMs, blocks, users, units } = cells;
  const resampling = new Resampling({ units, blocks, replicates: REPLICATES, seed: SEED });
  const replicates = resample(cells, resampling, run.prices, [null]);
  return {
    overall: { ...intervalsIn(run, null, cells, replicates), ...queueInterval(cells, null) },
    method: { replicates: REPLICATES, seed: SEED, blockMs, blocks, users, units },
  };
}

/** The ranked run of the lowest cost; −1 where none is ranked. */
function bestOf(runs: readonly ComparedRun[]): number {
  let best = -1;
  for (const [index, run] of runs.entries()) {
    const cost = metric(run, "cost");
    if (run.reference || cost === null) continue;
    if (best === -1 || cost < (metric(runs[best]!, "cost") as number)) best = index;
  }
  return best;
}

type OwnReplicates = Map<string | null, Map<string, Replicates>>;

function withGap(replicates: MetricReplicates): OwnReplicates {
  return new Map([...replicates].map(([scope, metrics]) => [scope, new Map(metrics)]));
}

function fillGaps(own: OwnReplicates, reactive: MetricReplicates, clairvoyant: MetricReplicates): void {
  for (const [scope, metrics] of own) {
    const above = reactive.get(scope)!.get("cost")!;
    const below = clairvoyant.get(scope)!.get("cost")!;
    const gaps = metrics.get("cost")!.map((cost, at) => {
      const whole = above[at]! - below[at]!;
      return whole > 0 ? (above[at]! - cost) / whole : Number.NaN;
    });
    metrics.set("gap_closed", gaps);
  }
}

/** Of the metrics that apply to the run and that its cells add up to. */
function intervalsIn(run: RunRecord, tier: string | null, cells: RunCells, replicates: MetricReplicates): MetricIntervals {
  const intervals: Record<string, Interval> = {};
  const whole = wholeMetrics(cells, tier, run.prices);
  for (const [name, values] of replicates.get(tier)!) {
    const value = metric(run, name, tier);
    const own = whole.get(name) ?? value;
    if (value === null || own === null || Math.abs(own - value) > SAME * Math.abs(value)) continue;
    const interval = percentileInterval(values);
    const percentile = PERCENTILES.get(name);
    if (interval !== null) intervals[name] = percentile ? widenToBuckets(interval, cells[percentile.of]) : interval;
  }
  return intervals;
}

/** Of additive metrics: percentiles are too coarse to subtract. */
function differences(own: MetricReplicates, other: MetricReplicates): MetricIntervals {
  const intervals: Record<string, Interval> = {};
  for (const [name, values] of own.get(null)!) {
    if (PERCENTILES.has(name)) continue;
    const interval = percentileInterval(difference(values, other.get(null)!.get(name)!));
    if (interval !== null) intervals[name] = interval;
  }
  return intervals;
}

const QUEUE = CELL_COLUMNS.indexOf("queueMs");
const STARTED = CELL_COLUMNS.indexOf("started");

function queueInterval(cells: RunCells, tier: string | null): MetricIntervals {
  const waits = new Array<number>(cells.blocks).fill(0);
  const starts = new Array<number>(cells.blocks).fill(0);
  for (const [row, { tier: index }] of cells.rows.entries()) {
    if (tier !== null && cells.tiers[index] !== tier) continue;
    for (let block = 0; block < cells.blocks; block++) {
      const at = (row * cells.blocks + block) * CELL_COLUMNS.length;
      waits[block]! += cells.sums[at + QUEUE]!;
      starts[block]! += cells.sums[at + STARTED]!;
    }
  }
  const { interval } = batchMeanInterval(waits, starts);
  return interval === null ? {} : { queue_wait_ms_mean: [Math.max(0, interval[0]), interval[1]] };
}
