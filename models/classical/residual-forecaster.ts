import type { ForecastTarget } from "../../allocator/core/forecast.ts";
import type { Forecaster, Horizon } from "../forecaster.ts";
import type { History } from "../panel/panel.ts";
import { Peers } from "./peers.ts";
import type { PointMethod } from "./point-method.ts";
import { quantileOf } from "./quantiles.ts";

/** At so many earlier origins, at most, the method's errors are taken. */
const MOST_ORIGINS = 256;
/** They are spread evenly over so much of the past, unless told; longer ago a series may have been another. */
const RESIDUAL_WINDOW_MS = 28 * 86_400_000;
const FEWEST_WINDOW = 24;
/** With fewer errors than this a bucket of steps says nothing of its own. */
const FEWEST_RESIDUALS = 8;

/**
 * A point method with quantiles from its own past errors: what it says now plus the quantiles of what it was wrong by at earlier
 * origins within a window, so many steps ahead. Steps share errors in buckets that double (1, 2, 3–4, 5–8, …). A bucket with too few takes those
 * of the bucket before it; a series with too few for any takes the quantiles of its own values; one with no value those of its
 * peers (`Peers`).
 *
 * Demand is at least 0: what falls below is 0. Values that may be negative have errors of either sign, both e and −e of each: the
 * median is then the method's own point.
 */
export function residualForecaster(
  method: PointMethod,
  target: ForecastTarget,
  residualWindowMs: number = RESIDUAL_WINDOW_MS,
): Forecaster {
  return {
    name: method.name,
    target,
    forecast: async (history, horizon) => forecastAll(method, history, horizon, residualWindowMs),
  };
}

function forecastAll(method: PointMethod, history: History, horizon: Horizon, residualWindowMs: number): Float32Array {
  const { series, signed, stepMs } = history.frame;
  const { steps, levelsPpm } = horizon;
  const buckets = stepBuckets(steps);
  // No window is shorter than two horizons: the far steps need errors too.
  const window = Math.max(FEWEST_WINDOW, 2 * steps, Math.round(residualWindowMs / stepMs));
  const peers = new Peers(history);
  const out = new Float32Array(series.length * steps * levelsPpm.length);
  const points = new Float64Array((MOST_ORIGINS + 1) * steps);
  for (const [index, { resource }] of series.entries()) {
    const values = withoutBeginning(history.values(index));
    const origins = residualOrigins(values.length, window);
    if (values.length > 0) method.points(values, [...origins, values.length], steps, points);
    const now = points.subarray(origins.length * steps, (origins.length + 1) * steps);
    let whole: Float64Array | null = null;
    let sample: Float64Array | null = null;
    for (const [first, last] of buckets) {
      const own = residualsOf(values, origins, points, steps, first, last, signed);
      if (own.length >= FEWEST_RESIDUALS) sample = own;
      if (sample === null) whole ??= ownValues(values, window);
      for (let step = first; step <= last; step += 1) {
        const point = now[step] as number;
        for (const [level, levelPpm] of levelsPpm.entries()) {
          let value: number;
          if (values.length === 0 || Number.isNaN(point)) value = peers.quantile(resource, levelPpm);
          else if (sample !== null) value = point + quantileOf(sample, levelPpm);
          else value = quantileOf(whole as Float64Array, levelPpm);
          out[(index * steps + step) * levelsPpm.length + level] = signed ? value : Math.max(0, value);
        }
      }
    }
  }
  return out;
}

/** The values from the first that was observed on: none, if none was. */
export function withoutBeginning(values: Float32Array): Float32Array {
  const first = values.findIndex((value) => !Number.isNaN(value));
  return first < 0 ? values.subarray(0, 0) : values.subarray(first);
}

/** What was observed within the last `window` values, ascending. */
export function ownValues(values: Float32Array, window: number): Float64Array {
  const recent = values.subarray(Math.max(0, values.length - window)).filter((value) => !Number.isNaN(value));
  const observed = recent.length > 0 ? recent : values.filter((value) => !Number.isNaN(value));
  return Float64Array.from(observed).sort();
}

/** First and last step, from 0, of each bucket: 1, 1, 2, 4, 8, … steps. */
function stepBuckets(steps: number): [first: number, last: number][] {
  const buckets: [number, number][] = [];
  for (let first = 0, width = 1; first < steps; ) {
    buckets.push([first, Math.min(steps, first + width) - 1]);
    first += width;
    if (first > 1) width *= 2;
  }
  return buckets;
}

/** Ascending, within the last `window` of `length` values, each with a value before it and one at it. */
function residualOrigins(length: number, window: number): number[] {
  const from = Math.max(1, length - window);
  const count = Math.max(0, Math.min(MOST_ORIGINS, length - from));
  return Array.from({ length: count }, (_, k) => from + Math.floor((k * (length - from)) / count));
}

/** Ascending. Each origin gives one step of the bucket, in turn. */
function residualsOf(
  values: Float32Array,
  origins: readonly number[],
  points: Float64Array,
  steps: number,
  first: number,
  last: number,
  bothSigns: boolean,
): Float64Array {
  const residuals = new Float64Array(origins.length);
  let count = 0;
  let step = first;
  for (let row = 0; row < origins.length; row += 1) {
    const at = (origins[row] as number) + step;
    const residual = at < values.length ? (values[at] as number) - (points[row * steps + step] as number) : Number.NaN;
    step = step === last ? first : step + 1;
    if (Number.isNaN(residual)) continue;
    residuals[count] = bothSigns ? Math.abs(residual) : residual;
    count += 1;
  }
  const sorted = residuals.subarray(0, count).sort();
  if (!bothSigns) return sorted;
  const mirrored = new Float64Array(2 * count);
  for (let at = 0; at < count; at += 1) {
    mirrored[count + at] = sorted[at] as number;
    mirrored[count - 1 - at] = -(sorted[at] as number);
  }
  return mirrored;
}
