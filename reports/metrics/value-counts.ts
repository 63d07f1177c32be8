const DENSE = 65_536;

/**
 * How often each value occurred, for non-negative integers: percentiles and means are exact, nothing is sampled.
 * Small values are counted in an array, the rest in a map.
 */
export class ValueCounts {
  #small = new Float64Array(16);
  readonly #large = new Map<number, number>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(value: number, times = 1): void {
    this.#count += times;
    if (value < this.#small.length) this.#small[value]! += times;
    else if (value < DENSE) this.#grow(value)[value]! += times;
    else this.#large.set(value, (this.#large.get(value) ?? 0) + times);
  }

  #grow(value: number): Float64Array {
    const grown = new Float64Array(2 ** Math.ceil(Math.log2(value + 1)));
    grown.set(this.#small);
    this.#small = grown;
    return grown;
  }

  addAll(other: ValueCounts): void {
    for (const [value, times] of other.ascending()) this.add(value, times);
  }

  /** (value, how often), ascending by value. */
  ascending(): [value: number, times: number][] {
    const counts: [value: number, times: number][] = [];
    for (let value = 0; value < this.#small.length; value++) {
      const times = this.#small[value]!;
      if (times > 0) counts.push([value, times]);
    }
    const large = [...this.#large].sort(([a], [b]) => a - b);
    return counts.concat(large);
  }
}

/** A tail of 200 points reaches from all values to the last of 10⁷. */
const TAIL_FACTOR = 0.92;

/** What a finished count says about its values. `null` where there are none. */
export class Distribution {
  /** (value, number of values at or below it), ascending. */
  readonly #staircase: (readonly [value: number, atMost: number])[] = [];
  readonly count: number;
  readonly #sum: bigint;

  constructor(counts: readonly ValueCounts[]) {
    const all = new ValueCounts();
    for (const one of counts) all.addAll(one);
    let atMost = 0;
    let sum = 0n;
    for (const [value, times] of all.ascending()) {
      atMost += times;
      sum += BigInt(value) * BigInt(times);
      this.#staircase.push([value, atMost]);
    }
    this.count = atMost;
    this.#sum = sum;
  }

  mean(): number | null {
    return this.count === 0 ? null : Number(this.#sum) / this.count;
  }

  max(): number | null {
    return this.#staircase.at(-1)?.[0] ?? null;
  }

  /** Nearest rank: the smallest value with at least `percent` of a hundred of all values at or below it. */
  percentile(percent: number): number | null {
    return this.count === 0 ? null : this.#atRank(Math.ceil((percent * this.count) / 100))[0];
  }

  /**
   * At most `points` steps of the staircase, both ends among them: half at ranks spread evenly, half where what is above shrinks by
   * a constant factor, because the tail is what one looks at.
   */
  points(points: number): (readonly [value: number, atMost: number])[] {
    if (this.#staircase.length <= points) return this.#staircase;
    const even = points >> 1;
    const ranks = Array.from({ length: even }, (_, i) => 1 + Math.floor((i * (this.count - 1)) / even));
    for (let above = this.count, left = points - even - 1; left > 0; left--) {
      above *= TAIL_FACTOR;
      ranks.push(this.count - Math.floor(above));
    }
    ranks.push(this.count);
    const steps = new Set(ranks.sort((a, b) => a - b).map((rank) => this.#atRank(Math.max(1, rank))));
    return [...steps];
  }

  /** The first step that reaches `rank` values. */
  #atRank(rank: number): readonly [value: number, atMost: number] {
    let low = 0;
    let high = this.#staircase.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#staircase[middle]![1] >= rank) high = middle;
      else low = middle + 1;
    }
    return this.#staircase[low]!;
  }
}
