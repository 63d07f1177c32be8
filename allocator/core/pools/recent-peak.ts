import type { ByteReader, ByteWriter } from "../bytes.ts";
import { fits, maximum, NO_RESOURCES, type Resources } from "../resources.ts";

interface Sample {
  readonly atMs: number;
  readonly amount: Resources;
}

/** The largest amount within a window, resource by resource. What a later sample is at least as large as is forgotten. */
export class RecentPeak {
  readonly #windowMs: number;
  #samples: Sample[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  observe(amount: Resources, atMs: number): void {
    this.#samples = this.#samples.filter((one) => one.atMs + this.#windowMs > atMs && !fits(one.amount, amount));
    this.#samples.push({ atMs, amount });
  }

  get value(): Resources {
    return this.#samples.reduce((most, { amount }) => maximum(most, amount), NO_RESOURCES);
  }

  write(out: ByteWriter): void {
    out.u32(this.#samples.length);
    for (const { atMs, amount } of this.#samples) {
      out.u64(atMs);
      out.sums(amount);
    }
  }

  read(from: ByteReader): void {
    this.#samples = [];
    for (let left = from.u32(); left > 0; left -= 1) this.#samples.push({ atMs: from.u64(), amount: from.sums() });
  }
}
