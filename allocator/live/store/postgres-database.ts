import type { Pool, PoolClient } from "pg";
import type { Database, Queries, Row, Value } from "./database.ts";
import { StoreError } from "./store.ts";

const MOST_CONNECTIONS = 4;
const CONNECT_MS = 5_000;
const STATEMENT_MS = 30_000;
/** Whoever changes tables waits for whoever else does: the lock's number stands for "prae". */
const LOCK = 0x70_72_61_65;

/** A database of a PostgreSQL server, which any number of processes share. */
export class PostgresDatabase implements Database {
  readonly name: string;
  readonly #pool: Pool;

  private constructor(name: string, pool: Pool) {
    this.name = name;
    this.#pool = pool;
  }

  /** @throws StoreError where it cannot be reached. */
  static async open(url: string): Promise<PostgresDatabase> {
    const { default: pg } = await import("pg");
    const { host, pathname } = new URL(url);
    const name = `postgres://${host}${pathname}`;
    const pool = new pg.Pool({
      connectionString: url,
      max: MOST_CONNECTIONS,
      allowExitOnIdle: true,
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: STATEMENT_MS,
      application_name: "prae",
    });
    // A connection that breaks while nobody uses it: whoever asks next gets another one.
    pool.on("error", () => {});
    const database = new PostgresDatabase(name, pool);
    try {
      await database.rows("SELECT 1");
      return database;
    } catch (error) {
      await pool.end();
      throw new StoreError(`${name}: ${(error as Error).message}`, "check the address, the user and that the server is up");
    }
  }

  async rows(sql: string, values: readonly Value[] = []): Promise<readonly Row[]> {
    return this.#with((client) => ask(client, sql, values));
  }

  transaction<T>(act: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#with(async (client) => {
      await ask(client, "BEGIN", []);
      try {
        await ask(client, "SELECT pg_advisory_xact_lock($1)", [LOCK]);
        const result = await act({ rows: (sql, values = []) => ask(client, sql, values) });
        await ask(client, "COMMIT", []);
        return result;
      } catch (error) {
        await ask(client, "ROLLBACK", []).catch(() => {}); // where the connection broke, the server does it
        throw error;
      }
    });
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  async #with<T>(act: (client: PoolClient) => Promise<T>): Promise<T> {
    let client: PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      throw new StoreError(messageOf(error));
    }
    let broken: Error | undefined;
    const note = (error: Error) => {
      broken = error;
    };
    client.on("error", note);
    try {
      return await act(client);
    } finally {
      client.off("error", note);
      client.release(broken);
    }
  }
}

async function ask(client: PoolClient, sql: string, values: readonly Value[]): Promise<readonly Row[]> {
  try {
    return (await client.query(sql, [...values])).rows as Row[];
  } catch (error) {
    throw new StoreError(messageOf(error));
  }
}

/** Where several addresses were tried, each has its own. */
function messageOf(error: unknown): string {
  const { message, errors } = error as Error & { errors?: readonly Error[] };
  return message || (errors ?? []).map((one) => one.message).join("; ") || "it cannot be reached";
}
