/** Seasons whose earlier values a network is shown beside its window. */
const PERIODS_MS = [86_400_000, 7 * 86_400_000];

/** Earlier values of a season whose mean is taken. */
const AVERAGED = 4;

/**
 * For a step ahead, the last value and the mean of the last values at the same time of day, and of week: usage of longer ago than
 * a window reaches back to. Where nothing was observed there, `NaN`.
 */
export class SeasonalLags {
  readonly #periods: readonly number[];
  readonly features: number;

  constructor(stepMs: number) {
    this.#periods = PERIODS_MS.filter((period) => period % stepMs === 0 && period > stepMs).map((period) => period / stepMs);
    this.features = 2 * this.#periods.length;
  }

  /** Writes the features of the step `ahead` (0 is `origin` itself) from `into[at]` on; reads no value at or after `origin`. */
  write(values: Float32Array, origin: number, ahead: number, into: Float32Array, at: number): void {
    let i = at;
    for (const period of this.#periods) {
      let latest = Number.NaN;
      let sum = 0;
      let count = 0;
      let step = origin + ahead - period * Math.floor(ahead / period + 1);
      for (let back = 0; back < AVERAGED && step >= 0; back += 1, step -= period) {
        const value = values[step] as number;
        if (Number.isNaN(value)) continue;
        if (count === 0) latest = value;
        sum += value;
        count += 1;
      }
      into[i] = latest;
      into[i + 1] = count > 0 ? sum / count : Number.NaN;
      i += 2;
    }
  }
}
