import type { HoltWintersSpec } from "../policy.ts";
import { leastSquares } from "./least-squares.ts";

/**
 * The next value of a series by additive Holt-Winters smoothing with fixed coefficients, the initial level, trend and season being those
 * whose one-step forecasts have the least sum of squared errors: what statsmodels' ExponentialSmoothing gives with trend and seasonal
 * "add" and initialization "estimated".
 *
 *     forecast = level + trend + season[t mod m]
 *     level'  = α (y − season) + (1 − α) (level + trend)
 *     season' = γ (y − level − trend) + (1 − γ) season
 *     trend'  = β (level' − level) + (1 − β) trend
 *
 * With fixed coefficients every forecast is a weighted sum of the initial values plus a constant, so these are found by linear least
 * squares; statsmodels looks for the same minimum step by step. A level and a season that differ by a constant forecast the same:
 * the season's sum is 0.
 *
 * @returns `null` where it is not determined.
 */
export function holtWintersNext(series: readonly number[], spec: Omit<HoltWintersSpec, "seasons">): number | null {
  const [alpha, beta, gamma] = [spec.alphaPpm, spec.betaPpm, spec.gammaPpm].map((ppm) => ppm / 1_000_000) as [
    number,
    number,
    number,
  ];
  const unknowns = 2 + spec.season;
  // Each state is a row: its weights of the unknowns (level, trend, the season), and a constant.
  const one = (index: number) => Float64Array.from({ length: unknowns + 1 }, (_, i) => (i === index ? 1 : 0));
  let level = one(0);
  let trend = one(1);
  const season = Array.from({ length: spec.season }, (_, i) => one(2 + i));
  const rows: number[][] = [];
  const rests: number[] = [];
  series.forEach((value, t) => {
    const place = t % spec.season;
    const seasonal = season[place] as Float64Array;
    rows.push(Array.from({ length: unknowns }, (_, i) => at(level, i) + at(trend, i) + at(seasonal, i)));
    rests.push(value - at(level, unknowns) - at(trend, unknowns) - at(seasonal, unknowns));
    const observed = (i: number) => (i === unknowns ? value : 0);
    const next = level.map((_, i) => alpha * (observed(i) - at(seasonal, i)) + (1 - alpha) * (at(level, i) + at(trend, i)));
    season[place] = seasonal.map((_, i) => gamma * (observed(i) - at(level, i) - at(trend, i)) + (1 - gamma) * at(seasonal, i));
    trend = trend.map((_, i) => beta * (at(next, i) - at(level, i)) + (1 - beta) * at(trend, i));
    level = next;
  });
  rows.push(Array.from({ length: unknowns }, (_, i) => (i < 2 ? 0 : 1)));
  rests.push(0);
  const initial = leastSquares(rows, rests, 0);
  if (initial === null) return null;
  const last = season[series.length % spec.season] as Float64Array;
  const weight = (i: number) => at(level, i) + at(trend, i) + at(last, i);
  return initial.reduce((sum, value, i) => sum + weight(i) * value, weight(unknowns));
}

function at(row: Float64Array, index: number): number {
  return row[index] as number;
}
