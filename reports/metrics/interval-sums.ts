import type { TimeBins } from "./time-bins.ts";

/** Below this, a sum of integers in a double is exact with room for one more term. */
const CARRY_AT = 2 ** 52;

/**
 * Exact time integrals from intervals in any order, one sum a (bin, column): level × milliseconds. Where `StepIntegral` follows
 * levels forward, this takes what becomes known later about the past.
 */
export class IntervalSums {
  readonly #columns: number;
  readonly #bins: TimeBins;
  readonly #sums: Float64Array;
  /** What no longer fits a double exactly, by index into `#sums`. */
  readonly #carried = new Map<number, bigint>();

  constructor(columns: number, bins: TimeBins) {
    this.#columns = columns;
    this.#bins = bins;
    this.#sums = new Float64Array(columns * bins.count);
  }

  /** Adds `level` over `[fromMs, toMs)`, as far as that lies in the window. */
  add(column: number, level: number, fromMs: number, toMs: number): void {
    if (level === 0) return;
    const { fromMs: firstMs, toMs: lastMs, binMs } = this.#bins;
    const endMs = Math.min(toMs, lastMs);
    let atMs = Math.max(fromMs, firstMs);
    for (let bin = Math.floor((atMs - firstMs) / binMs); atMs < endMs; bin += 1) {
      const untilMs = Math.min(endMs, this.#bins.endMs(bin));
      this.#add(bin * this.#columns + column, level, untilMs - atMs);
      atMs = untilMs;
    }
  }

  #add(index: number, level: number, elapsedMs: number): void {
    const sum = this.#sums[index]! + level * elapsedMs;
    if (sum < CARRY_AT) {
      this.#sums[index] = sum;
      return;
    }
    const exact = BigInt(this.#sums[index]!) + BigInt(level) * BigInt(elapsedMs);
    this.#carried.set(index, (this.#carried.get(index) ?? 0n) + exact);
    this.#sums[index] = 0;
  }

  inBin(bin: number, column: number): bigint {
    const index = bin * this.#columns + column;
    return BigInt(this.#sums[index]!) + (this.#carried.get(index) ?? 0n);
  }

  total(column: number): bigint {
    let sum = 0n;
    for (let bin = 0; bin < this.#bins.count; bin++) sum += this.inBin(bin, column);
    return sum;
  }
}
