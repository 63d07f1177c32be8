import { join } from "node:path";
import type { DuckDBAppender, DuckDBConnection, DuckDBInstance, DuckDBType } from "@duckdb/node-api";
import { requestColumns } from "../column-tables.ts";
import type { Window } from "../trace-input.ts";

const CHUNK_ROWS = 2048;

/** A row of requests as it comes in (ids, tier and shape are codes of the source), and as it will be. */
export interface RequestRow {
  submitMs: number;
  runMs: number;
  user: number;
  app: number;
  tier: number;
  shape: number;
  name: string | null;
}

/** A place for requests that may not fit in memory. */
export interface Spill {
  /** It is for traces with more of them than this. */
  readonly aboveRequests: number;
  /** Makes it when first asked for. */
  open(): Promise<SpilledRequests>;
}

/** Of requests whose number is known before they are made; 180 bytes each at the peak. */
export const MOST_IN_MEMORY = 5_000_000;

/** The four amounts of a shape. */
export type Amounts = readonly [cpuMillis: number, memoryMiB: number, gpuMillis: number, networkKbps: number];

/**
 * Requests of any number, kept in a DuckDB file instead of in memory: put in as they come, read back in order of time, put in again
 * with their final ids, written to Parquet, hashed a column at a time. What it holds in memory does not grow with the rows.
 */
export class SpilledRequests {
  count = 0;
  /** Whether no submit was before the one above. */
  sorted = true;
  startMs = Number.MAX_SAFE_INTEGER;
  endMs = 0;
  /** Rows that have a name. */
  named = 0;
  /** Rows with their final ids. */
  finalCount = 0;
  #lastMs = 0;
  readonly #instance: DuckDBInstance;
  readonly #reading: DuckDBConnection;
  readonly #writing: DuckDBConnection;
  readonly #raw: Table;
  readonly #final: Table;

  private constructor(
    instance: DuckDBInstance,
    connections: readonly [DuckDBConnection, DuckDBConnection],
    tables: readonly [Table, Table],
  ) {
    this.#instance = instance;
    [this.#reading, this.#writing] = connections;
    [this.#raw, this.#final] = tables;
  }

  /** In a folder that is there, where it leaves files until somebody removes them. */
  static async open(folder: string): Promise<SpilledRequests> {
    const duckdb = await import("@duckdb/node-api");
    const instance = await duckdb.DuckDBInstance.create(join(folder, "requests.duckdb"), {
      memory_limit: "400MB",
      threads: "2",
      temp_directory: join(folder, "spill"),
      autoinstall_known_extensions: "false",
    });
    const reading = await instance.connect();
    const writing = await instance.connect();
    const { DOUBLE, UINTEGER, UTINYINT, VARCHAR } = duckdb;
    const raw = new Table(duckdb, [DOUBLE, DOUBLE, UINTEGER, UINTEGER, UTINYINT, UINTEGER, VARCHAR]);
    const final = new Table(duckdb, [...raw.types, UINTEGER, UINTEGER, UINTEGER, UINTEGER]);
    await raw.create(writing, "raw", RAW_COLUMNS);
    await final.create(writing, "final", FINAL_COLUMNS);
    return new SpilledRequests(instance, [reading, writing], [raw, final]);
  }

  close(): void {
    this.#reading.closeSync();
    this.#writing.closeSync();
    this.#instance.closeSync();
  }

  push(submitMs: number, runMs: number, user: number, app: number, tier: number, shape: number): void {
    this.#raw.push([submitMs, runMs, user, app, tier, shape], null);
    this.count += 1;
    if (submitMs < this.#lastMs) this.sorted = false;
    this.#lastMs = submitMs;
    this.startMs = Math.min(this.startMs, submitMs);
    this.endMs = Math.max(this.endMs, submitMs + 1, submitMs + runMs);
  }

  /** The id of the request put in last. */
  pushName(name: string): void {
    this.#raw.nameLast(name);
    this.named += 1;
  }

  /** Those inside the window, in order of time, then of coming in. The row is the same object every time. */
  async *inOrder({ startMs, endMs }: Window): AsyncGenerator<RequestRow> {
    this.#raw.finish();
    const row: RequestRow = { submitMs: 0, runMs: 0, user: 0, app: 0, tier: 0, shape: 0, name: null };
    const order = this.sorted ? "" : "ORDER BY submit_ms, rowid";
    const where = `WHERE submit_ms >= ${startMs} AND submit_ms < ${endMs}`;
    const result = await this.#reading.stream(`SELECT ${RAW_COLUMNS.join(", ")} FROM raw ${where} ${order}`);
    for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      const vectors = RAW_COLUMNS.map((_, index) => chunk?.getColumnVector(index));
      const [submitMs, runMs, user, app, tier, shape] = vectors.map((vector) => itemsOf(vector)) as [
        Items,
        Items,
        Items,
        Items,
        Items,
        Items,
      ];
      for (let at = 0; at < chunk.rowCount; at += 1) {
        row.submitMs = submitMs[at] as number;
        row.runMs = runMs[at] as number;
        row.user = user[at] as number;
        row.app = app[at] as number;
        row.tier = tier[at] as number;
        row.shape = shape[at] as number;
        row.name = this.named > 0 ? (vectors[6]?.getItem(at) as string | null) : null;
        yield row;
      }
    }
  }

  /** A request with its final ids; called in their order. */
  pushFinal({ submitMs, runMs, user, app, tier, shape, name }: RequestRow, amounts: Amounts): void {
    this.#final.push([submitMs, runMs, user, app, tier, shape, ...amounts], name);
    this.finalCount += 1;
  }

  async writeParquet(file: string): Promise<void> {
    this.#final.finish();
    const columns = Object.entries(requestColumns(this.named > 0)).map(([name, kind]) =>
      kind === "time" ? `${name}::BIGINT AS ${name}` : name,
    );
    const options = "FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2";
    await this.#writing.run(`COPY (SELECT ${columns.join(", ")} FROM final) TO '${file.replaceAll("'", "''")}' (${options})`);
  }

  /** A column of the final rows, in pieces. */
  async *column(name: "submit_ms" | "run_ms" | "user_index" | "app_index" | "tier_index" | "shape"): AsyncGenerator<Items> {
    this.#final.finish();
    const result = await this.#reading.stream(`SELECT ${name} FROM final`);
    for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      yield itemsOf(chunk.getColumnVector(0)).subarray(0, chunk.rowCount);
    }
  }

  /** The ids of the final rows. */
  async *names(): AsyncGenerator<string> {
    this.#final.finish();
    const result = await this.#reading.stream("SELECT request_id FROM final");
    for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      const vector = chunk.getColumnVector(0);
      for (let at = 0; at < chunk.rowCount; at += 1) yield vector.getItem(at) as string;
    }
  }
}

