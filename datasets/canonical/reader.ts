import { expectedTiers, TIERS_HINT } from "../assemble-trace.ts";
import { TraceBuilder } from "../build-trace.ts";
import { IssueList, quote } from "../issue-list.ts";
import type { SpilledRequests } from "../large/spilled-requests.ts";
import { isTimeZone } from "../laws.ts";
import { NameRows } from "../name-rows.ts";
import { NO_TIER } from "../row-buffers.ts";
import type { FileSummary } from "../source-file.ts";
import { TableReader } from "../table-reader.ts";
import { DEFAULT_TIERS, type TraceDefaults } from "../tiers.ts";
import type { Trace } from "../trace.ts";
import type { Window } from "../trace-input.ts";
import { MappedTable } from "./mapped-table.ts";
import { hasDates, type Mapping, namesOf } from "./mapping.ts";
import { CANONICAL_LAYOUTS, type CanonicalTable } from "./tables.ts";

export interface CanonicalOptions {
  readonly name?: string;
  /** Instead of `TRACE_DEFAULTS`. */
  readonly defaults?: Partial<TraceDefaults>;
  /** Rows outside are dropped and counted; `null`, the default: everything. */
  readonly window?: Window | null;
  readonly mapping?: Mapping;
}

/**
 * Takes the rows of canonical tables, tiers first, and makes the trace. What the tables leave out is filled in by `TraceBuilder`;
 * what is wrong is gathered over all tables.
 */
export class CanonicalReader {
  readonly issues = new IssueList();
  readonly #options: CanonicalOptions;
  readonly #files: FileSummary[] = [];
  readonly #builder: TraceBuilder;
  readonly #tables: { readonly table: CanonicalTable; readonly reader: TableReader; readonly mapped: MappedTable }[] = [];
  readonly #tiers: string[] = [];
  readonly #tierCodes = new Map<string, number>();
  readonly #seen = { tiers: new NameRows(), apps: new NameRows(), users: new NameRows(), nodes: new NameRows() };
  readonly #requestIds = new NameRows();
  readonly #usageTimes = new NameRows();
  readonly #permissions: { readonly where: string; readonly line: number; readonly path: string; readonly app: string }[] = [];
  #lastSubmitMs = 0;
  #unsorted = false;

  constructor(options: CanonicalOptions, spilled: SpilledRequests | null = null) {
    this.#options = options;
    const { name = "canonical", defaults = {}, window = null, mapping } = options;
    const given = Object.entries(defaults).map(([key, value]) => [`default ${key}`, value] as const);
    const source = {
      importer: "canonical",
      options: {
        ...Object.fromEntries(given),
        ...(window === null ? {} : { window: `${window.startMs},${window.endMs}` }),
        ...(mapping === undefined ? {} : { mapping: JSON.stringify(mapping) }),
      },
      files: this.#files,
    };
    const whose = mapping?.source ?? { license: "not stated", citation: "not stated" };
    this.#builder = new TraceBuilder({ name, source, ...whose, epochMs: hasDates(mapping) ? 0 : null }, defaults, spilled);
  }

