/** First gap, in steps, of each bin: single steps at first, then an eighth longer each. */
const FIRST_GAPS: readonly number[] = (() => {
  const firsts = [1];
  for (let gap = 1; gap < 2 ** 31; ) {
    gap = Math.max(gap + 1, Math.ceil(gap * 1.125));
    firsts.push(gap);
  }
  return firsts;
})();

const BINS = FIRST_GAPS.length - 1;

/** The bin of a gap of at least 1. */
export function gapBin(gap: number): number {
  let low = 0;
  let high = BINS - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((FIRST_GAPS[middle] as number) <= gap) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** First and last gap of a bin. */
export function gapsOfBin(bin: number): readonly [first: number, last: number] {
  return [FIRST_GAPS[bin] as number, (FIRST_GAPS[bin + 1] as number) - 1];
}

/** A share drawn to a prior chance with the weight of `weight` observations. */
export function drawn(count: number, of: number, prior: number, weight: number): number {
  return (count + weight * prior) / (of + weight);
}

/** How often gaps ended in each bin, of how many steps in which they could have: the empirical hazard of an idle time. */
export class BinnedHazard {
  readonly #ended = new Float64Array(BINS);
  readonly #atRisk = new Float64Array(BINS);
  #endedInAll = 0;
  #atRiskInAll = 0;

  /** A gap; `ended` false: one that was still open after so many steps. */
  add(gap: number, ended: boolean): void {
    this.#atRiskInAll += gap;
    for (let bin = 0; bin < BINS; bin += 1) {
      const [first, last] = gapsOfBin(bin);
      if (first > gap) break;
      this.#atRisk[bin] = (this.#atRisk[bin] as number) + Math.min(gap, last) - first + 1;
    }
    if (!ended) return;
    this.#endedInAll += 1;
    const bin = gapBin(gap);
    this.#ended[bin] = (this.#ended[bin] as number) + 1;
  }

  /** The chance of a step in this bin, drawn to `prior` with the weight of `weight` steps. */
  of(bin: number, prior: number, weight: number): number {
    return drawn(this.#ended[bin] as number, this.#atRisk[bin] as number, prior, weight);
  }

  /**
   * The chance of a step in each bin, drawn to that of the bin before it with the weight of `weight` steps: of gaps longer than all
   * that were seen, that of the longest seen. The first is drawn to the overall chance.
   */
  smoothed(prior: number, weight: number): Float64Array {
    const chances = new Float64Array(BINS);
    let before = this.overall(prior, weight);
    for (let bin = 0; bin < BINS; bin += 1) {
      before = this.of(bin, before, weight);
      chances[bin] = before;
    }
    return chances;
  }

  /** The chance of any step. */
  overall(prior: number, weight: number): number {
    return drawn(this.#endedInAll, this.#atRiskInAll, prior, weight);
  }
}

/** The gaps of one series, for exact questions about single lengths and ranges of them. */
export class GapList {
  readonly #sorted: Float64Array;
  /** `[i]`: sum of the first i. */
  readonly #sums: Float64Array;
  readonly #open: number;

  /** @param open steps that the present gap has lasted. */
  constructor(gaps: readonly number[], open: number) {
    this.#sorted = Float64Array.from(gaps).sort();
    this.#sums = new Float64Array(gaps.length + 1);
    for (let i = 0; i < gaps.length; i += 1) this.#sums[i + 1] = (this.#sums[i] as number) + (this.#sorted[i] as number);
    this.#open = open;
  }

  /** Gaps that ended at a length in `[first, last]`. */
  ended(first: number, last: number): number {
    return this.#below(last + 1) - this.#below(first);
  }

  /** Steps of these lengths in which a gap could have ended. */
  atRisk(first: number, last: number): number {
    const from = this.#below(first);
    const until = this.#below(last + 1);
    const ended = (this.#sums[until] as number) - (this.#sums[from] as number) - (until - from) * (first - 1);
    const longer = (this.#sorted.length - until) * (last - first + 1);
    return ended + longer + Math.max(0, Math.min(this.#open, last) - first + 1);
  }

  #below(gap: number): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] as number) < gap) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
