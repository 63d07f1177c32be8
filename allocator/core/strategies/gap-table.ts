import type { ByteReader, ByteWriter } from "../bytes.ts";
import { exp } from "../math.ts";

/** Half of a class is forgotten whenever it has seen so many gaps: it follows what changes. */
const MOST_GAPS = 8_192;
/** A class leans on the wider one as if it had seen so many gaps (of weight 8) more. */
const PRIOR = 400;
/** A gap's weight, so that halving keeps what was seen once for a while. */
const UNIT = 8;

/** The bins of gaps as multiples of what was expected: bin k is from `edges[k]` up to `edges[k + 1]`; the last ends nowhere. */
export type Edges = Float64Array;

/**
 * Around 1 narrow, as a cron job's gaps are, and wider away from it: |ln multiple| in bins that grow by √2 from 0.0005 to beyond 8.
 */
export const AROUND_ONE: Edges = (() => {
  const sizes = Array.from({ length: 29 }, (_, k) => 0.0005 * (1 << (k >> 1)) * (k % 2 === 0 ? 1 : Math.SQRT2));
  return Float64Array.from([0, ...sizes.toReversed().map((size) => exp(-size)), ...sizes.map((size) => exp(size))]);
})();

/** Multiples of a millisecond, each twice as large as the one before. Finer ones hold what a few gaps did for a law. */
export const ABSOLUTE: Edges = Float64Array.from({ length: 35 }, (_, k) => (k === 0 ? 0 : exp(0.7 * k)));

/**
 * How long the gaps of a class of groups were, as multiples of what was expected of each. A gap is counted as open while it lasts, so
 * that groups which never come back are reckoned with: the chance of a return is that of those which have waited as long.
 */
export class GapTable {
  readonly edges: Edges;
  /** Weight by bin; the last: gaps that are open. */
  readonly #weights: Uint32Array;
  #total = 0;

  constructor(edges: Edges) {
    this.edges = edges;
    this.#weights = new Uint32Array(edges.length + 1);
  }

  /**
   * By bin, the chance that a gap ends in it, given that it has not ended before: of those that lasted as long, open ones among them,
   * the share that did. It leans on what is known of a wider class as if `PRIOR` more had done as that says, so where few lasted
   * as long, the wider class speaks (a life table, shrunk).
   */
  hazards(wider: Float64Array | null): Float64Array {
    const prior = wider === null ? 0 : PRIOR;
    const hazards = new Float64Array(this.edges.length);
    let lasted = this.#total;
    for (let bin = 0; bin < hazards.length; bin += 1) {
      const ended = this.#weights[bin] as number;
      const most = lasted + prior;
      hazards[bin] = most === 0 ? 0 : (ended + prior * (wider === null ? 0 : (wider[bin] as number))) / most;
      lasted -= ended;
    }
    return hazards;
  }

  open(): void {
    const open = this.edges.length;
    this.#weights[open] = (this.#weights[open] as number) + UNIT;
    this.#total += UNIT;
    if (this.#total > MOST_GAPS * UNIT) this.#halve();
  }

  /** A gap that was open is over. */
  close(multiple: number): void {
    const open = this.edges.length;
    const weight = Math.min(UNIT, this.#weights[open] as number);
    const bin = binOf(this.edges, multiple);
    this.#weights[open] = (this.#weights[open] as number) - weight;
    this.#weights[bin] = (this.#weights[bin] as number) + UNIT;
    this.#total += UNIT - weight;
  }

  #halve(): void {
    this.#total = 0;
    for (let bin = 0; bin < this.#weights.length; bin += 1) {
      const half = (this.#weights[bin] as number) >>> 1;
      this.#weights[bin] = half;
      this.#total += half;
    }
  }

  write(out: ByteWriter): void {
    out.u32s(this.#weights);
  }

  read(from: ByteReader): void {
    this.#weights.set(from.u32s());
    this.#total = this.#weights.reduce((sum, weight) => sum + weight, 0);
  }
}

export function binOf(edges: Edges, multiple: number): number {
  let low = 0;
  let high = edges.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((edges[middle] as number) <= multiple) low = middle;
    else high = middle - 1;
  }
  return low;
}
