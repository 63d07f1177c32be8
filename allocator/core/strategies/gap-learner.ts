import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Expectation } from "./gap-history.ts";
import { ABSOLUTE, AROUND_ONE, GapTable } from "./gap-table.ts";

/** Counted from the end of the group's last request. */
export interface Window {
  readonly fromMs: number;
  readonly untilMs: number;
}

const SPREADS = [0.001, 0.01, 0.05, 0.2, 0.6];
const MEDIANS_MS = [10_000, 120_000, 1_200_000, 10_800_000];
const LEVELS = 4;
const KINDS = LEVELS * (SPREADS.length + 1);
/** A class is believed as much as its kind, whatever their medians, once it has seen so many gaps (of weight 8). */
const PRIOR = 160;

/**
 * What the gaps of all groups together say about the next one of each. Groups are classed by how many gaps are known, how much these
 * vary and how long they are; of each class it counts how the next gap compared with the median of the last five. So a new cron
 * job is known for one at its third run, from all those before it.
 */
export class GapLearner {
  readonly #first = new GapTable(ABSOLUTE);
  readonly #kinds = Array.from({ length: KINDS }, () => new GapTable(AROUND_ONE));
  readonly #classes = Array.from({ length: KINDS * (MEDIANS_MS.length + 1) }, () => new GapTable(AROUND_ONE));

  open(expected: Expectation | null, count: number): void {
    for (const table of this.#tables(expected, count)) table.open();
  }

  close(expected: Expectation | null, count: number, sinceArrivalMs: number, sinceOverMs: number): void {
    const multiple =
      expected === null ? sinceOverMs : (expected.from === "arrival" ? sinceArrivalMs : sinceOverMs) / expected.medianMs;
    for (const table of this.#tables(expected, count)) table.close(multiple);
  }

  /**
   * The times at which holding costs less than it saves: where the chance that the next use falls into a bin, given that it has not
   * come before, times what waiting costs is at least the time held in it. `waitMs`: what a cold start costs, in time held idle.
   * Windows that are less than `mergeMs` apart are one: a start-up in between would save nothing.
   */
  windows(expected: Expectation | null, count: number, passedMs: number, waitMs: number, mergeMs: number): Window[] {
    const [own, kind = own] = this.#tables(expected, count);
    const scaleMs = expected?.medianMs ?? 1;
    const offsetMs = expected?.from === "arrival" ? passedMs : 0;
    const { edges } = own;
    const windows: Window[] = [];
    const weight = own.total / (own.total + PRIOR);
    let left = 1;
    for (let bin = 0; bin + 1 < edges.length && left > 1e-9; bin += 1) {
      const share = weight * own.share(bin) + (1 - weight) * kind.share(bin);
      const fromMs = Math.max(0, Math.floor((edges[bin] as number) * scaleMs) - offsetMs);
      const untilMs = Math.ceil((edges[bin + 1] as number) * scaleMs) - offsetMs;
      const widthMs = ((edges[bin + 1] as number) - (edges[bin] as number)) * scaleMs;
      // Until the next use comes, half the bin on average, or to its end.
      const pays = share * waitMs >= (left - share / 2) * widthMs && share > 0;
      left -= share;
      if (!pays || untilMs <= 0) continue;
      const last = windows.at(-1);
      if (last !== undefined && fromMs - last.untilMs <= mergeMs) windows[windows.length - 1] = { fromMs: last.fromMs, untilMs };
      else windows.push({ fromMs, untilMs });
    }
    return windows;
  }

  #tables(expected: Expectation | null, count: number): readonly [GapTable, ...GapTable[]] {
    if (expected === null) return [this.#first];
    const level = count <= 2 ? count - 1 : count < 5 ? 2 : 3;
    const kind = level * (SPREADS.length + 1) + rankOf(expected.spread, SPREADS);
    const own = kind * (MEDIANS_MS.length + 1) + rankOf(expected.medianMs, MEDIANS_MS);
    return [this.#classes[own] as GapTable, this.#kinds[kind] as GapTable];
  }

  write(out: ByteWriter): void {
    for (const table of [this.#first, ...this.#kinds, ...this.#classes]) table.write(out);
  }

  read(from: ByteReader): void {
    for (const table of [this.#first, ...this.#kinds, ...this.#classes]) table.read(from);
  }
}

/** How many of the limits lie at or below the value. */
function rankOf(value: number, limits: readonly number[]): number {
  let rank = 0;
  while (rank < limits.length && value >= (limits[rank] as number)) rank += 1;
  return rank;
}