  /** A reader for the rows of `table`, which issues call `where`. */
  open(table: CanonicalTable, where: string): MappedTable {
    const mapping = this.#options.mapping?.[table] ?? {};
    const layout = { ...CANONICAL_LAYOUTS[table], renamed: namesOf(mapping) };
    const reader = new TableReader(where, layout, this.issues, (row) => this.#take(table, row));
    const mapped = new MappedTable(reader, mapping);
    this.#tables.push({ table, reader, mapped });
    return mapped;
  }

  addFile(file: FileSummary): void {
    this.#files.push(file);
  }

  note(text: string): void {
    this.#builder.note(text);
  }

  /** @throws InputError with everything that was wrong in any table. */
  finish(): Trace {
    this.#finishTables();
    return this.#builder.build(this.#options.window ?? null);
  }

  /** `finish`, also where the requests are spilled: see `TraceBuilder.finish`. */
  finishLarge(): Promise<Trace> {
    this.#finishTables();
    return this.#builder.finish(this.#options.window ?? null);
  }

  #finishTables(): void {
    for (const { where, line, path, app } of this.#permissions) {
      if (this.#builder.hasApp(app)) continue;
      this.issues.add({ where, line, path, expected: "apps of the tables apps or requests, separated by |", found: quote(app) });
    }
    for (const { table, reader, mapped } of this.#tables) {
      const { columns = {}, keep = {} } = this.#options.mapping?.[table] ?? {};
      this.#builder.countRead(table, reader.count + mapped.dropped);
      this.#builder.countDropped(
        table,
        `${Object.keys(keep).join(", ")}: none of the values that the mapping keeps`,
        mapped.dropped,
      );
      for (const [ours, given] of Object.entries(columns)) {
        if (typeof given === "object" && "constant" in given) {
          this.#builder.assume(`${ours} ${given.constant} for every row of ${table} (mapping)`);
        }
      }
      const unused = reader.unknown.filter((name) => !Object.hasOwn(keep, name));
      if (unused.length > 0) this.note(`${reader.where}: not used: ${unused.map((name) => quote(name)).join(", ")}`);
      if (reader.count === 0 && (table === "tiers" || table === "nodes")) {
        this.issues.add({ where: reader.where, expected: "at least one row", found: "none" });
      }
      if (table === "usage") this.#checkUsageColumns(reader);
      if (table === "requests" && this.#unsorted)
        this.note(`${reader.where}: rows were not in time order; they were sorted by submit_ms, then row`);
    }
    const work = this.#tables.filter(({ table }) => table === "requests" || table === "usage");
    if (this.issues.total === 0 && work.every(({ reader }) => reader.count === 0)) {
      const where = work.map(({ reader }) => reader.where).join(", ");
      this.issues.add({ where: where || "requests.csv", expected: "at least one request or usage sample", found: "none" });
    }
    this.issues.throwIfAny();
  }

  #checkUsageColumns(reader: TableReader): void {
    const missing = USAGE_AMOUNTS.filter((column) => !reader.hasColumn(column));
    if (missing.length === USAGE_AMOUNTS.length) {
      reader.refuse("cpu_millis", `at least one of the columns ${USAGE_AMOUNTS.join(", ")}`, "none");
    }
    for (const column of missing) this.#builder.assume(`${column} 0 for every usage sample`);
  }

