import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { HoltWintersSpec, ReplicaPredictSpec } from "../policy.ts";
import { holtWintersNext } from "./holt-winters.ts";

/** Rounding is not a replica. */
const SLACK = 1e-6;

/**
 * How many replicas the counts of the last sync periods predict: the models of the Predictive Horizontal Pod Autoscaler
 * (jthomperoo/predictive-horizontal-pod-autoscaler; algorithms/linear_regression, algorithms/holt_winters, and what
 * internal/prediction keeps), each rounded up. Its decision is the largest, over what was calculated and what the models say.
 */
export class ReplicaForecast {
  readonly #spec: ReplicaPredictSpec;
  readonly #everyMs: number;
  /** What was calculated, the newest last, as far as each model keeps it. */
  readonly #line: number[] = [];
  readonly #seasons: number[] = [];

  constructor(spec: ReplicaPredictSpec, everyMs: number) {
    this.#spec = spec;
    this.#everyMs = everyMs;
  }

  /** Whether more periods with nothing would change nothing that it says. */
  get isForgotten(): boolean {
    const { linear, holtWinters } = this.#spec;
    const isFull =
      (linear === null || this.#line.length >= linear.values) && (holtWinters === null || this.#isEnough(holtWinters));
    return isFull && [...this.#line, ...this.#seasons].every((count) => count === 0);
  }

  /** A sync period ends in which so many were calculated. @returns the most that a model predicts; 0: none does. */
  predict(calculated: number): number {
    const { linear, holtWinters } = this.#spec;
    let most = 0;
    if (linear !== null) {
      this.#line.push(calculated);
      // The first has waited for a whole period more than the one after it.
      const ages = this.#line.map((_, i) => (this.#line.length - 1 - i) * this.#everyMs);
      most = Math.max(most, lineAhead(ages, this.#line, linear.aheadMs) ?? 0);
      if (this.#line.length > linear.values) this.#line.shift();
    }
    if (holtWinters !== null) {
      this.#seasons.push(calculated);
      if (this.#isEnough(holtWinters)) {
        most = Math.max(most, Math.ceil((holtWintersNext(this.#seasons, holtWinters) ?? 0) - SLACK));
      }
      const excess = Math.floor(this.#seasons.length / holtWinters.season) - holtWinters.seasons;
      if (excess > 0) this.#seasons.splice(0, excess * holtWinters.season);
    }
    return most;
  }

  /** statsmodels' least number of observations. */
  #isEnough({ season }: HoltWintersSpec): boolean {
    return this.#seasons.length >= 10 + 2 * Math.floor(season / 2);
  }

  write(out: ByteWriter): void {
    out.u32s(Uint32Array.from(this.#line));
    out.u32s(Uint32Array.from(this.#seasons));
  }

  read(from: ByteReader): void {
    this.#line.push(...from.u32s());
    this.#seasons.push(...from.u32s());
  }
}

/**
 * The line of least squares through counts of the given ages, read `aheadMs` from now and rounded up; `null`: one point makes no line.
 */
export function lineAhead(agesMs: readonly number[], counts: readonly number[], aheadMs: number): number | null {
  const points = counts.length;
  if (points < 2) return null;
  const meanAge = agesMs.reduce((sum, age) => sum + age, 0) / points;
  const mean = counts.reduce((sum, count) => sum + count, 0) / points;
  let product = 0;
  let square = 0;
  counts.forEach((count, i) => {
    const age = (agesMs[i] as number) - meanAge;
    product += age * (count - mean);
    square += age * age;
  });
  return Math.ceil(mean - (product / square) * (meanAge + aheadMs) - SLACK);
}
