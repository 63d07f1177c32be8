/**
 * When something arrived in one series, for questions about any instant without a scan: built once in a pass over the steps, each
 * question a binary search. No answer about an origin depends on what comes after it.
 */
export class Arrivals {
  /** Steps with at least one arrival, ascending. */
  readonly steps: readonly number[];
  /** `[i]`: arrivals in the first i of `steps`. */
  readonly #sums: readonly number[];

  /** @param values counts by step; NaN: not observed. */
  constructor(values: Float32Array) {
    const steps: number[] = [];
    const sums = [0];
    for (let step = 0; step < values.length; step += 1) {
      const count = values[step] as number;
      if (!(count > 0)) continue;
      steps.push(step);
      sums.push((sums[sums.length - 1] as number) + count);
    }
    this.steps = steps;
    this.#sums = sums;
  }

  /** How many of `steps` are before `step`. */
  before(step: number): number {
    let low = 0;
    let high = this.steps.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.steps[middle] as number) < step) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Arrivals in steps `[from, until)`. */
  count(from: number, until: number): number {
    return (this.#sums[this.before(until)] as number) - (this.#sums[this.before(from)] as number);
  }

  /** Steps without arrival since the last one before `origin`; `null`: there was none. */
  idle(origin: number): number | null {
    const before = this.before(origin);
    return before === 0 ? null : origin - 1 - (this.steps[before - 1] as number);
  }

  /** The last gaps before `origin`, newest first, at most `most`: from one step with arrivals to the next, in steps. */
  gaps(origin: number, most: number): number[] {
    const before = this.before(origin);
    const gaps: number[] = [];
    for (let i = before - 1; i > 0 && gaps.length < most; i -= 1) {
      gaps.push((this.steps[i] as number) - (this.steps[i - 1] as number));
    }
    return gaps;
  }
}

/** The middle of some numbers, of two middles the mean; NaN of none. */
export function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half] as number;
  return ((sorted[half - 1] ?? Number.NaN) + (sorted[half] ?? Number.NaN)) / 2;
}
