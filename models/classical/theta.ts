import { pow } from "../../allocator/core/math.ts";
import type { PointMethod } from "./point-method.ts";

/**
 * The Theta method (Assimakopoulos and Nikolopoulos, International Journal of Forecasting 16, 2000) as simple exponential
 * smoothing with half the trend as drift (Hyndman and Billah, Unmasking the Theta method, ibid. 19, 2003): over n values with
 * least-squares slope b and smoothed level l,
 *
 *     ahead  l(n) + b ⁄ 2 · (h − 1 + (1 − (1 − α)ⁿ) ⁄ α)
 *
 * Seasons are taken off before and put back after: the effect of a phase is the mean, over the seasons so far, of how far its
 * values were above the mean of the season that ended with them; so that it is known at every origin from the past alone (the
 * source decomposes the whole series at once). Values that were not observed are passed over: n counts those that were, at their
 * times. Within the first two seasons there is no seasonal effect.
 */
export function theta(alpha: number, season: number): PointMethod {
  return {
    name: "theta",
    points(values, origins, steps, out) {
      const effects = new SeasonalEffects(values, season);
      let level = Number.NaN;
      // Sums of time, value, time² and time × value: the least-squares slope is a quotient of theirs.
      let n = 0;
      let [t1, y1, t2, ty] = [0, 0, 0, 0];
      let read = 0;
      for (const [row, origin] of origins.entries()) {
        for (; read < origin; read += 1) {
          const value = values[read] as number;
          const effect = effects.at(read);
          effects.take(read);
          if (Number.isNaN(value)) continue;
          const adjusted = value - effect;
          level = n === 0 ? adjusted : alpha * adjusted + (1 - alpha) * level;
          n += 1;
          t1 += read;
          y1 += adjusted;
          t2 += read * read;
          ty += read * adjusted;
        }
        const spread = n * t2 - t1 * t1;
        const drift = n < 2 || spread <= 0 ? 0 : (n * ty - t1 * y1) / spread / 2;
        const lag = (1 - pow(1 - alpha, n)) / alpha;
        for (let step = 0; step < steps; step += 1) {
          out[row * steps + step] = level + drift * (step + lag) + effects.at(origin + step);
        }
      }
    },
  };
}

/** What each phase of the season adds, from the values taken so far. */
class SeasonalEffects {
  readonly #values: Float32Array;
  readonly #season: number;
  readonly #sums: Float64Array;
  readonly #counts: Float64Array;
  #taken = 0;
  /** Of the season that ends with the last value taken. */
  #sum = 0;
  #count = 0;

  constructor(values: Float32Array, season: number) {
    this.#values = values;
    this.#season = season;
    this.#sums = new Float64Array(season);
    this.#counts = new Float64Array(season);
  }

  at(step: number): number {
    const phase = step % this.#season;
    if (this.#taken < 2 * this.#season || this.#season === 1) return 0;
    const count = this.#counts[phase] as number;
    return count === 0 ? 0 : (this.#sums[phase] as number) / count;
  }

  /** Steps are taken one after another. */
  take(step: number): void {
    const value = this.#values[step] as number;
    const gone = this.#values[step - this.#season] as number;
    if (step >= this.#season && !Number.isNaN(gone)) {
      this.#sum -= gone;
      this.#count -= 1;
    }
    if (!Number.isNaN(value)) {
      this.#sum += value;
      this.#count += 1;
      if (step >= this.#season - 1) {
        const phase = step % this.#season;
        this.#sums[phase] = (this.#sums[phase] as number) + value - this.#sum / this.#count;
        this.#counts[phase] = (this.#counts[phase] as number) + 1;
      }
    }
    this.#taken = step + 1;
  }
}
