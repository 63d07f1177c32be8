import type { UserId } from "../../allocator/core/ids.ts";
import { RESOURCE_NAMES } from "../../allocator/core/resources.ts";
import { CELL_COLUMNS, CELL_COUNTS, type CellCount, NOBODY, type RunCells } from "../statistics/cells.ts";
import { type Bucketed, bucketOf, WAIT_BUCKETS, type WaitCells } from "../statistics/wait-buckets.ts";
import {
  GROUP_COLUMNS,
  HELD_PARTS,
  type HeldPart,
  INSTANCE_STATES,
  instanceColumn,
  missingColumn,
  partColumn,
  USAGE_COLUMNS,
} from "./capacity-ledger.ts";
import { IntervalSums } from "./interval-sums.ts";
import { StepIntegral } from "./step-integral.ts";
import { TimeBins } from "./time-bins.ts";

/** Users beyond so many are dealt into so many groups by id, so that memory and time stay bounded. */
const MOST_UNITS = 1000;
const FEWEST_BLOCKS = 14;
const MOST_BLOCKS = 60;
const DAY_MS = 86_400_000;

const COUNT_OF = Object.fromEntries(CELL_COUNTS.map((name, index) => [name, index])) as Readonly<Record<CellCount, number>>;

/**
 * How many blocks of equal length a window is cut into: one a day, at least 14; from 61 days on blocks of as many whole days as
 * leave at most 60 of them.
 */
export function blocksOf(windowMs: number): number {
  const days = Math.floor(windowMs / DAY_MS);
  const blocks = days <= MOST_BLOCKS ? Math.max(FEWEST_BLOCKS, days) : Math.floor(days / Math.ceil(days / MOST_BLOCKS));
  return Math.min(windowMs, blocks);
}

