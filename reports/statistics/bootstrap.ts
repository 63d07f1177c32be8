import type { Interval, Replicates, Resampling } from "../../models/backtest/resampling.ts";
import type { Prices } from "../../sim/run-record.ts";
import { ADDITIVE_METRICS, type Formula, totalsOf } from "./additive-metrics.ts";
import { CELL_COLUMNS, type CellColumn, NOBODY, type RunCells } from "./cells.ts";
import { BUCKETED, type Bucketed, bucketOf, WAIT_BUCKETS, type WaitCells } from "./wait-buckets.ts";

/** A metric that is a percentile of values that cells count by bucket, the rest of `total` of them being 0. */
interface Percentile {
  readonly percent: number;
  readonly of: Bucketed;
  readonly total: CellColumn;
}

/** Metrics that are percentiles: their intervals are as fine as the buckets. */
export const PERCENTILES: ReadonlyMap<string, Percentile> = new Map([
  ["start_latency_ms_p50", { percent: 50, of: "waits", total: "started" }],
  ["start_latency_ms_p95", { percent: 95, of: "waits", total: "started" }],
  ["start_latency_ms_p99", { percent: 99, of: "waits", total: "started" }],
  ["queue_wait_ms_p99", { percent: 99, of: "queueWaits", total: "started" }],
  ["decisions_per_user_day_p99", { percent: 99, of: "dayDecisions", total: "userDays" }],
]);

/** Every additive metric and percentile in every replicate, overall (`null`) and by tier. */
export type MetricReplicates = ReadonlyMap<string | null, ReadonlyMap<string, Replicates>>;

/**
 * @param scopes which of them to compute; all tiers and each tier unless told.
 * @param formulas what to compute, by name; `null`: every additive metric and percentile.
 */
export function resample(
  cells: RunCells,
  resampling: Resampling,
  prices: Prices,
  scopes: readonly (string | null)[] = [null, ...cells.tiers],
  formulas: ReadonlyMap<string, Formula> | null = null,
): MetricReplicates {
  const { replicates } = resampling;
  const additive = formulas ?? ADDITIVE_METRICS;
  const percentiles = formulas === null ? PERCENTILES : new Map<string, Percentile>();
  const names = [...additive.keys(), ...percentiles.keys()];
  const values = new Map(scopes.map((scope) => [scope, new Map(names.map((name) => [name, new Float64Array(replicates)]))]));
  const compact = withoutEmptyColumns(cells);
  // The last one is nobody's.
  const byTier = Array.from({ length: cells.tiers.length + 1 }, () => new Float64Array(CELL_COLUMNS.length));
  const valuesByTier = new Map(
    (formulas === null ? BUCKETED : []).map((name) => [
      name,
      Array.from({ length: cells.tiers.length + 1 }, () => new Float64Array(WAIT_BUCKETS)),
    ]),
  );
  const started = startedByBlock(cells);
  for (let replicate = 0; replicate < replicates; replicate++) {
    for (const totals of [...byTier, ...[...valuesByTier.values()].flat()]) totals.fill(0);
    addUp(cells, compact, resampling, replicate, byTier);
    for (const [name, own] of valuesByTier) addUpValues(cells, name, resampling, replicate, own);
    for (const [scope, metrics] of values) {
      const tier = scope === null ? null : cells.tiers.indexOf(scope);
      const totals = totalsOf(byTier, cells.tiers, tier, prices);
      for (const [name, formula] of additive) metrics.get(name)![replicate] = formula(totals, prices) ?? Number.NaN;
      for (const [name, { percent, of, total }] of percentiles) {
        const own = valuesByTier.get(of)!.filter((_, index) => tier === null || tier === index);
        const all =
          of === "queueWaits" ? startedIn(started, resampling, replicate, tier) : totals.columns[CELL_COLUMNS.indexOf(total)]!;
        metrics.get(name)![replicate] = percentileOf(own, all, percent, cells[of]) ?? Number.NaN;
      }
    }
  }
  return values;
}

