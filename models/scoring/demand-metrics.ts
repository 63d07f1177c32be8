import { exp, log } from "../../allocator/core/math.ts";
import type { CellSum, DemandScores } from "./demand-scores.ts";

/**
 * Means over the observed steps of some series and all origins; `null`: nothing to take it of. Levels are averaged, and twice the
 * pinball loss is used throughout, so that WQL and SQL of a median alone are relative absolute error and MASE.
 */
export interface DemandMetrics {
  /** Steps scored. */
  readonly steps: number;
  /** Mean squared and absolute error of the median, in the series' unit; `null` where series of several units are mixed. */
  readonly mse: number | null;
  readonly mae: number | null;
  /** Weighted quantile loss, Σ loss ⁄ Σ|y|; over several units the mean of theirs. `null` where all of a unit is 0. */
  readonly wql: number | null;
  /** Mean absolute scaled error: of each forecast of each series, its mean absolute error ⁄ its scale; mean over them. */
  readonly mase: number | null;
  /** Scaled quantile loss: the same of the pinball loss. */
  readonly sql: number | null;
  /** SQL of the median series, and of the one that a tenth of all series are worse than. */
  readonly sql_median: number | null;
  readonly sql_worst_decile: number | null;
  /** Shares of steps within the central 80 % and 90 % intervals, ends included. */
  readonly coverage80: number | null;
  readonly coverage90: number | null;
  /** The same over forecasts of which under 5 % of the steps turned out 0: elsewhere a mass at 0 lifts it. */
  readonly coverage80_dense: number | null;
  readonly coverage90_dense: number | null;
  /** Shares of randomised PITs in (0.1, 0.9] and (0.05, 0.95]: coverage that a mass at 0 does not lift. */
  readonly pit80: number | null;
  readonly pit90: number | null;
  /** Mean widths of the intervals ⁄ scale. */
  readonly width80: number | null;
  readonly width90: number | null;
  /** Forecasts (of one series from one origin) with a scale and without: a history that is constant, all zero, or absent. */
  readonly scaled: number;
  readonly apart: number;
  /** Mean loss of those without a scale, in the series' unit, and the share of their steps whose median was exact. */
  readonly apart_loss: number | null;
}

/** A forecast with fewer zeros than this share is dense. */
const DENSE = 0.05;

/** @param series which; all unless told. */
export function demandMetrics(scores: DemandScores, series: readonly number[] = allOf(scores)): DemandMetrics {
  const { panel, frame, sums, scales } = scores;
  const origins = frame.origins.length;
  const units = new Map<string, { loss: number; observed: number }>();
  const total = { steps: 0, squared: 0, absolute: 0, dense: 0 };
  const inside = { in80: 0, in90: 0, dense80: 0, dense90: 0 };
  const scaled = { count: 0, mase: 0, sql: 0, width80: 0, width90: 0 };
  const apart = { count: 0, loss: 0, steps: 0 };
  const bySeries: number[] = [];
  for (const one of series) {
    const unitName = panel.series[one]?.resource ?? "";
    const unit = units.get(unitName) ?? { loss: 0, observed: 0 };
    units.set(unitName, unit);
    let ownSql = 0;
    let ownCount = 0;
    for (let cell = one * origins; cell < (one + 1) * origins; cell += 1) {
      const sum = (name: CellSum) => sums[name][cell] as number;
      const steps = sum("steps");
      if (steps === 0) continue;
      total.steps += steps;
      total.squared += sum("squaredError");
      total.absolute += sum("absoluteError");
      unit.loss += sum("pinball");
      unit.observed += sum("observed");
      inside.in80 += sum("within80");
      inside.in90 += sum("within90");
      if (sum("zeros") < DENSE * steps) {
        total.dense += steps;
        inside.dense80 += sum("within80");
        inside.dense90 += sum("within90");
      }
      const scale = scales[cell] as number;
      if (Number.isNaN(scale)) {
        apart.count += 1;
        apart.steps += steps;
        apart.loss += sum("pinball");
        continue;
      }
      const per = steps * scale;
      scaled.count += 1;
      scaled.mase += sum("absoluteError") / per;
      scaled.sql += sum("pinball") / per;
      scaled.width80 += sum("width80") / per;
      scaled.width90 += sum("width90") / per;
      ownSql += sum("pinball") / per;
      ownCount += 1;
    }
    if (ownCount > 0) bySeries.push(ownSql / ownCount);
  }
  const ascending = Float64Array.from(bySeries).sort();
  const rank = (share: number) => ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? null;
  const pits = pitShares(scores, series);
  const oneUnit = units.size === 1;
  return {
    steps: total.steps,
    mse: oneUnit ? ratio(total.squared, total.steps) : null,
    mae: oneUnit ? ratio(total.absolute, total.steps) : null,
    wql: meanOf([...units.values()].flatMap(({ loss, observed }) => ratio(loss, observed) ?? [])),
    mase: ratio(scaled.mase, scaled.count),
    sql: ratio(scaled.sql, scaled.count),
    sql_median: rank(0.5),
    sql_worst_decile: rank(0.9),
    coverage80: ratio(inside.in80, total.steps),
    coverage90: ratio(inside.in90, total.steps),
    coverage80_dense: ratio(inside.dense80, total.dense),
    coverage90_dense: ratio(inside.dense90, total.dense),
    pit80: between(pits, frame.levelsPpm, 100_000, 900_000),
    pit90: between(pits, frame.levelsPpm, 50_000, 950_000),
    width80: ratio(scaled.width80, scaled.count),
    width90: ratio(scaled.width90, scaled.count),
    scaled: scaled.count,
    apart: apart.count,
    apart_loss: ratio(apart.loss, apart.steps),
  };
}

