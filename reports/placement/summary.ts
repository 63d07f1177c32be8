import type { Interval } from "../../models/backtest/resampling.ts";
import { meanInterval } from "../statistics/student.ts";

/** One policy on one seed, as the placement experiment gives it. */
export interface SeedRun {
  readonly policy: string;
  readonly seed: number;
  readonly arrived: number;
  readonly placed: number;
  readonly gpuAllocationPct: number;
  readonly fragmentationPct: number | null;
  readonly curve: readonly CurvePoint[];
}

export interface CurvePoint {
  readonly loadPct: number;
  readonly gpuAllocationPct: number;
  readonly fragmentationPct: number | null;
}

/** One policy over its seeds. */
export interface PolicySummary {
  readonly policy: string;
  readonly runs: readonly SeedRun[];
  readonly gpuAllocationPct: Spread;
  readonly fragmentationPct: Spread;
  readonly arrived: Spread;
  readonly placed: Spread;
  /** Means over the seeds. */
  readonly curve: readonly CurvePoint[];
}

/** Of one figure over seeds. What does not apply is `null`: the mean of nothing, the spread of a single seed. */
export interface Spread {
  readonly mean: number | null;
  /** Sample standard deviation: divided by n − 1. */
  readonly sd: number | null;
  /** 95 % interval of the mean, by Student's t. */
  readonly interval: Interval | null;
}

/** How much more GPU one policy allocates than the next in rank, seed by seed: both had the same arrivals. */
export interface Difference {
  readonly more: string;
  readonly less: string;
  readonly meanPct: number;
  /** 95 %, by Student's t; `null` for a single seed. */
  readonly interval: Interval | null;
  /** Whether the interval leaves out 0. */
  readonly shown: boolean;
}

export function summarize(runs: readonly SeedRun[]): readonly PolicySummary[] {
  return [...new Set(runs.map(({ policy }) => policy))].map((policy) => {
    const own = runs.filter((run) => run.policy === policy);
    return {
      policy,
      runs: own,
      gpuAllocationPct: spread(own.map((run) => run.gpuAllocationPct)),
      fragmentationPct: spread(own.flatMap((run) => run.fragmentationPct ?? [])),
      arrived: spread(own.map((run) => run.arrived)),
      placed: spread(own.map((run) => run.placed)),
      curve: (own[0] as SeedRun).curve.map(({ loadPct }, at) => ({
        loadPct,
        gpuAllocationPct: spread(own.map(({ curve }) => (curve[at] as CurvePoint).gpuAllocationPct)).mean as number,
        fragmentationPct: spread(own.flatMap(({ curve }) => curve[at]?.fragmentationPct ?? [])).mean,
      })),
    };
  });
}

/** From the policy that allocates most to the one that allocates least. */
export function ranked(policies: readonly PolicySummary[]): readonly PolicySummary[] {
  return [...policies].sort((a, b) => (b.gpuAllocationPct.mean as number) - (a.gpuAllocationPct.mean as number));
}

/** Each policy against the next in rank. */
export function differences(policies: readonly PolicySummary[]): readonly Difference[] {
  const order = ranked(policies);
  return order.slice(1).map((less, index) => {
    const more = order[index] as PolicySummary;
    const bySeed = more.runs.map((run, at) => run.gpuAllocationPct - (less.runs[at] as SeedRun).gpuAllocationPct);
    const { mean, interval } = meanInterval(bySeed);
    const shown = interval !== null && interval[0] > 0;
    return { more: more.policy, less: less.policy, meanPct: mean, interval, shown };
  });
}

function spread(values: readonly number[]): Spread {
  if (values.length === 0) return { mean: null, sd: null, interval: null };
  const { mean, interval } = meanInterval(values);
  if (values.length === 1) return { mean, sd: null, interval: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / (values.length - 1)), interval };
}
