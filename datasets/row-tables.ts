import { RESOURCE_NAMES, type Resources } from "../allocator/core/resources.ts";
import { COLUMN_OF_RESOURCE } from "./columns.ts";
import type { Cell, ColumnKind, ColumnSource, ColumnValues } from "./parquet.ts";
import type { AppRow, ContextRow, NodeRow, TierRow, UserRow } from "./trace.ts";

/** A table whose rows are objects in memory, and its columns in a file. */
export interface RowTable<Row> {
  readonly columns: Readonly<Record<string, ColumnKind>>;
  /** In the order of `columns`. */
  readonly toCells: (row: Row) => readonly Cell[];
  readonly fromCells: (cells: readonly never[]) => Row;
}

export const AMOUNT_COLUMNS: Readonly<Record<string, ColumnKind>> = Object.fromEntries(
  RESOURCE_NAMES.map((name) => [COLUMN_OF_RESOURCE[name], "uint32" as const]),
);

const amountsOf = (resources: Resources): readonly number[] => RESOURCE_NAMES.map((name) => resources[name]);

function toResources([cpuMillis, memoryMiB, gpuMillis, networkKbps]: readonly number[]): Resources {
  return { cpuMillis, memoryMiB, gpuMillis, networkKbps } as Resources;
}

export const TIERS: RowTable<TierRow> = {
  columns: { tier: "text", target_start_ms: "uint32", priority: "uint32", level_ppm: "uint32", may_preempt: "boolean" },
  toCells: (row) => [row.name, row.targetStartMs, row.priority, row.levelPpm, row.mayPreempt],
  fromCells: ([name, targetStartMs, priority, levelPpm, mayPreempt]) =>
    ({ name, targetStartMs, priority, levelPpm, mayPreempt }) as unknown as TierRow,
};

export const USERS: RowTable<UserRow> = {
  columns: { user_id: "text", tier_index: "uint8", role: "text", time_zone: "text", permissions: "uint32 list" },
  toCells: (row) => [row.name, row.tier, row.role, row.timeZone, row.permissions],
  fromCells: ([name, tier, role, timeZone, permissions]) => ({ name, tier, role, timeZone, permissions }) as unknown as UserRow,
};

export const APPS: RowTable<AppRow> = {
  columns: {
    app_id: "text",
    cold_start_ms: "uint32",
    resume_ms: "uint32",
    shared: "boolean",
    concurrency: "uint32",
    ...AMOUNT_COLUMNS,
  },
  toCells: (row) => [row.name, row.coldStartMs, row.resumeMs, row.shared, row.concurrency, ...amountsOf(row.shape)],
  fromCells: ([name, coldStartMs, resumeMs, shared, concurrency, ...amounts]) =>
    ({ name, shape: toResources(amounts), coldStartMs, resumeMs, shared, concurrency }) as unknown as AppRow,
};

export const NODES: RowTable<NodeRow> = {
  columns: { node_id: "text", pool_id: "text", ...AMOUNT_COLUMNS },
  toCells: (row) => [row.name, row.pool, ...amountsOf(row.capacity)],
  fromCells: ([name, pool, ...amounts]) => ({ name, pool, capacity: toResources(amounts) }) as unknown as NodeRow,
};

export const CONTEXT: RowTable<ContextRow> = {
  columns: { at_ms: "time", end_ms: "time", kind: "text", label: "text", user_index: "optional uint32" },
  toCells: (row) => [row.atMs, row.endMs, row.kind, row.label, row.user],
  fromCells: ([atMs, endMs, kind, label, user]) => ({ atMs, endMs, kind, label, user }) as unknown as ContextRow,
};

export function columnsOfRows<Row>(table: RowTable<Row>, rows: readonly Row[]): readonly ColumnSource[] {
  const cells = rows.map(table.toCells);
  return Object.entries(table.columns).map(([name, kind], column) => ({
    name,
    kind,
    values: cells.map((row) => row[column] as Cell),
  }));
}

export function rowsOfColumns<Row>(table: RowTable<Row>, read: Readonly<Record<string, ColumnValues>>, count: number): Row[] {
  const columns = Object.keys(table.columns).map((name) => read[name] as ColumnValues);
  return Array.from({ length: count }, (_, row) => table.fromCells(columns.map((column) => column[row]) as never[]));
}