/** Waits in the queue are a property of all users together: of them only blocks are drawn. */
function addUpValues(
  cells: RunCells,
  name: Bucketed,
  resampling: Resampling,
  replicate: number,
  byTier: readonly Float64Array[],
): void {
  const { cell, bucket, count } = cells[name];
  for (let entry = 0; entry < cell.length; ) {
    const index = cell[entry]!;
    const { unit, tier } = cells.rows[Math.floor(index / cells.blocks)]!;
    const unitTimes = name === "queueWaits" ? 1 : resampling.unitTimes(replicate, unit);
    const times = unitTimes * resampling.blockTimes(replicate, index % cells.blocks);
    const waits = byTier[tier === NOBODY ? byTier.length - 1 : tier]!;
    for (; entry < cell.length && cell[entry] === index; entry++) {
      if (times > 0) waits[bucket[entry]!]! += times * count[entry]!;
    }
  }
}

/** How many requests started, by tier and block. */
function startedByBlock({ rows, blocks, sums, tiers }: RunCells): Float64Array[] {
  const column = CELL_COLUMNS.indexOf("started");
  const byTier = tiers.map(() => new Float64Array(blocks));
  for (const [row, { tier }] of rows.entries()) {
    if (tier === NOBODY) continue;
    for (let block = 0; block < blocks; block++)
      byTier[tier]![block]! += sums[(row * blocks + block) * CELL_COLUMNS.length + column]!;
  }
  return byTier;
}

/** The same in a replicate in which only blocks are drawn. */
function startedIn(byTier: readonly Float64Array[], resampling: Resampling, replicate: number, tier: number | null): number {
  let all = 0;
  for (const [index, own] of byTier.entries()) {
    if (tier !== null && tier !== index) continue;
    for (let block = 0; block < own.length; block++) all += resampling.blockTimes(replicate, block) * own[block]!;
  }
  return all;
}

/** Nearest rank among `all` values, those in no bucket being 0: the longest value seen in the bucket that has it. */
function percentileOf(waits: readonly Float64Array[], all: number, percent: number, { longestMs }: WaitCells): number | null {
  if (all === 0) return null;
  const rank = Math.ceil((percent * all) / 100);
  let above = 0;
  for (let bucket = WAIT_BUCKETS - 1; bucket > 0; bucket--) {
    for (const tier of waits) above += tier[bucket]!;
    if (above > all - rank) return longestMs[bucket]!;
  }
  return 0;
}

/** From the shortest wait of the bucket where it begins to the longest of the one where it ends. */
export function widenToBuckets([low, high]: Interval, { shortestMs }: WaitCells): Interval {
  return [low === 0 ? 0 : shortestMs[bucketOf(low)]!, high];
}

/** The same sums without the columns that are 0 everywhere, such as GPUs in most traces. */
interface Compact {
  readonly columns: readonly number[];
  readonly sums: Float64Array;
}

function withoutEmptyColumns({ sums }: RunCells): Compact {
  const width = CELL_COLUMNS.length;
  const isUsed = new Uint8Array(width);
  for (let index = 0; index < sums.length; index++) if (sums[index] !== 0) isUsed[index % width] = 1;
  const columns = [...isUsed.keys()].filter((column) => isUsed[column] === 1);
  const compact = new Float64Array((sums.length / width) * columns.length);
  for (let cell = 0, to = 0; cell < sums.length; cell += width) {
    for (const column of columns) compact[to++] = sums[cell + column]!;
  }
  return { columns, sums: compact };
}

function addUp(
  cells: RunCells,
  compact: Compact,
  resampling: Resampling,
  replicate: number,
  byTier: readonly Float64Array[],
): void {
  const { columns, sums } = compact;
  const width = columns.length;
  const drawn: number[] = [];
  const times: number[] = [];
  for (let block = 0; block < cells.blocks; block++) {
    const blockTimes = resampling.blockTimes(replicate, block);
    if (blockTimes === 0) continue;
    drawn.push(block);
    times.push(blockTimes);
  }
  const row = new Float64Array(width);
  for (let index = 0; index < cells.rows.length; index++) {
    const { unit, tier } = cells.rows[index]!;
    const unitTimes = resampling.unitTimes(replicate, unit);
    if (unitTimes === 0) continue;
    row.fill(0);
    for (let i = 0; i < drawn.length; i++) {
      const from = (index * cells.blocks + drawn[i]!) * width;
      const blockTimes = times[i]!;
      for (let column = 0; column < width; column++) row[column]! += blockTimes * sums[from + column]!;
    }
    const totals = byTier[tier === NOBODY ? byTier.length - 1 : tier]!;
    for (let column = 0; column < width; column++) totals[columns[column]!]! += unitTimes * row[column]!;
  }
}