/** Of each level, the share of PITs at or below it: the level itself where the model is calibrated. Empty without a step. */
export function pitShares({ frame, pitWithin, sums }: DemandScores, series: readonly number[]): number[] {
  const width = frame.levelsPpm.length;
  const origins = frame.origins.length;
  let steps = 0;
  const within = new Array<number>(width).fill(0);
  for (const one of series) {
    for (let cell = one * origins; cell < (one + 1) * origins; cell += 1) steps += sums.steps[cell] as number;
    for (let level = 0; level < width; level += 1) {
      within[level] = (within[level] as number) + (pitWithin[one * width + level] as number);
    }
  }
  return steps === 0 ? [] : within.map((count) => count / steps);
}

/** SQL of each series, the mean over its origins; NaN where it has no scale. */
export function seriesSql({ panel, frame, sums, scales }: DemandScores): Float64Array {
  const origins = frame.origins.length;
  return Float64Array.from(panel.series, (_, one) => {
    let sum = 0;
    let count = 0;
    for (let cell = one * origins; cell < (one + 1) * origins; cell += 1) {
      const per = (sums.steps[cell] as number) * (scales[cell] as number);
      if (!(per > 0)) continue;
      sum += (sums.pinball[cell] as number) / per;
      count += 1;
    }
    return count === 0 ? Number.NaN : sum / count;
  });
}

/** Added to both sides of a ratio: a hundredth of a seasonal error. Without it series that both forecast exactly have no ratio. */
const RATIO_FLOOR = 0.01;

/** ln of a series' ratio, (own + 0.01) ⁄ (other + 0.01), of two SQL. */
export function logRatio(own: number, other: number): number {
  return log((own + RATIO_FLOOR) / (other + RATIO_FLOOR));
}

/** The geometric mean over series of the ratio of their SQL to those of another model; `null` where no series has both. */
export function geometricRatio(own: Float64Array, other: Float64Array, series: Iterable<number> = own.keys()): number | null {
  let sum = 0;
  let count = 0;
  for (const one of series) {
    const value = logRatio(own[one] as number, other[one] as number);
    if (Number.isNaN(value)) continue;
    sum += value;
    count += 1;
  }
  return count === 0 ? null : exp(sum / count);
}

function between(shares: readonly number[], levelsPpm: readonly number[], low: number, high: number): number | null {
  if (shares.length === 0) return null;
  return (shares[levelsPpm.indexOf(high)] as number) - (shares[levelsPpm.indexOf(low)] as number);
}

function allOf({ panel }: DemandScores): number[] {
  return [...panel.series.keys()];
}

function ratio(sum: number, by: number): number | null {
  return by > 0 ? sum / by : null;
}

function meanOf(values: readonly number[]): number | null {
  return ratio(
    values.reduce((sum, value) => sum + value, 0),
    values.length,
  );
}