/** What one unit's requests and capacity of one tier add up to, block by block. */
export class CellRow {
  readonly unit: number;
  readonly tier: number;
  readonly capacity: StepIntegral;
  readonly #blocks: TimeBins;
  readonly #counts: Float64Array;
  readonly #seen: Seen;
  /** What measured users had, which is known sample by sample. */
  #measured: IntervalSums | null = null;
  /** Of what is counted by value: block × buckets + bucket → how often. */
  readonly #counted: Readonly<Record<Bucketed, Map<number, number>>> = {
    waits: new Map(),
    queueWaits: new Map(),
    dayDecisions: new Map(),
  };

  constructor(unit: number, tier: number, blocks: TimeBins, seen: Seen) {
    this.#seen = seen;
    this.unit = unit;
    this.tier = tier;
    this.capacity = new StepIntegral(GROUP_COLUMNS, blocks);
    this.#blocks = blocks;
    this.#counts = new Float64Array(blocks.count * CELL_COUNTS.length);
  }

  /** Adds to the block of `atMs`; what happened before the window counts in the first. */
  count(name: CellCount, atMs: number, amount = 1): void {
    this.#counts[this.#blockOf(atMs) * CELL_COUNTS.length + COUNT_OF[name]]! += amount;
  }

  /** Integrals of measured users, in the columns of a usage tally. */
  measured(): IntervalSums {
    this.#measured ??= new IntervalSums(USAGE_COLUMNS, this.#blocks);
    return this.#measured;
  }

  /** Of a run with requests, samples of use are not what is scored. */
  forgetMeasured(): void {
    this.#measured = null;
    for (const name of ["observedMs", "pastGraceMs", "shortages"] as const) {
      for (let block = 0; block < this.#blocks.count; block++) this.#counts[block * CELL_COUNTS.length + COUNT_OF[name]] = 0;
    }
  }

  /** A value above 0. */
  countValue(name: Bucketed, atMs: number, value: number): void {
    const bucket = bucketOf(value);
    const key = this.#blockOf(atMs) * WAIT_BUCKETS + bucket;
    const counted = this.#counted[name];
    counted.set(key, (counted.get(key) ?? 0) + 1);
    this.#seen[name].add(bucket, value);
  }

  #blockOf(atMs: number): number {
    const { fromMs, binMs } = this.#blocks;
    return Math.max(0, Math.floor((atMs - fromMs) / binMs));
  }

  /** (block × buckets + bucket, how often), ascending. */
  values(name: Bucketed): (readonly [key: number, count: number])[] {
    return [...this.#counted[name]].sort(([a], [b]) => a - b);
  }

  /** Writes the block's sums from `at` on, in the order of `CELL_COLUMNS`. */
  write(block: number, sums: Float64Array, at: number): void {
    const start = block * CELL_COUNTS.length;
    sums.set(this.#counts.subarray(start, start + CELL_COUNTS.length), at);
    let next = at + CELL_COUNTS.length;
    for (const [state] of INSTANCE_STATES.entries()) {
      sums[next++] = Number(this.capacity.inBin(block, instanceColumn(state)));
    }
    for (const parts of [HELD_PARTS, ["used"], ["headroom"]] as const) {
      for (const [resource] of RESOURCE_NAMES.entries()) sums[next++] = this.#amount(block, parts, resource);
    }
    for (const [resource] of RESOURCE_NAMES.entries()) {
      sums[next++] = Number(this.#measured?.inBin(block, missingColumn(resource)) ?? 0);
    }
  }

  #amount(block: number, parts: readonly HeldPart[], resource: number): number {
    const column = (part: HeldPart) => partColumn(HELD_PARTS.indexOf(part), resource);
    const integral = this.#measured ?? this.capacity;
    return Number(parts.reduce((sum, part) => sum + integral.inBin(block, column(part)), 0n));
  }
}

type Seen = Readonly<Record<Bucketed, SeenWaits>>;

/** The shortest and longest wait of each bucket, over all rows. */
class SeenWaits {
  readonly shortestMs = new Float64Array(WAIT_BUCKETS);
  readonly longestMs = new Float64Array(WAIT_BUCKETS);

  add(bucket: number, waitMs: number): void {
    if (waitMs > this.longestMs[bucket]!) this.longestMs[bucket] = waitMs;
    if (this.shortestMs[bucket] === 0 || waitMs < this.shortestMs[bucket]!) this.shortestMs[bucket] = waitMs;
  }
}

function valueCells(rows: readonly CellRow[], blocks: number, name: Bucketed, seen: SeenWaits): WaitCells {
  const entries = rows.flatMap((row, index) =>
    row.values(name).map(([key, count]) => ({
      cell: index * blocks + Math.floor(key / WAIT_BUCKETS),
      bucket: key % WAIT_BUCKETS,
      count,
    })),
  );
  return {
    cell: Uint32Array.from(entries, ({ cell }) => cell),
    bucket: Uint16Array.from(entries, ({ bucket }) => bucket),
    count: Float64Array.from(entries, ({ count }) => count),
    shortestMs: seen.shortestMs,
    longestMs: seen.longestMs,
  };
}

/** The ingredients of intervals: what every additive metric sums, by (unit of users, tier, block of time). */
export class CellLedger {
  readonly blocks: TimeBins;
  /** What belongs to nobody. */
  readonly nobody: CellRow;
  readonly #rows = new Map<number, CellRow>();
  readonly #seen: Seen = { waits: new SeenWaits(), queueWaits: new SeenWaits(), dayDecisions: new SeenWaits() };
  #users = 0;

  constructor(window: { readonly fromMs: number; readonly toMs: number }) {
    const { fromMs, toMs } = window;
    this.blocks = new TimeBins(fromMs, toMs, blocksOf(toMs - fromMs));
    this.nobody = new CellRow(NOBODY, NOBODY, this.blocks, this.#seen);
  }

  addUser(): void {
    this.#users += 1;
  }

  /** The row of the user's unit and the tier. */
  row(user: UserId, tier: number): CellRow {
    const unit = user % MOST_UNITS;
    const key = tier * MOST_UNITS + unit;
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = new CellRow(unit, tier, this.blocks, this.#seen);
      this.#rows.set(key, row);
    }
    return row;
  }

  /** Cuts the open intervals at the window's end. `measured`: it is the run of a usage trace. */
  finish(tiers: readonly string[], measured: boolean): RunCells {
    const { fromMs, toMs, binMs, count } = this.blocks;
    const rows = [this.nobody, ...[...this.#rows.values()].sort((a, b) => a.tier - b.tier || a.unit - b.unit)];
    const sums = new Float64Array(rows.length * count * CELL_COLUMNS.length);
    for (const [index, row] of rows.entries()) {
      row.capacity.advance(toMs);
      if (!measured) row.forgetMeasured();
      for (let block = 0; block < count; block++) row.write(block, sums, (index * count + block) * CELL_COLUMNS.length);
    }
    return {
      fromMs,
      toMs,
      blockMs: binMs,
      blocks: count,
      users: this.#users,
      units: Math.min(this.#users, MOST_UNITS),
      tiers,
      rows: rows.map(({ unit, tier }) => ({ unit, tier })),
      sums,
      waits: valueCells(rows, count, "waits", this.#seen.waits),
      queueWaits: valueCells(rows, count, "queueWaits", this.#seen.queueWaits),
      dayDecisions: valueCells(rows, count, "dayDecisions", this.#seen.dayDecisions),
    };
  }
}
