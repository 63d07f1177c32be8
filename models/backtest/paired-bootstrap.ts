import { exp } from "../../allocator/core/math.ts";
import type { Panel } from "../panel/panel.ts";
import { logRatio } from "../scoring/demand-metrics.ts";
import type { BacktestPlan } from "./plan.ts";
import { type Interval, percentileInterval, Resampling } from "./resampling.ts";

/** A model's losses summed by series and block of time, row-major, and how many each sum is of. */
export interface BlockLosses {
  readonly loss: Float64Array;
  readonly count: Float64Array;
}

/** What replicates are drawn from. */
export interface Blocks {
  /** The unit of each series: all of a user's are drawn together; −1: it is in every replicate once. */
  readonly unitOf: Int32Array;
  readonly units: number;
  /** The block of each origin. */
  readonly blockOf: readonly number[];
  readonly blocks: number;
}

/** 95 % intervals of one model; of a ratio to itself there is none. */
export interface LossIntervals {
  readonly mean: Interval | null;
  /** Of the mean's ratio to that of each reference. */
  readonly meanRatio: readonly (Interval | null)[];
  /** Of the geometric mean, over series, of their ratios to those of each reference. */
  readonly geometricRatio: readonly (Interval | null)[];
}

/** A sample of fewer series or users is not one to draw from: they are taken as they are. */
const FEWEST_UNITS = 20;

export function blocksOf({ panel, origins, horizon }: Pick<BacktestPlan, "panel" | "origins" | "horizon">): Blocks {
  const { unitOf, units } = unitsOf(panel);
  const blockOf: number[] = [];
  let block = -1;
  let from = Number.NEGATIVE_INFINITY;
  for (const origin of origins) {
    // Forecasts that overlap are wrong together.
    if (origin - from >= horizon.steps) {
      block += 1;
      from = origin;
    }
    blockOf.push(block);
  }
  return { unitOf, units, blockOf, blocks: block + 1 };
}

function unitsOf({ series }: Panel): { unitOf: Int32Array; units: number } {
  const places = new Map<string, number>();
  const unitOf = Int32Array.from(series, ({ name, user, app }) => {
    const key = user === null ? (app === null ? name : `app ${app}`) : `user ${user}`;
    const place = places.get(key) ?? places.size;
    places.set(key, place);
    return place;
  });
  if (places.size >= FEWEST_UNITS) return { unitOf, units: places.size };
  return { unitOf: unitOf.fill(-1), units: 0 };
}

export function replicatesFor(series: number): number {
  return series <= 5000 ? 1000 : 200;
}

/**
 * Intervals by a bootstrap over units (users) and blocks of origins at once, with the same draws for every model, so that ratios
 * are paired (Künsch 1989 for blocks; the draws: `Resampling`). References are given by their places among the models.
 */
export function lossIntervals(
  models: readonly BlockLosses[],
  references: readonly number[],
  { unitOf, units, blocks }: Blocks,
  seed: number,
): LossIntervals[] {
  const series = unitOf.length;
  const replicates = replicatesFor(series);
  const resampling = new Resampling({ units, blocks, replicates, seed });
  const perReplicate = () => new Float64Array(replicates).fill(Number.NaN);
  const found = models.map(() => ({
    mean: perReplicate(),
    meanRatio: references.map(perReplicate),
    geometricRatio: references.map(perReplicate),
  }));
  const own = models.map(() => new Float64Array(series));
  const blockTimes = new Float64Array(blocks);
  const unitTimes = new Float64Array(series);
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    for (let block = 0; block < blocks; block += 1) blockTimes[block] = resampling.blockTimes(replicate, block);
    for (let one = 0; one < series; one += 1) unitTimes[one] = resampling.unitTimes(replicate, unitOf[one] as number);
    for (const [model, losses] of models.entries()) {
      (found[model] as (typeof found)[number]).mean[replicate] = replicateMean(
        losses,
        blockTimes,
        unitTimes,
        own[model] as Float64Array,
      );
    }
    for (const [model, { mean, meanRatio, geometricRatio }] of found.entries()) {
      for (const [at, reference] of references.entries()) {
        if (reference === model) continue;
        const other = found[reference] as (typeof found)[number];
        (meanRatio[at] as Float64Array)[replicate] = (mean[replicate] as number) / (other.mean[replicate] as number);
        (geometricRatio[at] as Float64Array)[replicate] = replicateRatio(
          own[model] as Float64Array,
          own[reference] as Float64Array,
          unitTimes,
        );
      }
    }
  }
  return found.map(({ mean, meanRatio, geometricRatio }) => ({
    mean: percentileInterval(mean),
    meanRatio: meanRatio.map((values) => percentileInterval(values)),
    geometricRatio: geometricRatio.map((values) => percentileInterval(values)),
  }));
}

/** The mean loss in a replicate; writes each series' own mean to `own`, NaN where it has none. */
function replicateMean(
  { loss, count }: BlockLosses,
  blockTimes: Float64Array,
  unitTimes: Float64Array,
  own: Float64Array,
): number {
  const blocks = blockTimes.length;
  let total = 0;
  let totalCount = 0;
  for (let one = 0; one < own.length; one += 1) {
    const times = unitTimes[one] as number;
    if (times === 0) continue;
    let sum = 0;
    let of = 0;
    for (let block = 0; block < blocks; block += 1) {
      sum += (blockTimes[block] as number) * (loss[one * blocks + block] as number);
      of += (blockTimes[block] as number) * (count[one * blocks + block] as number);
    }
    own[one] = of > 0 ? sum / of : Number.NaN;
    total += times * sum;
    totalCount += times * of;
  }
  return total / totalCount;
}

function replicateRatio(own: Float64Array, other: Float64Array, unitTimes: Float64Array): number {
  let sum = 0;
  let count = 0;
  for (let one = 0; one < own.length; one += 1) {
    const times = unitTimes[one] as number;
    if (times === 0) continue;
    const value = logRatio(own[one] as number, other[one] as number);
    if (Number.isNaN(value)) continue;
    sum += times * value;
    count += times;
  }
  return exp(sum / count);
}
