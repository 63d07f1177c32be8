import type { ByteReader, ByteWriter } from "../bytes.ts";
import { fitArima } from "./arima.ts";

/** Out-of-bounds idle times are predicted from the last so many. */
const MOST_RECENT = 32;

/** How a group was used: its idle times, counted in bins; what falls beyond them is counted apart. */
export class IdleTimes {
  /** Requests that have arrived and are not over. */
  active = 0;
  /** The most instances that they needed at once since the last idle time. */
  peak = 0;
  /** When the last of them was over; `null`: never yet, or in use. */
  idleSinceMs: number | null = null;
  #inBounds = 0;
  #outOfBounds = 0;
  /** Σ of the squares of the bins' counts. */
  #squares = 0;
  #bins: Uint32Array | null = null;
  readonly #recentMs: number[] = [];

  get count(): number {
    return this.#inBounds + this.#outOfBounds;
  }

  get outOfBounds(): number {
    return this.#outOfBounds;
  }

  add(idleMs: number, binMs: number, bins: number): void {
    this.#recentMs.push(idleMs);
    if (this.#recentMs.length > MOST_RECENT) this.#recentMs.shift();
    const bin = Math.floor(idleMs / binMs);
    if (bin >= bins) {
      this.#outOfBounds += 1;
      return;
    }
    this.#bins ??= new Uint32Array(bins);
    const before = this.#bins[bin] as number;
    this.#bins[bin] = before + 1;
    this.#squares += 2 * before + 1;
    this.#inBounds += 1;
  }

  /**
   * The square of the coefficient of variation of the bins' counts: with B bins and n idle times, B·Σc² ⁄ n² − 1. High where few
   * bins hold most: only then does the histogram say when the next use comes.
   */
  squaredVariation(bins: number): number {
    return this.#inBounds === 0 ? 0 : (bins * this.#squares) / (this.#inBounds * this.#inBounds) - 1;
  }

  /** The bin of the idle time of that rank: the ⌈level · n⌉-th smallest of those within bounds. */
  binOf(levelPpm: number): number {
    const rank = Math.max(1, Math.ceil((levelPpm * this.#inBounds) / 1_000_000));
    let seen = 0;
    const bins = this.#bins ?? EMPTY;
    for (let bin = 0; bin < bins.length; bin += 1) {
      seen += bins[bin] as number;
      if (seen >= rank) return bin;
    }
    return 0;
  }

  /** The next idle time as ARIMA has it, over the last ones. `null` while there are too few. */
  predictMs(): number | null {
    const fit = fitArima(this.#recentMs);
    return fit === null ? null : Math.max(0, fit.next);
  }

  write(out: ByteWriter): void {
    out.u32(this.active);
    out.u32(this.peak);
    out.optionalMs(this.idleSinceMs);
    out.u32(this.#inBounds);
    out.u32(this.#outOfBounds);
    out.u64(this.#squares);
    out.u32s(this.#bins ?? EMPTY);
    out.u32(this.#recentMs.length);
    for (const idleMs of this.#recentMs) out.u64(idleMs);
  }

  static read(from: ByteReader): IdleTimes {
    const times = new IdleTimes();
    times.active = from.u32();
    times.peak = from.u32();
    times.idleSinceMs = from.optionalMs();
    times.#inBounds = from.u32();
    times.#outOfBounds = from.u32();
    times.#squares = from.u64();
    const bins = from.u32s();
    times.#bins = bins.length === 0 ? null : bins;
    for (let left = from.u32(); left > 0; left -= 1) times.#recentMs.push(from.u64());
    return times;
  }
}

const EMPTY = new Uint32Array(0);
