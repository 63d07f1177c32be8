import type { ByteReader, ByteWriter } from "../bytes.ts";

const LONGEST_GAP_MS = 3_600_000;

/**
 * A series of one value a step, as Crane's DSP keeps it (pkg/prediction/dsp/preprocessing.go): steps without one are filled by
 * a line; what is before a gap of more than an hour is dropped. Of several samples in a step the last one counts.
 */
export class DspSeries {
  readonly #stepMs: number;
  readonly #most: number;
  readonly #values: number[] = [];
  /** The step of the last value. */
  #step = -1;

  constructor(stepMs: number, historyMs: number) {
    this.#stepMs = stepMs;
    this.#most = Math.floor(historyMs / stepMs);
  }

  get isEmpty(): boolean {
    return this.#values.length === 0;
  }

  /** The step of its last value. */
  get lastStep(): number {
    return this.#step;
  }

  add(value: number, atMs: number): void {
    const step = Math.floor(atMs / this.#stepMs);
    const before = this.#values.at(-1);
    if (before === undefined || (step - this.#step) * this.#stepMs > LONGEST_GAP_MS) {
      this.#values.length = 0;
      this.#values.push(value);
    } else if (step === this.#step) {
      this.#values[this.#values.length - 1] = value;
    } else {
      const missing = step - this.#step;
      for (let i = 1; i <= missing; i += 1) this.#values.push(before + ((value - before) / missing) * i);
    }
    this.#step = step;
    // Seldom, because it moves all of them.
    if (this.#values.length > 2 * this.#most) this.#values.splice(0, this.#values.length - this.#most);
  }

  /** Whole hours of it, the newest, without extreme outliers: beyond the 0.1st and 99.9th percentile the value before stands in. */
  cleaned(): Float64Array {
    const anHour = Math.max(1, Math.floor(LONGEST_GAP_MS / this.#stepMs));
    const kept = Math.min(this.#values.length, this.#most);
    const values = Float64Array.from(this.#values.slice(this.#values.length - Math.floor(kept / anHour) * anHour));
    const sorted = Float64Array.from(values).sort();
    const [low, high] = [percentile(sorted, 0.001), percentile(sorted, 0.999)];
    if (low === null || high === null) return values;
    for (let i = 1; i < values.length; i += 1) {
      if ((values[i] as number) > high || (values[i] as number) < low) values[i] = values[i - 1] as number;
    }
    return values;
  }

  write(out: ByteWriter): void {
    out.i32(this.#step);
    out.u32(this.#values.length);
    for (const value of this.#values) out.f64(value);
  }

  read(from: ByteReader): void {
    this.#step = from.i32();
    for (let left = from.u32(); left > 0; left -= 1) this.#values.push(from.f64());
  }
}

/** As montanaflynn/stats, which Crane uses: between two ranks their mean; `null` below the first. */
function percentile(sorted: Float64Array, share: number): number | null {
  const rank = share * sorted.length;
  const whole = Math.floor(rank);
  if (whole < 1) return null;
  if (rank === whole) return sorted[whole - 1] as number;
  return ((sorted[whole - 1] as number) + (sorted[whole] as number)) / 2;
}
