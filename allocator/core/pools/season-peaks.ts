import type { ByteReader, ByteWriter } from "../bytes.ts";
import { maximum, NO_RESOURCES, type Resources } from "../resources.ts";

/** Of each bin of so long the largest amount is remembered. */
const BIN_MS = 300_000;

/** The largest amount in each five minutes of the last season: what the same time brought one season ago. */
export class SeasonPeaks {
  readonly #bins: Resources[];
  /** The bin last observed, counted from time 0; −1: none yet. */
  #last = -1;

  /** @param seasonMs at least a bin. */
  constructor(seasonMs: number) {
    this.#bins = new Array<Resources>(Math.ceil(seasonMs / BIN_MS)).fill(NO_RESOURCES);
  }

  observe(amount: Resources, nowMs: number): void {
    const bin = Math.floor(nowMs / BIN_MS);
    if (bin !== this.#last) this.#bins[this.#at(bin)] = NO_RESOURCES;
    this.#last = bin;
    this.#bins[this.#at(bin)] = maximum(this.#bins[this.#at(bin)] as Resources, amount);
  }

  /** The largest of one season before the bins that overlap `(nowMs, untilMs]`, from the next one on. */
  ahead(nowMs: number, untilMs: number): Resources {
    const first = Math.floor(nowMs / BIN_MS) + 1;
    const end = Math.min(Math.floor(untilMs / BIN_MS), first + this.#bins.length - 2);
    let most = NO_RESOURCES;
    for (let bin = first; bin <= end; bin += 1) most = maximum(most, this.#bins[this.#at(bin)] as Resources);
    return most;
  }

  #at(bin: number): number {
    return bin % this.#bins.length;
  }

  write(out: ByteWriter): void {
    out.i32(this.#last);
    for (const amount of this.#bins) out.sums(amount);
  }

  read(from: ByteReader): void {
    this.#last = from.i32();
    for (let bin = 0; bin < this.#bins.length; bin += 1) this.#bins[bin] = from.sums();
  }
}