type Items = Float64Array | Uint32Array | Uint8Array;

function itemsOf(vector: unknown): Items {
  return (vector as { readonly items: Items }).items;
}

const RAW_COLUMNS = ["submit_ms", "run_ms", "user_index", "app_index", "tier_index", "shape", "request_id"];
const FINAL_COLUMNS = [...RAW_COLUMNS, "cpu_millis", "memory_mib", "gpu_millis", "network_kbps"];
/** Where the id stands among the columns. */
const NAME_COLUMN = 6;

/** A table that is filled row by row, a chunk at a time. */
class Table {
  readonly types: readonly DuckDBType[];
  readonly #duckdb: typeof import("@duckdb/node-api");
  /** By column; the id's stays empty. */
  readonly #values: Float64Array[];
  #names: (string | null)[] = [];
  #rows = 0;
  #appender: DuckDBAppender | null = null;

  constructor(duckdb: typeof import("@duckdb/node-api"), types: readonly DuckDBType[]) {
    this.#duckdb = duckdb;
    this.types = types;
    this.#values = types.map(() => new Float64Array(CHUNK_ROWS));
  }

  async create(connection: DuckDBConnection, name: string, columns: readonly string[]): Promise<void> {
    await connection.run(`CREATE TABLE ${name} (${columns.map((column, i) => `${column} ${this.types[i]}`).join(", ")})`);
    this.#appender = await connection.createAppender(name);
  }

  /** `numbers`: by column, without the id. */
  push(numbers: readonly number[], name: string | null): void {
    if (this.#rows === CHUNK_ROWS) this.#flush();
    const row = this.#rows;
    for (let i = 0; i < numbers.length; i += 1) {
      (this.#values[i < NAME_COLUMN ? i : i + 1] as Float64Array)[row] = numbers[i] as number;
    }
    this.#names.push(name);
    this.#rows = row + 1;
  }

  nameLast(name: string): void {
    this.#names[this.#rows - 1] = name;
  }

  #flush(): void {
    if (this.#rows === 0) return;
    const chunk = this.#duckdb.DuckDBDataChunk.create([...this.types], this.#rows);
    for (const [index, values] of this.#values.entries()) {
      if (index === NAME_COLUMN) {
        chunk.setColumnValues(index, this.#names);
        continue;
      }
      const vector = chunk.getColumnVector(index);
      itemsOf(vector).set(values.subarray(0, this.#rows));
      vector.flush();
    }
    this.#appender?.appendDataChunk(chunk);
    this.#names = [];
    this.#rows = 0;
  }

  /** After it nothing can be put in. */
  finish(): void {
    if (this.#appender === null) return;
    this.#flush();
    this.#appender.closeSync();
    this.#appender = null;
  }
}
