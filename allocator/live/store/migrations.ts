import type { Database } from "./database.ts";
import { StoreError } from "./store.ts";

/**
 * Each brings a database from the version before to its own, and never changes once it was released. In the dialect that both databases
 * share.
 */
export const MIGRATIONS: readonly (readonly string[])[] = [
  [
    "CREATE TABLE prae_runs (run TEXT PRIMARY KEY, events BIGINT NOT NULL)",
    `CREATE TABLE prae_profiles (
      run TEXT NOT NULL, user_name TEXT NOT NULL, since_ms BIGINT NOT NULL, tier TEXT NOT NULL, role TEXT NOT NULL,
      time_zone TEXT NOT NULL, permissions TEXT, opt_out TEXT NOT NULL, PRIMARY KEY (run, user_name))`,
    `CREATE TABLE prae_usage (
      run TEXT NOT NULL, ordinal BIGINT NOT NULL, user_name TEXT NOT NULL, at_ms BIGINT NOT NULL, window_ms BIGINT NOT NULL,
      cpu_millis BIGINT NOT NULL, memory_mib BIGINT NOT NULL, gpu_millis BIGINT NOT NULL, network_kbps BIGINT NOT NULL,
      saturated BOOLEAN NOT NULL, PRIMARY KEY (run, ordinal))`,
    "CREATE INDEX prae_usage_by_time ON prae_usage (run, at_ms)",
  ],
  [
    `CREATE TABLE prae_documents (
      kind TEXT NOT NULL, id TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (kind, id))`,
  ],
];

/**
 * Brings the database to the newest version, one migration after another in one transaction.
 * @throws StoreError where a newer PRAE was here.
 */
export async function migrate(database: Database, migrations = MIGRATIONS): Promise<void> {
  await database.transaction(async (queries) => {
    await queries.rows("CREATE TABLE IF NOT EXISTS prae_schema (version INTEGER NOT NULL)");
    const [row] = await queries.rows("SELECT max(version) AS version FROM prae_schema");
    const version = Number(row?.["version"] ?? 0);
    if (version > migrations.length) {
      const found = `${database.name} is of version ${version}, and this PRAE knows ${migrations.length}`;
      throw new StoreError(found, "use the PRAE that was here last, or a newer one");
    }
    for (const [i, statements] of migrations.entries()) {
      if (i < version) continue;
      for (const statement of statements) await queries.rows(statement);
      await queries.rows("INSERT INTO prae_schema VALUES ($1)", [i + 1]);
    }
  });
}
