import type { TimeBins } from "./time-bins.ts";

/** Below this, a sum of integers in a double is exact with room for one more step. */
const CARRY_AT = 2 ** 52;

/**
 * Exact time integrals of several integer levels that change in steps, one sum a (bin, column): level × milliseconds.
 * Lazy: nothing is added while nothing changes. Call `advance(atMs)` before changing `levels`.
 */
export class StepIntegral {
  /** The current level of each column: non-negative integers. */
  readonly levels: Float64Array;
  readonly #bins: TimeBins;
  readonly #sums: Float64Array;
  /** What no longer fits a double exactly, by index into `#sums`. Capacities of large clusters get there. */
  readonly #carried = new Map<number, bigint>();
  #atMs: number;
  #bin = 0;
  #binEndMs: number;

  constructor(columns: number, bins: TimeBins) {
    this.levels = new Float64Array(columns);
    this.#bins = bins;
    this.#sums = new Float64Array(columns * bins.count);
    this.#atMs = bins.fromMs;
    this.#binEndMs = bins.endMs(0);
  }

  /** Integrates the current levels up to `atMs`, which lies no later than the window's end. */
  advance(atMs: number): void {
    while (this.#atMs < atMs) {
      if (this.#atMs === this.#binEndMs) this.#binEndMs = this.#bins.endMs(++this.#bin);
      const untilMs = Math.min(atMs, this.#binEndMs);
      this.#add(untilMs - this.#atMs);
      this.#atMs = untilMs;
    }
  }

  #add(elapsedMs: number): void {
    const levels = this.levels;
    const sums = this.#sums;
    let index = this.#bin * levels.length;
    for (let column = 0; column < levels.length; column++, index++) {
      const level = levels[column]!;
      if (level === 0) continue;
      const sum = sums[index]! + level * elapsedMs;
      if (sum < CARRY_AT) sums[index] = sum;
      else this.#carry(index, level, elapsedMs);
    }
  }

  #carry(index: number, level: number, elapsedMs: number): void {
    const sum = BigInt(this.#sums[index]!) + BigInt(level) * BigInt(elapsedMs);
    this.#carried.set(index, (this.#carried.get(index) ?? 0n) + sum);
    this.#sums[index] = 0;
  }

  /** The integral over one bin, as far as it was advanced. */
  inBin(bin: number, column: number): bigint {
    const index = bin * this.levels.length + column;
    return BigInt(this.#sums[index]!) + (this.#carried.get(index) ?? 0n);
  }

  /** The integral over the window, as far as it was advanced. */
  total(column: number): bigint {
    let sum = 0n;
    for (let bin = 0; bin < this.#bins.count; bin++) sum += this.inBin(bin, column);
    return sum;
  }
}
