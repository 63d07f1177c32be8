import type { CsvHandler } from "../csv.ts";
import type { IssueList } from "../issue-list.ts";
import { MAX_AMOUNT } from "../laws.ts";
import { sortOrder } from "../sort-order.ts";
import { TableReader } from "../table-reader.ts";

/** The source samples every 300 s; a value stands for no longer. */
export const WINDOW_MS = 300_000;

/** 9999-12-31: seconds beyond are milliseconds after all, and the file is not the one it claims to be. */
const LAST_SECOND = 253_402_300_799;

const TIME = "Timestamp [ms]";
const CORES = "CPU cores";
const PROVISIONED_MHZ = "CPU capacity provisioned [MHZ]";
const USED_MHZ = "CPU usage [MHZ]";
const MEMORY_KB = "Memory usage [KB]";
const RECEIVED = "Network received throughput [KB/s]";
const TRANSMITTED = "Network transmitted throughput [KB/s]";

const LAYOUT = {
  required: [TIME, CORES, PROVISIONED_MHZ, USED_MHZ, MEMORY_KB, RECEIVED, TRANSMITTED],
  optional: [],
  texts: [],
};

export interface VmUse {
  readonly cpuMillis: number;
  readonly memoryMiB: number;
  readonly networkKbps: number;
}

/** The samples of one VM, from its file. */
export class VmSamples {
  readonly handler: CsvHandler;
  /** Rows that a later one of the same time replaces. */
  repeated = 0;
  /** Rows with more CPU in use than provisioned. */
  above = 0;
  readonly #table: TableReader;
  readonly #atMs: number[] = [];
  readonly #use: VmUse[] = [];

  constructor(where: string, issues: IssueList) {
    const table = new TableReader(where, LAYOUT, issues, (row) => this.#take(row));
    this.#table = table;
    this.handler = {
      separator: ";",
      header: (names) => table.header(names),
      row: (cells, line) => table.row(cells, line),
    };
  }

  get rows(): number {
    return this.#table.count;
  }

  #take(row: TableReader): void {
    const second = row.integer(TIME, 0, LAST_SECOND);
    const cores = amount(row, CORES);
    const provisionedMhz = amount(row, PROVISIONED_MHZ);
    const usedMhz = amount(row, USED_MHZ);
    let cpuMillis = 0;
    if (usedMhz > 0) {
      if (cores > 0 && provisionedMhz > 0) cpuMillis = Math.ceil((usedMhz / (provisionedMhz / cores)) * 1000);
      else row.refuse(USED_MHZ, "0, as the VM has no CPU provisioned", `${usedMhz}`);
    }
    const memoryMiB = Math.ceil(amount(row, MEMORY_KB) / 1024);
    const networkKbps = Math.ceil((amount(row, RECEIVED) + amount(row, TRANSMITTED)) * 8);
    for (const [column, value] of [
      [USED_MHZ, cpuMillis],
      [MEMORY_KB, memoryMiB],
      [RECEIVED, networkKbps],
    ] as const) {
      if (!(value <= MAX_AMOUNT)) row.refuse(column, `an amount of at most ${MAX_AMOUNT} of our units`, `${value}`);
    }
    if (usedMhz > provisionedMhz) this.above += 1;
    const last = this.#atMs.length - 1;
    const use = { cpuMillis, memoryMiB, networkKbps };
    if (this.#atMs[last] === second * 1000) {
      this.#use[last] = use;
      this.repeated += 1;
      return;
    }
    this.#atMs.push(second * 1000);
    this.#use.push(use);
  }

  /** Each sample in order of time, with its window. Gives how many come after a gap. */
  each(take: (atMs: number, windowMs: number, use: VmUse) => void): number {
    const count = this.#atMs.length;
    const order = sortOrder(Float64Array.from(this.#atMs), count);
    let gaps = 0;
    let beforeMs = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i += 1) {
      const row = order === null ? i : (order[i] as number);
      const atMs = this.#atMs[row] as number;
      // Rows out of order may repeat a time too: the later row counts.
      const next = order === null ? i + 1 : order[i + 1];
      if (i + 1 < count && this.#atMs[next as number] === atMs) {
        this.repeated += 1;
        continue;
      }
      const sinceMs = atMs - beforeMs;
      if (sinceMs > WINDOW_MS && beforeMs >= 0) gaps += 1;
      take(atMs, Math.min(WINDOW_MS, sinceMs), this.#use[row] as VmUse);
      beforeMs = atMs;
    }
    return gaps;
  }
}

function amount(row: TableReader, column: string): number {
  const value = row.finite(column);
  if (value >= 0) return value;
  row.refuse(column, "a number of at least 0", `${value}`);
  return 0;
}
