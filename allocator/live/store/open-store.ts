import { DuckDbDatabase } from "./duckdb-database.ts";
import { PostgresDatabase } from "./postgres-database.ts";
import { SqlStore } from "./sql-store.ts";
import type { Store } from "./store.ts";

/**
 * The store at `address`: `postgres://user@host/database`, or else the path of a DuckDB file, made where it is not there.
 * @throws StoreError where it cannot be opened, or a newer PRAE was there.
 */
export async function openStore(address: string): Promise<Store> {
  const isPostgres = /^postgres(ql)?:\/\//.test(address) && URL.canParse(address);
  return SqlStore.open(await (isPostgres ? PostgresDatabase.open(address) : DuckDbDatabase.open(address)));
}
