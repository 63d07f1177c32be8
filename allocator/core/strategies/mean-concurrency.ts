import type { ByteReader, ByteWriter } from "../bytes.ts";

/**
 * How many requests of a group were in the system at once, on average over windows that end now: those that run and those that wait, as
 * Knative's queue proxies and activator report them together. Exact where a window is a whole number of the intervals between marks.
 */
export class MeanConcurrency {
  #now = 0;
  #changedMs = 0;
  /** Requests × ms until `#changedMs`. */
  #sum = 0;
  /** The sum at the ends of intervals, the oldest first: of no more than the longest window, and not from before a rest. */
  readonly #marks: { readonly atMs: number; readonly sum: number }[] = [];

  get now(): number {
    return this.#now;
  }

  add(requests: number, nowMs: number): void {
    this.#advance(nowMs);
    if (this.#marks.length === 0) this.#marks.push({ atMs: nowMs, sum: this.#sum });
    this.#now += requests;
  }

  /** An interval ends: what is older than `windowMs` is forgotten. */
  mark(nowMs: number, windowMs: number): void {
    this.#advance(nowMs);
    if (this.#marks.at(-1)?.atMs !== nowMs) this.#marks.push({ atMs: nowMs, sum: this.#sum });
    while ((this.#marks[1]?.atMs ?? nowMs) <= nowMs - windowMs) this.#marks.shift();
  }

  /** Over the window that ends at the last mark; while there is not yet so much, over what there is. */
  over(windowMs: number): number {
    const last = this.#marks.at(-1);
    if (last === undefined) return this.#now;
    const from = this.#marks.findLast(({ atMs }) => atMs <= last.atMs - windowMs) ?? this.#marks[0];
    if (from === undefined || from.atMs === last.atMs) return this.#now;
    return (last.sum - from.sum) / (last.atMs - from.atMs);
  }

  /** Nothing has been in the system for a whole window: what there was before does not matter any more. */
  rest(): void {
    this.#marks.length = 0;
    this.#sum = 0;
  }

  #advance(nowMs: number): void {
    this.#sum += this.#now * (nowMs - this.#changedMs);
    this.#changedMs = nowMs;
  }

  write(out: ByteWriter): void {
    out.u32(this.#now);
    out.u64(this.#changedMs);
    out.u64(this.#sum);
    out.u32(this.#marks.length);
    for (const { atMs, sum } of this.#marks) {
      out.u64(atMs);
      out.u64(sum);
    }
  }

  read(from: ByteReader): void {
    this.#now = from.u32();
    this.#changedMs = from.u64();
    this.#sum = from.u64();
    for (let left = from.u32(); left > 0; left -= 1) this.#marks.push({ atMs: from.u64(), sum: from.u64() });
  }
}
