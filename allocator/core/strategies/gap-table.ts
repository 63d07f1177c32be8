import type { ByteReader, ByteWriter } from "../bytes.ts";
import { exp } from "../math.ts";

/** Half of a class is forgotten whenever it has seen so many gaps: it follows what changes. */
const MOST_GAPS = 8_192;
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

/** Multiples of a millisecond, a quarter larger each: for groups of which no gap is known yet. */
export const ABSOLUTE: Edges = Float64Array.from({ length: 94 }, (_, k) => (k === 0 ? 0 : exp(0.25 * k)));

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

  get total(): number {
    return this.#total;
  }

  /** Of the gaps, open ones among them, the share that fell into the bin. */
  share(bin: number): number {
    return this.#total === 0 ? 0 : (this.#weights[bin] as number) / this.#total;
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
    const bin = this.#find(multiple);
    this.#weights[open] = (this.#weights[open] as number) - weight;
    this.#weights[bin] = (this.#weights[bin] as number) + UNIT;
    this.#total += UNIT - weight;
  }

  #find(multiple: number): number {
    let low = 0;
    let high = this.edges.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.edges[middle] as number) <= multiple) low = middle;
      else high = middle - 1;
    }
    return low;
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
