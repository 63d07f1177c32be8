import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Expectation } from "./gap-history.ts";
import { GapLaw, type Window } from "./gap-law.ts";
import { ABSOLUTE, AROUND_ONE, GapTable } from "./gap-table.ts";

const SPREADS = [0.001, 0.01, 0.05, 0.2, 0.6];
/** Of the median of a group's last gaps, for multiples of it, and for time itself. */
const MEDIANS_MS = [10_000, 120_000, 1_200_000, 10_800_000];
const TIMES_MS = [20_000, 60_000, 180_000, 600_000, 3_600_000, 21_600_000, 172_800_000];
/** By how many gaps are known, none to five: 3 and 4 are one. */
const LEVEL_OF = [0, 1, 2, 3, 3, 4];
const LEVELS = 5;
const KINDS = LEVELS * (SPREADS.length + 1);
/** How fast it is forgotten which way of saying it was better, a gap. */
const FORGETTING = 1 / 256;

/**
 * What the gaps of all groups together say about the next one of each, in two ways.
 *
 * As multiples of the median of the group's last five, in classes by how many gaps are known, how much these vary and how long they are:
 * so a new cron job is known for one at its third run, from all those before it. And as time, in classes by how many gaps are known and
 * how long they are: people come in bursts, and how long they stay away has little to do with how fast they went on before.
 *
 * For each kind of group the one is asked that gave the gaps of that kind so far the higher chance.
 */
export class GapLearner {
  readonly #kinds = Array.from({ length: KINDS }, () => new GapTable(AROUND_ONE));
  readonly #classes = Array.from({ length: KINDS * (MEDIANS_MS.length + 1) }, () => new GapTable(AROUND_ONE));
  readonly #all = new GapTable(ABSOLUTE);
  readonly #levels = Array.from({ length: LEVELS }, () => new GapTable(ABSOLUTE));
  readonly #times = Array.from({ length: LEVELS * (TIMES_MS.length + 1) }, () => new GapTable(ABSOLUTE));
  /** By kind: how much higher the chance was as time, in logarithms. */
  readonly #better = new Float64Array(KINDS);

  open(expected: Expectation | null, count: number): void {
    for (const table of [...this.#multiples(expected, count), ...this.#absolutes(expected, count)]) table.open();
  }

  close(expected: Expectation | null, count: number, sinceArrivalMs: number, sinceOverMs: number): void {
    if (expected !== null) {
      const gapMs = expected.from === "arrival" ? sinceArrivalMs : sinceOverMs;
      const kind = kindOf(expected, count);
      const gain = this.#asTime(expected, count).logDensity(sinceOverMs) - this.#asMultiple(expected, count).logDensity(gapMs);
      this.#better[kind] = (this.#better[kind] as number) * (1 - FORGETTING) + gain;
      for (const table of this.#multiples(expected, count)) table.close(gapMs / expected.medianMs);
    }
    for (const table of this.#absolutes(expected, count)) table.close(sinceOverMs);
  }

  /**
   * The times at which holding costs less than it saves, counted from when the last request of the group was over.
   * @param passedMs from its last arrival until then.
   * @param waitMs what a cold start costs, in time held idle.
   * @param mergeMs windows that are less apart are one.
   */
  windows(expected: Expectation | null, count: number, passedMs: number, waitMs: number, mergeMs: number): Window[] {
    const { law, offsetMs } = this.#lawOf(expected, count, passedMs);
    return law.windows(offsetMs, waitMs, mergeMs);
  }

  /** The same for what will not be started again: one window from when the request was over, or none. */
  hold(expected: Expectation | null, count: number, passedMs: number, waitMs: number): Window[] {
    const { law, offsetMs } = this.#lawOf(expected, count, passedMs);
    return law.hold(offsetMs, waitMs);
  }

  #lawOf(expected: Expectation | null, count: number, passedMs: number): { law: GapLaw; offsetMs: number } {
    if (expected === null || (this.#better[kindOf(expected, count)] as number) > 0) {
      return { law: this.#asTime(expected, count), offsetMs: 0 };
    }
    return { law: this.#asMultiple(expected, count), offsetMs: expected.from === "arrival" ? passedMs : 0 };
  }

  #asTime(expected: Expectation | null, count: number): GapLaw {
    return new GapLaw(ABSOLUTE, 1, lawOf(this.#absolutes(expected, count)));
  }

  #asMultiple(expected: Expectation, count: number): GapLaw {
    return new GapLaw(AROUND_ONE, expected.medianMs, lawOf(this.#multiples(expected, count)));
  }

  /** From wide to narrow. */
  #multiples(expected: Expectation | null, count: number): readonly GapTable[] {
    if (expected === null) return [];
    const kind = kindOf(expected, count);
    const own = kind * (MEDIANS_MS.length + 1) + rankOf(expected.medianMs, MEDIANS_MS);
    return [this.#kinds[kind] as GapTable, this.#classes[own] as GapTable];
  }

  /** From wide to narrow. */
  #absolutes(expected: Expectation | null, count: number): readonly GapTable[] {
    const level = LEVEL_OF[count] as number;
    const wide = [this.#all, this.#levels[level] as GapTable];
    if (expected === null) return wide;
    return [...wide, this.#times[level * (TIMES_MS.length + 1) + rankOf(expected.medianMs, TIMES_MS)] as GapTable];
  }

  write(out: ByteWriter): void {
    for (const table of this.#tables()) table.write(out);
    for (const gain of this.#better) out.f64(gain);
  }

  read(from: ByteReader): void {
    for (const table of this.#tables()) table.read(from);
    for (let kind = 0; kind < KINDS; kind += 1) this.#better[kind] = from.f64();
  }

  #tables(): readonly GapTable[] {
    return [this.#all, ...this.#levels, ...this.#times, ...this.#kinds, ...this.#classes];
  }
}

function kindOf({ spread }: Expectation, count: number): number {
  return (LEVEL_OF[count] as number) * (SPREADS.length + 1) + rankOf(spread, SPREADS);
}

function lawOf(tables: readonly GapTable[]): Float64Array {
  let hazards: Float64Array | null = null;
  for (const table of tables) hazards = table.hazards(hazards);
  return hazards as Float64Array;
}

/** How many of the limits lie at or below the value. */
function rankOf(value: number, limits: readonly number[]): number {
  let rank = 0;
  while (rank < limits.length && value >= (limits[rank] as number)) rank += 1;
  return rank;
}
