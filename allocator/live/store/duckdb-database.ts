import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { Database, Queries, Row, Value } from "./database.ts";
import { StoreError } from "./store.ts";

/** A DuckDB file, of one process at a time. */
export class DuckDbDatabase implements Database {
  readonly name: string;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  /** One connection: who comes while somebody is in a transaction waits. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(name: string, instance: DuckDBInstance, connection: DuckDBConnection) {
    this.name = name;
    this.#instance = instance;
    this.#connection = connection;
  }

  /** @throws StoreError where it is no DuckDB file, or another process has it. */
  static async open(path: string): Promise<DuckDbDatabase> {
    const { DuckDBInstance } = await import("@duckdb/node-api");
    try {
      const instance = await DuckDBInstance.create(path, { autoinstall_known_extensions: "false" });
      return new DuckDbDatabase(path, instance, await instance.connect());
    } catch (error) {
      const text = (error as Error).message.split("\n")[0] as string;
      const hint = /lock/i.test(text) ? "stop the other process, or use PostgreSQL, which several can" : "name another file";
      throw new StoreError(text, hint);
    }
  }

  rows(sql: string, values: readonly Value[] = []): Promise<readonly Row[]> {
    return this.#inTurn(() => this.#ask(sql, values));
  }

  transaction<T>(act: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      await this.#ask("BEGIN", []);
      try {
        const result = await act({ rows: (sql, values = []) => this.#ask(sql, values) });
        await this.#ask("COMMIT", []);
        return result;
      } catch (error) {
        await this.#ask("ROLLBACK", []);
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    await this.#last;
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(act);
    this.#last = mine.catch(() => {});
    return mine;
  }

  async #ask(sql: string, values: readonly Value[]): Promise<readonly Row[]> {
    try {
      return (await this.#connection.runAndReadAll(sql, [...values])).getRowObjectsJS();
    } catch (error) {
      throw new StoreError((error as Error).message);
    }
  }
}
