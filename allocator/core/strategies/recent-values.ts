import type { ByteReader, ByteWriter } from "../bytes.ts";

/**
 * The last `size` whole numbers, and which of them has a given rank. A new value moves from the place of the one that leaves to its
 * own; nothing is sorted anew. While all are 0 it keeps only their number.
 */
export class RecentValues {
  readonly #size: number;
  #count = 0;
  #next = 0;
  /** In order of arrival, from `#next` on when full. */
  #ring: Float64Array | null = null;
  /** The first `#count`, ascending. */
  #sorted: Float64Array = NOTHING;

  constructor(size: number) {
    this.#size = size;
  }

  get largest(): number {
    return this.#count === 0 || this.#ring === null ? 0 : (this.#sorted[this.#count - 1] as number);
  }

  push(value: number): void {
    if (this.#ring === null) {
      if (value === 0) {
        this.#count = Math.min(this.#count + 1, this.#size);
        return;
      }
      this.#ring = new Float64Array(this.#size);
      this.#sorted = new Float64Array(this.#size);
      this.#next = this.#count % this.#size;
    }
    const ring = this.#ring;
    let place: number;
    if (this.#count < this.#size) {
      place = this.#count;
      this.#count += 1;
      this.#sorted[place] = Number.POSITIVE_INFINITY;
    } else {
      const leaving = ring[this.#next] as number;
      place = leaving === value ? -1 : this.#find(leaving);
    }
    if (place >= 0) this.#move(place, value);
    ring[this.#next] = value;
    this.#next = this.#next + 1 === this.#size ? 0 : this.#next + 1;
  }

  /** Nearest rank: the smallest value with at least `levelPpm` of all at or below it; 0 where there is none. */
  quantile(levelPpm: number): number {
    if (this.#count === 0 || this.#ring === null) return 0;
    return this.#sorted[Math.max(1, Math.ceil((levelPpm * this.#count) / 1_000_000)) - 1] as number;
  }

  /** The place of the first that is not below `value`; one beyond the last when all are. */
  #find(value: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** What stands at `place` becomes `value` and goes where that belongs. */
  #move(place: number, value: number): void {
    const sorted = this.#sorted;
    const to = this.#find(value);
    if (to <= place) {
      sorted.copyWithin(to + 1, to, place);
      sorted[to] = value;
    } else {
      sorted.copyWithin(place, place + 1, to);
      sorted[to - 1] = value;
    }
  }

  write(out: ByteWriter): void {
    out.u32(this.#count);
    out.u32(this.#next);
    out.bool(this.#ring !== null);
    for (const value of this.#ring ?? []) out.u64(value);
  }

  read(from: ByteReader): void {
    this.#count = from.u32();
    this.#next = from.u32();
    if (!from.bool()) return;
    this.#ring = Float64Array.from({ length: this.#size }, () => from.u64());
    this.#sorted = new Float64Array(this.#size);
    this.#sorted.set(this.#ring.slice(0, this.#count).sort());
  }
}

const NOTHING = new Float64Array(0);
