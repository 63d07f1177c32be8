import type { PointMethod } from "./point-method.ts";

export interface HoltWintersParameters {
  /** Smoothing of the level, (0, 1]. */
  readonly alpha: number;
  /** Smoothing of the trend, [0, 1] (β* of the source). */
  readonly beta: number;
  /** Smoothing of the season, [0, 1]. */
  readonly gamma: number;
  /** Damping of the trend, (0, 1]; 1: not damped. */
  readonly phi: number;
}

/**
 * Holt and Winters' additive method with damped trend (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed.,
 * 8.3):
 *
 *     level  l(t) = α·(y(t) − s(t − m)) + (1 − α)·(l(t − 1) + φ·b(t − 1))
 *     trend  b(t) = β·(l(t) − l(t − 1)) + (1 − β)·φ·b(t − 1)
 *     season s(t) = γ·(y(t) − l(t − 1) − φ·b(t − 1)) + (1 − γ)·s(t − m)
 *     ahead  l(t) + (φ + … + φ^h)·b(t) + s(t + h − m·⌈h ⁄ m⌉)
 *
 * It starts from the first two seasons: the trend is that between their means, the level what the first comes to at its end on
 * that trend, and the season how far each of its steps is from the trend. With less than two seasons it is Holt's method without season, from the first value and no trend. A
 * value that was not observed moves level and trend on as forecast, and leaves the season as it is.
 */
export function holtWinters(parameters: HoltWintersParameters, season: number): PointMethod {
  return {
    name: "holt-winters",
    points(values, origins, steps, out) {
      const { alpha, beta, gamma, phi } = parameters;
      const seasonal = season > 1 && values.length >= 2 * season;
      const start = seasonal ? seasonalStart(values, season) : { level: values[0] as number, trend: 0, season: null };
      let { level, trend } = start;
      const index = start.season ?? new Float64Array(1);
      const m = index.length;
      let read = seasonal ? season : 1;
      for (const [row, origin] of origins.entries()) {
        // Within the seasons that it starts from there is no state yet that knows only what was before.
        if (seasonal && origin < 2 * season) {
          out.fill(Number.NaN, row * steps, (row + 1) * steps);
          continue;
        }
        for (; read < origin; read += 1) {
          const value = values[read] as number;
          const phase = read % m;
          const expected = level + phi * trend;
          if (Number.isNaN(value)) {
            level = expected;
            trend *= phi;
            continue;
          }
          const own = index[phase] as number;
          const next = alpha * (value - own) + (1 - alpha) * expected;
          trend = beta * (next - level) + (1 - beta) * phi * trend;
          level = next;
          if (seasonal) index[phase] = gamma * (value - expected) + (1 - gamma) * own;
        }
        let damping = 0;
        let power = 1;
        for (let step = 0; step < steps; step += 1) {
          power *= phi;
          damping += power;
          out[row * steps + step] = level + damping * trend + (index[(origin + step) % m] as number);
        }
      }
    },
  };
}

function seasonalStart(values: Float32Array, season: number) {
  const first = observedMean(values, 0, season);
  const second = observedMean(values, season, 2 * season);
  const mean = Number.isNaN(first) ? (values[0] as number) : first;
  const trend = Number.isNaN(second) ? 0 : (second - mean) / season;
  const middle = (season - 1) / 2;
  const index = Float64Array.from({ length: season }, (_, at) => {
    const value = values[at] as number;
    return Number.isNaN(value) ? 0 : value - mean - trend * (at - middle);
  });
  return { level: mean + trend * middle, trend, season: index };
}

function observedMean(values: Float32Array, from: number, to: number): number {
  let sum = 0;
  let count = 0;
  for (let at = from; at < to; at += 1) {
    if (Number.isNaN(values[at])) continue;
    sum += values[at] as number;
    count += 1;
  }
  return count === 0 ? Number.NaN : sum / count;
}
