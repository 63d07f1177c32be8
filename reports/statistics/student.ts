import type { Interval } from "../../models/backtest/resampling.ts";

/** The 97.5 % quantile of Student's t by degrees of freedom from 1: Abramowitz and Stegun, table 26.10. */
const T_975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101,
  2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];
const Z_975 = 1.959964;

/** From 31 degrees on by the expansion in 1 ÷ degrees (Abramowitz and Stegun, 26.7.5), good to 3 digits after the point. */
export function t975(degrees: number): number {
  if (degrees < 1) return Number.NaN;
  const listed = T_975[degrees - 1];
  if (listed !== undefined) return listed;
  const z = Z_975;
  return z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2);
}

export interface MeanInterval {
  readonly mean: number;
  /** `null` for a single value. */
  readonly interval: Interval | null;
  readonly count: number;
}

/** Mean of independent values, such as one of each seed, ± t · s ÷ √n. */
export function meanInterval(values: readonly number[]): MeanInterval {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count < 2) return { mean, interval: null, count };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const half = t975(count - 1) * Math.sqrt(squares / (count - 1) / count);
  return { mean, interval: [mean - half, mean + half], count };
}

/**
 * Σ amounts ÷ Σ counts over batches of time, ± t · s, by batch means: for what users share, such as a queue, where resampling
 * users would take apart what belongs together. The variance is that of a ratio (its linearisation over batches).
 */
export function batchMeanInterval(amounts: readonly number[], counts: readonly number[]): MeanInterval {
  const batches = amounts.length;
  const total = counts.reduce((sum, value) => sum + value, 0);
  const mean = amounts.reduce((sum, value) => sum + value, 0) / total;
  if (batches < 2 || total === 0) return { mean: total === 0 ? Number.NaN : mean, interval: null, count: batches };
  const squares = amounts.reduce((sum, amount, batch) => sum + (amount - mean * counts[batch]!) ** 2, 0);
  const half = t975(batches - 1) * (Math.sqrt((squares * batches) / (batches - 1)) / total);
  return { mean, interval: [mean - half, mean + half], count: batches };
}
