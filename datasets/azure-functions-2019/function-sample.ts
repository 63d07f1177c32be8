import { createHash } from "node:crypto";
import { InputError } from "../issues.ts";

/** Which of the functions to keep: so many, or such a share of them. */
export type SampleSize = { readonly kind: "count"; readonly count: number } | { readonly kind: "share"; readonly share: number };

/**
 * `500`, or `2%` (with decimals, above 0 and at most 100).
 * @throws InputError for anything else.
 */
export function parseSample(text: string): SampleSize {
  const percent = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text)?.[1];
  if (percent !== undefined && Number(percent) > 0 && Number(percent) <= 100)
    return { kind: "share", share: Number(percent) / 100 };
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return { kind: "count", count: Number(text) };
  const expected = "a number of functions such as 500, or a share such as 2%";
  throw new InputError([{ where: "--sample-functions", expected, found: JSON.stringify(text) }]);
}

export function formatSample(size: SampleSize): string {
  return size.kind === "count" ? String(size.count) : `${Number((size.share * 100).toFixed(6))}%`;
}

/** Hashes are whole numbers below this. */
const HASHES = 2 ** 48;

/**
 * A sample of functions by a hash of their names: those whose hash is lowest. So it depends on neither order nor days, a smaller one
 * is part of a larger, and all requests of a chosen function are in it.
 */
export class FunctionSample {
  /** How many different functions were offered. */
  offered = 0;
  readonly #size: SampleSize;
  /** Those that are in it so far, and their hashes. */
  #hashes = new Map<string, number>();
  /** A hash from here on is too high. */
  #limit: number;

  constructor(size: SampleSize) {
    this.#size = size;
    this.#limit = size.kind === "share" ? Math.ceil(size.share * HASHES) : HASHES;
  }

  get size(): number {
    this.#cut();
    return this.#hashes.size;
  }

  /** Takes note of a function that was not offered before. */
  offer(name: string): void {
    this.offered += 1;
    const hash = createHash("sha256").update(name).digest().readUIntBE(0, 6);
    if (hash >= this.#limit) return;
    this.#hashes.set(name, hash);
    // Now and then, so that what does not belong to it takes no room.
    if (this.#size.kind === "count" && this.#hashes.size >= 2 * this.#size.count + 1000) this.#cut();
  }

  /** Whether it may be in the sample; what is still offered can only push it out. */
  mayHave(name: string): boolean {
    return this.#hashes.has(name);
  }

  /** Whether it is in the sample, all functions having been offered. */
  has(name: string): boolean {
    this.#cut();
    return this.#hashes.has(name);
  }

  #cut(): void {
    if (this.#size.kind !== "count" || this.#hashes.size <= this.#size.count) return;
    const lowest = [...this.#hashes].sort(([, a], [, b]) => a - b).slice(0, this.#size.count);
    this.#hashes = new Map(lowest);
    this.#limit = (lowest.at(-1) as [string, number])[1];
  }
}
