import type { Database, Queries, Row, Value } from "./database.ts";
import { migrate } from "./migrations.ts";
import type { DocumentKind, Portion, ProfileRow, Store, UsageRow } from "./store.ts";

/** Rows of one statement. */
const ROWS_AT_ONCE = 500;

/** A store in a database of either kind. */
export class SqlStore implements Store {
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** With the tables there. @throws StoreError */
  static async open(database: Database): Promise<SqlStore> {
    try {
      await migrate(database);
    } catch (error) {
      await database.close();
      throw error;
    }
    return new SqlStore(database);
  }

  get name(): string {
    return this.#database.name;
  }

  async events(run: string): Promise<number> {
    const [row] = await this.#database.rows("SELECT events FROM prae_runs WHERE run = $1", [run]);
    return Number(row?.["events"] ?? 0);
  }

  async add(run: string, from: number, { events, profiles, usage }: Portion): Promise<boolean> {
    return this.#database.transaction(async (queries) => {
      await queries.rows("INSERT INTO prae_runs VALUES ($1, 0) ON CONFLICT DO NOTHING", [run]);
      const moved = "UPDATE prae_runs SET events = $1 WHERE run = $2 AND events = $3 RETURNING events";
      if ((await queries.rows(moved, [events, run, from])).length === 0) return false;
      // Of a user that was defined twice the last definition counts; one statement may touch a row only once.
      const last = new Map(profiles.map((profile) => [profile.user, profile]));
      await insert(
        queries,
        "prae_profiles",
        [...last.values()].map((profile) => profileValues(run, profile)),
        `ON CONFLICT (run, user_name) DO UPDATE SET since_ms = excluded.since_ms, tier = excluded.tier, role = excluded.role,
          time_zone = excluded.time_zone, permissions = excluded.permissions, opt_out = excluded.opt_out`,
      );
      await insert(
        queries,
        "prae_usage",
        usage.map((row, i) => usageValues(run, from + i, row)),
        "",
      );
      return true;
    });
  }

  async profiles(run: string): Promise<readonly ProfileRow[]> {
    const rows = await this.#database.rows("SELECT * FROM prae_profiles WHERE run = $1 ORDER BY user_name", [run]);
    return rows.map(profileOf).sort((a, b) => (a.user < b.user ? -1 : 1)); // whatever the database's collation
  }

  async usage(
    run: string,
    { fromMs, toMs, user }: { fromMs: number; toMs: number; user?: string },
  ): Promise<readonly UsageRow[]> {
    const of = user === undefined ? "" : " AND user_name = $4";
    const sql = `SELECT * FROM prae_usage WHERE run = $1 AND at_ms > $2 AND at_ms <= $3${of} ORDER BY at_ms, ordinal`;
    const rows = await this.#database.rows(sql, user === undefined ? [run, fromMs, toMs] : [run, fromMs, toMs, user]);
    return rows.map(usageOf);
  }

  async putDocument(kind: DocumentKind, id: string, content: Uint8Array): Promise<void> {
    const values = [kind, id, Buffer.from(content).toString("base64")];
    await this.#database.rows("INSERT INTO prae_documents VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", values);
  }

  async document(kind: DocumentKind, id: string): Promise<Uint8Array | null> {
    const [row] = await this.#database.rows("SELECT content FROM prae_documents WHERE kind = $1 AND id = $2", [kind, id]);
    return row === undefined ? null : new Uint8Array(Buffer.from(row["content"] as string, "base64"));
  }

  async documents(kind: DocumentKind): Promise<readonly string[]> {
    const rows = await this.#database.rows("SELECT id FROM prae_documents WHERE kind = $1", [kind]);
    return rows.map(({ id }) => id as string).sort();
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

async function insert(queries: Queries, table: string, rows: readonly (readonly Value[])[], conflict: string): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    const part = rows.slice(at, at + ROWS_AT_ONCE);
    let next = 0;
    const places = part.map((row) => `(${row.map(() => `$${++next}`).join(", ")})`).join(", ");
    await queries.rows(`INSERT INTO ${table} VALUES ${places} ${conflict}`, part.flat());
  }
}

function profileValues(run: string, { user, sinceMs, tier, role, timeZone, permissions, optOut }: ProfileRow): Value[] {
  const allowed = permissions === null ? null : JSON.stringify(permissions);
  return [run, user, sinceMs, tier, role, timeZone, allowed, JSON.stringify(optOut)];
}

function profileOf(row: Row): ProfileRow {
  return {
    user: row["user_name"] as string,
    sinceMs: Number(row["since_ms"]),
    tier: row["tier"] as string,
    role: row["role"] as string,
    timeZone: row["time_zone"] as string,
    permissions: row["permissions"] === null ? null : (JSON.parse(row["permissions"] as string) as string[]),
    optOut: JSON.parse(row["opt_out"] as string) as string[],
  };
}

function usageValues(run: string, ordinal: number, { user, atMs, windowMs, used, saturated }: UsageRow): Value[] {
  const { cpuMillis, memoryMiB, gpuMillis, networkKbps } = used;
  return [run, ordinal, user, atMs, windowMs, cpuMillis, memoryMiB, gpuMillis, networkKbps, saturated];
}

function usageOf(row: Row): UsageRow {
  return {
    user: row["user_name"] as string,
    atMs: Number(row["at_ms"]),
    windowMs: Number(row["window_ms"]),
    used: {
      cpuMillis: Number(row["cpu_millis"]),
      memoryMiB: Number(row["memory_mib"]),
      gpuMillis: Number(row["gpu_millis"]),
      networkKbps: Number(row["network_kbps"]),
    },
    saturated: row["saturated"] as boolean,
  };
}
