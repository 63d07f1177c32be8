import type { ByteReader, ByteWriter } from "./bytes.ts";

/** Below so many milliseconds each has its own bin; from there on each doubling has so many. */
const BINS_A_DOUBLING = 16;
const LONGEST_MS = 0xffff_ffff;
/** So many durations are remembered in full; then all counts are halved, so that what was measured lately counts most. */
const MOST_COUNTED = 4_096;

/**
 * Durations in bins that grow with them, as in Tene's HDR histogram: a quantile is at most 1 ⁄ 16 above the duration of that rank, and
 * never below it. At most a few hundred numbers, whatever it is given.
 */
export class DurationSketch {
  readonly #bins: number[] = [];
  #count = 0;

  add(ms: number): void {
    const bin = binOf(Math.min(Math.max(0, ms), LONGEST_MS));
    while (this.#bins.length <= bin) this.#bins.push(0);
    this.#bins[bin] = (this.#bins[bin] as number) + 1;
    this.#count += 1;
    if (this.#count >= MOST_COUNTED) this.#halve();
  }

  #halve(): void {
    this.#count = 0;
    this.#bins.forEach((count, bin) => {
      this.#bins[bin] = count >> 1;
      this.#count += count >> 1;
    });
  }

  /** The ⌈level · n⌉-th smallest, at least the first, rounded up to its bin's last millisecond; `null`: there is none. */
  quantile(levelPpm: number): number | null {
    const rank = Math.max(1, Math.ceil((levelPpm * this.#count) / 1_000_000));
    let seen = 0;
    for (let bin = 0; bin < this.#bins.length; bin += 1) {
      seen += this.#bins[bin] as number;
      if (seen >= rank) return lastOf(bin);
    }
    return null;
  }

  write(out: ByteWriter): void {
    out.u32s(Uint32Array.from(this.#bins));
  }

  read(from: ByteReader): void {
    this.#bins.length = 0;
    this.#bins.push(...from.u32s());
    this.#count = this.#bins.reduce((sum, count) => sum + count, 0);
  }
}

/** How often `ms` has to be halved to be below twice the bins of a doubling. */
function doublings(ms: number): number {
  return Math.max(0, 27 - Math.clz32(ms));
}

function binOf(ms: number): number {
  const halved = doublings(ms);
  return halved * BINS_A_DOUBLING + Math.floor(ms / (1 << halved));
}

function lastOf(bin: number): number {
  const halved = Math.max(0, Math.floor(bin / BINS_A_DOUBLING) - 1);
  return (bin - halved * BINS_A_DOUBLING + 1) * (1 << halved) - 1;
}
