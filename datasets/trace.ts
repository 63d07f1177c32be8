import type { Resources } from "../allocator/core/resources.ts";

/**
 * History in one form, in memory: what importers produce, the store keeps and the simulator replays. SCHEMA.md gives every
 * table, column, unit and law. Rows are referred to by index; `users`, `apps`, `tiers` and `nodes` are in the order of their ids.
 */
export interface Trace {
  readonly manifest: TraceManifest;
  readonly tiers: readonly TierRow[];
  readonly users: readonly UserRow[];
  readonly apps: readonly AppRow[];
  /** `null`: the trace does not say; capacity is unlimited unless a cluster is given. */
  readonly nodes: readonly NodeRow[] | null;
  readonly requests: RequestColumns;
  readonly usage: UsageColumns | null;
  readonly context: readonly ContextRow[];
}

export interface TierRow {
  readonly name: string;
  readonly targetStartMs: number;
  /** Higher is served first. */
  readonly priority: number;
  readonly levelPpm: number;
  readonly mayPreempt: boolean;
}

/** The kind of context that names an app of which nothing is to be started ahead for its user. */
export const NO_PREWARM = "no-prewarm";

export interface UserRow {
  readonly name: string;
  /** Index into `tiers`. */
  readonly tier: number;
  readonly role: string;
  /** IANA name. */
  readonly timeZone: string;
  /** Indices of the apps that the user may run; `null`: any. */
  readonly permissions: readonly number[] | null;
}

export interface AppRow {
  readonly name: string;
  readonly shape: Resources;
  readonly coldStartMs: number;
  readonly resumeMs: number;
  readonly shared: boolean;
  readonly concurrency: number;
}

export interface NodeRow {
  readonly name: string;
  readonly pool: string;
  readonly capacity: Resources;
}

/** Sorted by (submitMs, source row). Index = request id. */
export interface RequestColumns {
  readonly count: number;
  /** The source's request ids, or `null` where it has none. */
  readonly names: readonly string[] | null;
  readonly submitMs: Float64Array;
  readonly runMs: Float64Array;
  readonly user: Uint32Array;
  readonly app: Uint32Array;
  readonly tier: Uint8Array;
  /** Index into `shapes`, the distinct requested amounts in order of first use. */
  readonly shape: Uint32Array;
  readonly shapes: readonly Resources[];
}

/** Sorted by (atMs, source row). A row is the mean use over `(atMs − windowMs, atMs]`. */
export interface UsageColumns {
  readonly count: number;
  readonly atMs: Float64Array;
  readonly user: Uint32Array;
  readonly windowMs: Uint32Array;
  readonly cpuMillis: Uint32Array;
  readonly memoryMiB: Uint32Array;
  readonly gpuMillis: Uint32Array;
  readonly networkKbps: Uint32Array;
}

/** Something outside the workload that may explain it: a holiday, a release, a lecture. */
export interface ContextRow {
  readonly atMs: number;
  readonly endMs: number;
  /** `calendar`, `location`, `news`, … */
  readonly kind: string;
  readonly label: string;
  /** Whom it concerns; `null`: everybody. */
  readonly user: number | null;
}

export interface TraceManifest {
  readonly schemaVersion: 1;
  readonly name: string;
  /** Importer or generator, with its options, enough to repeat it. */
  readonly source: TraceSource;
  readonly synthetic: boolean;
  readonly composite: boolean;
  readonly license: string;
  readonly citation: string;
  readonly homePage: string | null;
  /** SHA-256, hex, over the canonical columns: the identity of the trace, whatever files hold it. */
  readonly digest: string;
  /** `[startMs, endMs)`. */
  readonly window: { readonly startMs: number; readonly endMs: number };
  /** Unix time in ms of the trace's time zero, where known. */
  readonly epochMs: number | null;
  readonly rowsRead: Readonly<Record<string, number>>;
  readonly rowsDropped: readonly { readonly table: string; readonly reason: string; readonly count: number }[];
  /** Values that the source did not give, in words: "cold_start_ms 1000 for every app". */
  readonly defaults: readonly string[];
  /** What a reader must know: "rows were not in time order and were sorted". */
  readonly notes: readonly string[];
}

export interface TraceSource {
  readonly importer: string;
  readonly options: Readonly<Record<string, string | number | boolean | null>>;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
}
