import type { RandomStream } from "../random.ts";
import { Fourier } from "./fourier.ts";

const SHUFFLES = 100;
/** Of their maxima, ascending from 0. */
const THRESHOLD_RANK = 98;
/** So far around a candidate, at most, it is to be a peak of the autocorrelation. */
const PEAK_HOURS = 4;

/**
 * The period of a signal as Crane's DSP finds it (gocrane/crane, pkg/prediction/dsp/signal.go, FindPeriod): candidates are the periods
 * of frequencies with more power than chance has, which is the next to largest of the maxima of 100 shuffles' spectra; of those that are
 * peaks of the autocorrelation, the one of the highest. Only a period of exactly a day or a week is of use there, and only it is
 * told.
 *
 * Shuffles are seeded; there they are by the clock.
 *
 * @returns in samples; `null`: neither.
 */
export function findPeriod(signal: Float64Array, samplesADay: number, random: RandomStream): number | null {
  const fourier = new Fourier(signal.length);
  const correlation = autocorrelation(signal, fourier);
  if (correlation === null) return null;
  const reach = Math.floor((samplesADay * PEAK_HOURS) / 24);
  const isCandidate = (period: number) =>
    isPeak(correlation, period, Math.min(reach, Math.floor(period / 2))) && (correlation[period] as number) > 0;
  const useful = [samplesADay, 7 * samplesADay];
  // Spares the shuffles: whatever else there is, these two would not be told.
  if (!useful.some((period) => period < signal.length && isCandidate(period))) return null;
  const threshold = chanceOf(signal, fourier, random);
  const power = powers(fourier.forward(signal, new Float64Array(signal.length)));
  let best: number | null = null;
  for (let k = 2, last = 0; k < Math.floor(signal.length / 2); k += 1) {
    const period = Math.floor(signal.length / k);
    if ((power[k] as number) <= threshold || period === last) continue;
    last = period;
    if (isCandidate(period) && (best === null || (correlation[period] as number) > (correlation[best] as number))) best = period;
  }
  return best !== null && useful.includes(best) ? best : null;
}

function powers({ re, im }: { readonly re: Float64Array; readonly im: Float64Array }): Float64Array {
  return re.map((value, k) => Math.sqrt(value * value + (im[k] as number) * (im[k] as number)));
}

/** The power that one frequency may have by chance. Two real signals are transformed at once, as parts of a complex one. */
function chanceOf(signal: Float64Array, fourier: Fourier, random: RandomStream): number {
  const n = signal.length;
  const shuffled = Float64Array.from(signal);
  const maxima: number[] = [];
  for (let pair = 0; pair < SHUFFLES / 2; pair += 1) {
    shuffle(shuffled, random);
    const first = Float64Array.from(shuffled);
    shuffle(shuffled, random);
    const { re, im } = fourier.forward(first, shuffled);
    let [one, other] = [0, 0];
    for (let k = 1; k < Math.floor(n / 2); k += 1) {
      const [a, b, c, d] = [re[k], im[k], re[n - k], im[n - k]] as [number, number, number, number];
      one = Math.max(one, (a + c) * (a + c) + (b - d) * (b - d));
      other = Math.max(other, (b + d) * (b + d) + (c - a) * (c - a));
    }
    maxima.push(Math.sqrt(one) / 2, Math.sqrt(other) / 2);
  }
  return maxima.sort((a, b) => a - b)[THRESHOLD_RANK] as number;
}

function shuffle(values: Float64Array, random: RandomStream): void {
  for (let i = values.length - 1; i > 0; i -= 1) {
    const j = random.below(i + 1);
    const value = values[i] as number;
    values[i] = values[j] as number;
    values[j] = value;
  }
}

/** Circular, by lag; `null` for a constant. */
function autocorrelation(signal: Float64Array, fourier: Fourier): Float64Array | null {
  const n = signal.length;
  const mean = signal.reduce((sum, value) => sum + value, 0) / n;
  const variance = signal.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / n;
  if (!(variance > 0)) return null;
  const deviation = Math.sqrt(variance);
  const nothing = new Float64Array(n);
  const power = powers(
    fourier.forward(
      signal.map((value) => (value - mean) / deviation),
      nothing,
    ),
  );
  return fourier.inverse({ re: power.map((value) => value * value), im: nothing }).re.map((value) => value / n);
}

/** Whether a line through what is up to `reach` before it rises, and one through what is after it falls. */
function isPeak(values: Float64Array, at: number, reach: number): boolean {
  if (at < 1 || at > values.length - 1) return false;
  const from = Math.max(0, at - reach);
  const to = Math.min(values.length - 1, at + reach);
  return slope(values, from, at) > 0 && slope(values, at, to) < 0;
}

function slope(values: Float64Array, from: number, to: number): number {
  const middle = (from + to) / 2;
  let product = 0;
  let square = 0;
  for (let i = from; i <= to; i += 1) {
    product += (i - middle) * (values[i] as number);
    square += (i - middle) * (i - middle);
  }
  return square === 0 ? 0 : product / square;
}
