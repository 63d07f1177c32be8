import type { ByteReader, ByteWriter } from "../bytes.ts";

/** A whole number over time that changes in steps: `values[i]` from `timesMs[i]` on; 0 before the first. */
export class StepPath {
  readonly #timesMs: readonly number[];
  readonly #values: readonly number[];

  constructor(timesMs: readonly number[], values: readonly number[]) {
    this.#timesMs = timesMs;
    this.#values = values;
  }

  at(nowMs: number): number {
    return this.#values[this.#after(nowMs) - 1] ?? 0;
  }

  /** When it next changes, after `nowMs`; `null`: never again. */
  nextChangeMs(nowMs: number): number | null {
    return this.#timesMs[this.#after(nowMs)] ?? null;
  }

  /** How many changes lie at or before `nowMs`. */
  #after(nowMs: number): number {
    let low = 0;
    let high = this.#timesMs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#timesMs[middle] as number) <= nowMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  write(out: ByteWriter): void {
    out.u32(this.#timesMs.length);
    this.#timesMs.forEach((timeMs, i) => {
      out.u64(timeMs);
      out.u32(this.#values[i] as number);
    });
  }

  static read(from: ByteReader): StepPath {
    const count = from.u32();
    const timesMs: number[] = [];
    const values: number[] = [];
    for (let i = 0; i < count; i += 1) {
      timesMs.push(from.u64());
      values.push(from.u32());
    }
    return new StepPath(timesMs, values);
  }
}

/**
 * How many instances to have at each instant t, so that those needed within the start-up time are ready in time:
 * max of the steps that overlap `[t, t + startUpMs]` (an instance launched at t is ready at t + startUpMs, before an arrival there).
 */
export function lookAhead(steps: ArrayLike<number>, firstStepMs: number, stepMs: number, startUpMs: number): StepPath {
  // Step k matters from `firstStepMs + k·stepMs − startUpMs` until its end: windows of equal length, so a sliding maximum.
  const timesMs: number[] = [];
  const values: number[] = [];
  const falling: number[] = []; // steps inside the window whose value no later step inside it reaches
  let entering = 0;
  let head = 0;
  let current = 0;
  const count = steps.length;
  while (entering < count || head < falling.length) {
    const enterMs = entering < count ? firstStepMs + entering * stepMs - startUpMs : Number.POSITIVE_INFINITY;
    const leaveMs = head < falling.length ? firstStepMs + ((falling[head] as number) + 1) * stepMs : Number.POSITIVE_INFINITY;
    const atMs = Math.min(enterMs, leaveMs);
    if (leaveMs === atMs) head += 1;
    if (enterMs === atMs) {
      const value = steps[entering] as number;
      while (falling.length > head && (steps[falling[falling.length - 1] as number] as number) <= value) falling.pop();
      falling.push(entering);
      entering += 1;
    }
    const value = head < falling.length ? (steps[falling[head] as number] as number) : 0;
    if (value === current) continue;
    current = value;
    // A path that would change before time zero has changed by then.
    const changeMs = Math.max(0, atMs);
    if (timesMs[timesMs.length - 1] === changeMs) values[values.length - 1] = value;
    else {
      timesMs.push(changeMs);
      values.push(value);
    }
  }
  return new StepPath(timesMs, values);
}

/** The column that answers for `levelPpm`: the smallest of the levels, ascending, at or above it, else the highest. */
export function levelIndex(levelsPpm: Uint32Array, levelPpm: number): number {
  const found = levelsPpm.findIndex((level) => level >= levelPpm);
  return found >= 0 ? found : Math.max(0, levelsPpm.length - 1);
}
