/**
 * The largest simultaneous amount in each step of a horizon, from intervals `[startMs, endMs)` with an amount each: exact demand,
 * in one resource. Ends count before starts at equal instants, as requests do.
 */
export class StepMaxima {
  readonly #startsMs: number[] = [];
  readonly #endsMs: number[] = [];
  readonly #amounts: number[] = [];

  /** Intervals are added in order of their starts. */
  add(startMs: number, endMs: number, amount: number): void {
    this.#startsMs.push(startMs);
    this.#endsMs.push(endMs);
    this.#amounts.push(amount);
  }

  /** Writes the maxima over `[firstMs + k·stepMs, firstMs + (k + 1)·stepMs)` into `into[k]`. */
  write(firstMs: number, stepMs: number, into: Uint32Array): void {
    const byEnd = this.#endsMs.map((_, i) => i).sort((a, b) => (this.#endsMs[a] as number) - (this.#endsMs[b] as number));
    let level = 0;
    let sinceMs = Number.NEGATIVE_INFINITY;
    let start = 0;
    let end = 0;
    while (end < byEnd.length) {
      const startMs = this.#startsMs[start] ?? Number.POSITIVE_INFINITY;
      const endMs = this.#endsMs[byEnd[end] as number] as number;
      const atMs = Math.min(startMs, endMs);
      if (level > 0 && atMs > sinceMs) raise(into, firstMs, stepMs, sinceMs, atMs, level);
      sinceMs = atMs;
      if (endMs <= startMs) {
        level -= this.#amounts[byEnd[end] as number] as number;
        end += 1;
      } else {
        level += this.#amounts[start] as number;
        start += 1;
      }
    }
  }
}

/** The most that a step can say. */
const MOST = 2 ** 32 - 1;

/** Every step that overlaps `[fromMs, toMs)` has at least `sum`. */
function raise(into: Uint32Array, firstMs: number, stepMs: number, fromMs: number, toMs: number, sum: number): void {
  const level = Math.min(sum, MOST);
  const first = Math.max(0, Math.floor((fromMs - firstMs) / stepMs));
  const last = Math.min(into.length - 1, Math.ceil((toMs - firstMs) / stepMs) - 1);
  for (let k = first; k <= last; k += 1) if ((into[k] as number) < level) into[k] = level;
}
