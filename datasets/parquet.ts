import { join } from "node:path";
import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance, DuckDBType } from "@duckdb/node-api";

/**
 * Parquet files through DuckDB, a column at a time. Times are stored as BIGINT and cross as doubles, which hold every integer up
 * to 2⁵³ exactly; so no 64-bit integer object is ever made.
 */
export type ColumnKind = "time" | "uint32" | "uint8" | "boolean" | "text" | "optional uint32" | "uint32 list";

/** A column to write: values by row. A typed array of the kind's own width is copied whole. */
export interface ColumnSource {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly values: ArrayLike<Cell>;
}

export type Cell = number | string | boolean | null | readonly number[];

/** A column that was read: `time` as doubles, integers as they are, the others as plain arrays. */
export type ColumnValues = Float64Array | Uint32Array | Uint8Array | Cell[];

const STORED_AS: Readonly<Record<ColumnKind, string>> = {
  time: "BIGINT",
  uint32: "UINTEGER",
  uint8: "UTINYINT",
  boolean: "BOOLEAN",
  text: "VARCHAR",
  "optional uint32": "UINTEGER",
  "uint32 list": "UINTEGER[]",
};

export class ParquetDatabase {
  readonly #duckdb: typeof import("@duckdb/node-api");
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  private constructor(duckdb: typeof import("@duckdb/node-api"), instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#duckdb = duckdb;
    this.#instance = instance;
    this.#connection = connection;
  }