  #take(table: CanonicalTable, row: TableReader): void {
    switch (table) {
      case "tiers":
        return this.#takeTier(row);
      case "apps":
        return this.#takeApp(row);
      case "users":
        return this.#takeUser(row);
      case "nodes":
        return this.#takeNode(row);
      case "requests":
        return this.#takeRequest(row);
      case "usage":
        return this.#takeUsage(row);
      case "context":
        return this.#takeContext(row);
    }
  }

  #takeTier(row: TableReader): void {
    const name = this.#newName(row, "tier", this.#seen.tiers);
    const tier = {
      targetStartMs: row.integer("target_start_ms"),
      priority: row.integer("priority"),
      levelPpm: row.integer("level_ppm", 1, 1_000_000),
      mayPreempt: row.flag("may_preempt"),
    };
    if (name === null) return;
    this.#tiers.push(name);
    this.#builder.tier({ name, ...tier });
  }

  #takeApp(row: TableReader): void {
    const name = this.#newName(row, "app_id", this.#seen.apps);
    const amounts = {
      cpuMillis: row.optionalInteger("cpu_millis"),
      memoryMiB: row.optionalInteger("memory_mib"),
      gpuMillis: row.optionalInteger("gpu_millis"),
      networkKbps: row.optionalInteger("network_kbps"),
    };
    const app = {
      shape: Object.fromEntries(Object.entries(amounts).filter(([, amount]) => amount !== undefined)),
      coldStartMs: row.optionalInteger("cold_start_ms"),
      resumeMs: row.optionalInteger("resume_ms"),
      shared: row.optionalFlag("shared"),
      concurrency: row.optionalInteger("concurrency", 1),
    };
    if (name !== null) this.#builder.app({ name, ...app });
  }

  #takeUser(row: TableReader): void {
    const name = this.#newName(row, "user_id", this.#seen.users);
    const timeZone = row.optionalText("time_zone");
    if (timeZone !== undefined && !isTimeZone(timeZone))
      row.refuse("time_zone", "an IANA time zone", quote(timeZone), "Europe/Berlin");
    const permissions = row.optionalText("permissions")?.split("|");
    for (const app of permissions ?? []) {
      this.#permissions.push({ where: row.where, line: row.line, path: row.nameOf("permissions"), app });
    }
    const tier = this.#tier(row);
    const role = row.optionalText("role");
    if (name !== null) this.#builder.user({ name, tier, role, timeZone, permissions });
  }

  #takeNode(row: TableReader): void {
    const name = this.#newName(row, "node_id", this.#seen.nodes);
    const pool = row.text("pool_id");
    const capacity = {
      cpuMillis: row.integer("cpu_millis"),
      memoryMiB: row.integer("memory_mib"),
      gpuMillis: row.integer("gpu_millis"),
      networkKbps: row.integer("network_kbps"),
    };
    if (name !== null) this.#builder.node({ name, pool, capacity });
  }

  #takeRequest(row: TableReader): void {
    const submitMs = row.integer("submit_ms", 0, Number.MAX_SAFE_INTEGER);
    const runMs = row.integer("run_ms", 0, Number.MAX_SAFE_INTEGER - submitMs);
    if (submitMs < this.#lastSubmitMs) this.#unsorted = true;
    this.#lastSubmitMs = submitMs;
    const tier = this.#tier(row);
    this.#builder.addRequest(
      submitMs,
      runMs,
      this.#builder.userIndex(row.text("user_id")),
      this.#builder.appIndex(row.text("app_id")),
      tier === undefined ? NO_TIER : this.#tierCode(tier),
      row.optionalInteger("cpu_millis") ?? -1,
      row.optionalInteger("memory_mib") ?? -1,
      row.optionalInteger("gpu_millis") ?? -1,
      row.optionalInteger("network_kbps") ?? -1,
    );
    if (!row.hasColumn("request_id")) return;
    const name = this.#newName(row, "request_id", this.#requestIds);
    if (name !== null) this.#builder.addRequestName(name);
  }

  #takeUsage(row: TableReader): void {
    const atMs = row.integer("at_ms", 0, Number.MAX_SAFE_INTEGER);
    const windowMs = row.integer("window_ms", 1);
    const user = row.text("user_id");
    const first = this.#usageTimes.put(`${atMs} ${user}`, row.line);
    if (first !== row.line) row.refuse("at_ms", `a time that line ${first} does not give for this user`, `${atMs}`);
    // A column may be missing, but a sample without a value is no sample.
    const amount = (column: string) => (row.hasColumn(column) ? row.integer(column) : 0);
    this.#builder.addUsage(
      atMs,
      this.#builder.userIndex(user),
      windowMs,
      amount("cpu_millis"),
      amount("memory_mib"),
      amount("gpu_millis"),
      amount("network_kbps"),
    );
  }

  #takeContext(row: TableReader): void {
    const atMs = row.integer("at_ms", 0, Number.MAX_SAFE_INTEGER);
    const endMs = row.integer("end_ms", atMs, Number.MAX_SAFE_INTEGER);
    const user = row.optionalText("user_id") ?? null;
    this.#builder.context({ atMs, endMs, kind: row.text("kind"), label: row.text("label"), user });
  }

  /** The row's name, unless there is none or an earlier row has it. */
  #newName(row: TableReader, column: string, seen: NameRows): string | null {
    if (!row.has(column)) {
      row.text(column);
      return null;
    }
    const name = row.text(column);
    const first = seen.put(name, row.line);
    if (first === row.line) return name;
    row.refuse(column, `a name not used in line ${first}`, quote(name));
    return null;
  }

  #tier(row: TableReader): string | undefined {
    const tier = row.optionalText("tier");
    if (tier === undefined) return undefined;
    const known = this.#tiers.length > 0 ? this.#tiers : DEFAULT_TIERS.map(({ name }) => name);
    if (known.includes(tier)) return tier;
    row.refuse("tier", expectedTiers(known), quote(tier), TIERS_HINT);
    return undefined;
  }

  #tierCode(tier: string): number {
    let code = this.#tierCodes.get(tier);
    if (code === undefined) {
      code = this.#builder.tierCode(tier);
      this.#tierCodes.set(tier, code);
    }
    return code;
  }
}

const USAGE_AMOUNTS = CANONICAL_LAYOUTS.usage.optional;
