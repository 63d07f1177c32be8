/** What a user's series count, bin by bin. Money is in the currency of the run's prices. */
export const USER_MEASURES = [
  "used", // capacity used, at its prices
  "held", // capacity reserved or held by instances, at its prices; what is not used of it is waste
  "missing", // of a usage trace: capacity demanded beyond what was reserved, at its prices
  "instances", // instance hours
  "requests", // that arrived
  "violations", // requests that missed their target, by arrival; of a usage trace, minutes of shortage past the grace
  "waitMs", // start latencies, by arrival
  "decisions", // reserve, release, resize, launch, stop
] as const;
export type UserMeasure = (typeof USER_MEASURES)[number];

/** The highest level of a quantised value. */
export const TOP_LEVEL = 255;

/** One user's series of one measure that is not 0 throughout. */
export interface UserRow {
  /** Index into `users`. */
  readonly user: number;
  readonly measure: UserMeasure;
  /** The largest value of a bin; level l stands for max × (l ÷ top)². */
  readonly max: number;
}

/**
 * Who had and did what, when: of each user and measure one row of bins. For pictures, not for scores: values are kept in 255
 * levels of equal steps of their square root, so that one of the size of the maximum is right within 0.4 %.
 */
export interface UserSeries {
  readonly fromMs: number;
  readonly toMs: number;
  readonly binMs: number;
  readonly bins: number;
  /** Of the run of a usage trace. */
  readonly measured: boolean;
  readonly tiers: readonly string[];
  /** In order of their definition. */
  readonly users: readonly { readonly name: string; readonly tier: number }[];
  /** By user, then in the order of the measures. */
  readonly rows: readonly UserRow[];
  /** Row × bins + bin. */
  readonly levels: Uint8Array;
}

/** Non-negative values in levels 0 … top; what is above 0 stays above. Writes from `at` on; gives the largest value. */
export function quantise(values: ArrayLike<number>, top: number, levels: Uint8Array, at: number): number {
  let max = 0;
  for (let index = 0; index < values.length; index++) if (values[index]! > max) max = values[index]!;
  if (max === 0) return 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    levels[at + index] = value <= 0 ? 0 : Math.max(1, Math.round(top * Math.sqrt(value / max)));
  }
  return max;
}

/** Adds what the row's levels stand for to `sums`, `factor` bins to each of them. */
export function addRow(series: UserSeries, row: number, factor: number, sums: Float64Array): void {
  const { bins, levels } = series;
  const scale = series.rows[row]!.max / (TOP_LEVEL * TOP_LEVEL);
  for (let bin = 0; bin < bins; bin++) {
    const level = levels[row * bins + bin]!;
    if (level > 0) sums[Math.floor(bin / factor)]! += level * level * scale;
  }
}