  /** `spillDirectory`: where DuckDB may put what does not fit in memory; `null`: nowhere. */
  static async open(spillDirectory: string | null): Promise<ParquetDatabase> {
    const duckdb = await import("@duckdb/node-api");
    const instance = await duckdb.DuckDBInstance.create(":memory:", {
      temp_directory: spillDirectory === null ? "" : join(spillDirectory, "spill"),
      autoinstall_known_extensions: "false",
    });
    return new ParquetDatabase(duckdb, instance, await instance.connect());
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  async write(file: string, columns: readonly ColumnSource[], count: number): Promise<void> {
    const { DOUBLE, UINTEGER, UTINYINT, BOOLEAN, VARCHAR, LIST, DuckDBDataChunk } = this.#duckdb;
    const types: Readonly<Record<ColumnKind, DuckDBType>> = {
      time: DOUBLE,
      uint32: UINTEGER,
      uint8: UTINYINT,
      boolean: BOOLEAN,
      text: VARCHAR,
      "optional uint32": UINTEGER,
      "uint32 list": LIST(UINTEGER),
    };
    const definitions = columns.map(({ name, kind }) => `${name} ${types[kind]}`);
    await this.#connection.run(`CREATE OR REPLACE TABLE staged (${definitions.join(", ")})`);
    const appender = await this.#connection.createAppender("staged");
    for (let start = 0; start < count; start += CHUNK_ROWS) {
      const rows = Math.min(CHUNK_ROWS, count - start);
      const chunk = DuckDBDataChunk.create(
        columns.map(({ kind }) => types[kind]),
        rows,
      );
      for (const [index, column] of columns.entries()) this.#fill(chunk, index, column, start, rows);
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
    const selected = columns.map(({ name, kind }) => `${name}::${STORED_AS[kind]} AS ${name}`);
    const options = "FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2";
    await this.#connection.run(`COPY (SELECT ${selected.join(", ")} FROM staged) TO ${literal(file)} (${options})`);
    await this.#connection.run("DROP TABLE staged");
  }

  #fill(chunk: DuckDBDataChunk, index: number, { kind, values }: ColumnSource, start: number, rows: number): void {
    const vector = chunk.getColumnVector(index);
    if (kind !== "time" && kind !== "uint32" && kind !== "uint8") {
      const cells = Array.from({ length: rows }, (_, row) => values[start + row] as Cell);
      chunk.setColumnValues(index, kind === "uint32 list" ? cells.map((cell) => this.#list(cell)) : (cells as string[]));
      return;
    }
    const { items } = vector as unknown as { readonly items: Float64Array | Uint32Array | Uint8Array };
    if (values.constructor === items.constructor) items.set((values as Float64Array).subarray(start, start + rows));
    else for (let row = 0; row < rows; row += 1) items[row] = values[start + row] as number;
    vector.flush();
  }

  #list(cell: Cell) {
    return cell === null ? null : this.#duckdb.listValue(cell as readonly number[]);
  }

  /** Reads these columns of a file; the caller knows how many rows it has. */
  async read(file: string, columns: readonly { readonly name: string; readonly kind: ColumnKind }[], count: number) {
    const read: Record<string, ColumnValues> = {};
    const targets = columns.map(({ name, kind }) => {
      const values = emptyColumn(kind, count);
      read[name] = values;
      return values;
    });
    const selected = columns.map(({ name, kind }) => `${name}::${kind === "time" ? "DOUBLE" : STORED_AS[kind]} AS ${name}`);
    const result = await this.#connection.stream(`SELECT ${selected.join(", ")} FROM read_parquet(${literal(file)})`);
    let start = 0;
    for (;;) {
      const chunk = await result.fetchChunk();
      const rows = chunk?.rowCount ?? 0;
      if (chunk === null || rows === 0) break;
      if (start + rows > count) throw new Error(`more than ${count} rows`);
      for (const [index, target] of targets.entries()) {
        const vector = chunk.getColumnVector(index);
        if (Array.isArray(target)) {
          for (let row = 0; row < rows; row += 1) target[start + row] = plain(vector.getItem(row));
        } else {
          const { items } = vector as unknown as { readonly items: typeof target };
          target.set(items.subarray(0, rows), start);
        }
      }
      start += rows;
    }
    if (start !== count) throw new Error(`${start} rows, not ${count}`);
    return read;
  }

  /**
   * Reads a file that others made, row by row: numbers of any type as doubles, unless their column is one of `texts`; everything else
   * as text, lists joined with `|`; absent values as `null`.
   */
  async scan(file: string, texts: readonly string[], handler: ScanHandler): Promise<void> {
    const source = `read_parquet(${literal(file)})`;
    const described = await this.#connection.runAndReadAll(`DESCRIBE SELECT * FROM ${source}`);
    const columns = described.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }));
    handler.header(columns.map(({ name }) => name));
    const selected = columns.map(({ name, type }) => {
      const quoted = `"${name.replaceAll('"', '""')}"`;
      if (type.endsWith("[]")) return `array_to_string(${quoted}, '|')`;
      return NUMBER_TYPE.test(type) && !texts.includes(name) ? `${quoted}::DOUBLE` : `${quoted}::VARCHAR`;
    });
    const result = await this.#connection.stream(`SELECT ${selected.join(", ")} FROM ${source}`);
    let line = 1;
    for (;;) {
      const chunk = await result.fetchChunk();
      const rows = chunk?.rowCount ?? 0;
      if (chunk === null || rows === 0) return;
      const vectors = columns.map((_, index) => chunk.getColumnVector(index));
      for (let row = 0; row < rows; row += 1, line += 1) {
        handler.row(vectors.map((vector) => vector.getItem(row)) as (string | number | null)[], line);
      }
    }
  }
}

/** What `scan` calls: the columns' names, then each row with its number from 1. */
export interface ScanHandler {
  header(names: readonly string[]): void;
  row(cells: readonly (string | number | null)[], line: number): void;
}

const NUMBER_TYPE = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL)/;

const CHUNK_ROWS = 2048;

function emptyColumn(kind: ColumnKind, count: number): ColumnValues {
  if (kind === "time") return new Float64Array(count);
  if (kind === "uint32") return new Uint32Array(count);
  if (kind === "uint8") return new Uint8Array(count);
  return new Array<Cell>(count).fill(null);
}

function plain(value: unknown): Cell {
  return value !== null && typeof value === "object"
    ? [...(value as { readonly items: readonly number[] }).items]
    : (value as Cell);
}

/** A text as SQL writes it. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
