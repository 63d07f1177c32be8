import { log } from "../math.ts";
import { Fourier } from "./fourier.ts";

/** How much of a spectrum is kept, and what is added to the signal. */
export interface SpectralEstimator {
  readonly leastItems: number;
  readonly lowAmplitude: number;
  readonly margin: number;
}

const MARGINS = [0.01, 0.1, 0.15, 0.2];
export const ESTIMATORS: readonly SpectralEstimator[] = [
  ...MARGINS.map((margin) => ({ leastItems: 3, lowAmplitude: 1, margin })),
  ...MARGINS.map((margin) => ({ leastItems: 50, lowAmplitude: 0.05, margin })),
];
const MOST_ITEMS = 100;
const HIGH_FREQUENCY_HZ = 1 / 3600;
/** What stands for a value at or below 0. */
const LEAST_VALUE = 0.01;

/**
 * What Crane's DSP expects of the next period (pkg/prediction/dsp/estimators.go, fftEstimator): the last one, without what is both of
 * high frequency and of low amplitude, and a margin. Low is what is below all of: the 100th largest amplitude, or the threshold if that is
 * more; but so many of the largest as `leastItems` are kept.
 *
 * As there, a bin's frequency is its number's, so that the mirror of a low frequency counts as high: one of low amplitude
 * keeps half of it.
 */
export function estimatePeriod(
  signal: Float64Array,
  period: number,
  samplesAnHour: number,
  { leastItems, lowAmplitude, margin }: SpectralEstimator,
): Float64Array {
  const n = signal.length;
  const fourier = new Fourier(n);
  const { re, im } = fourier.forward(signal, new Float64Array(n));
  const amplitudes = re.map((value, k) => Math.sqrt(value * value + (im[k] as number) * (im[k] as number)) / n);
  // A mirror is as large as what it mirrors, whatever rounding says.
  for (let k = 1; k < n / 2; k += 1) amplitudes[n - k] = amplitudes[k] as number;
  const descending = amplitudes.slice(1, Math.floor(n / 2)).sort((a, b) => b - a);
  let least = Math.max(lowAmplitude, descending[Math.min(MOST_ITEMS, descending.length) - 1] as number);
  if (descending.length >= leastItems) least = Math.min(least, descending[leastItems - 1] as number);
  for (let k = 0; k < n; k += 1) {
    const hertz = (k * samplesAnHour) / 3600 / n;
    if ((amplitudes[k] as number) >= least || hertz <= HIGH_FREQUENCY_HZ) continue;
    re[k] = 0;
    im[k] = 0;
  }
  return fourier
    .inverse({ re, im })
    .re.slice(n - period)
    .map((value) => (value <= 0 ? LEAST_VALUE : value) * (1 + margin));
}

/** That which would have expected the last period best, from those before it; the first of equals. */
export function bestEstimator(signal: Float64Array, period: number, samplesAnHour: number): SpectralEstimator {
  const before = signal.slice(0, signal.length - period);
  const actual = signal.slice(signal.length - period);
  let best = ESTIMATORS[0] as SpectralEstimator;
  let least = Number.POSITIVE_INFINITY;
  for (const estimator of ESTIMATORS) {
    const error = predictionError(actual, estimatePeriod(before, period, samplesAnHour, estimator));
    if (error < least) [best, least] = [estimator, error];
  }
  return best;
}

/**
 * Crane's error of a prediction (pkg/prediction/accuracy/accuracy.go): the mean of what is too much ÷ the actual value, where x is
 * too little −ln(1 − x) ⁄ ln 1.25; the mean absolute error where an actual value is nearly 0.
 */
export function predictionError(actual: Float64Array, predicted: Float64Array): number {
  const count = actual.length;
  if (actual.some((value) => value < 1e-3)) {
    return actual.reduce((sum, value, i) => sum + Math.abs(value - (predicted[i] as number)), 0) / count;
  }
  const cost = actual.reduce((sum, value, i) => {
    const excess = ((predicted[i] as number) - value) / value;
    return sum + (excess < 0 ? -log(1 + excess) / log(1.25) : excess);
  }, 0);
  return cost / count;
}
