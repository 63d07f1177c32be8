import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DuckDbDatabase } from "../../../../allocator/live/store/duckdb-database.ts";
import { MIGRATIONS, migrate } from "../../../../allocator/live/store/migrations.ts";
import { openStore } from "../../../../allocator/live/store/open-store.ts";
import { StoreError } from "../../../../allocator/live/store/store.ts";
import { testFolder } from "../../../support/prae.ts";
import { testStoreContract } from "../../../support/store-contract.ts";

const folder = testFolder("store");
testStoreContract(() => openStore(join(folder, "contract.duckdb")));

async function refusal(promise: Promise<unknown>): Promise<StoreError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.instance(error, StoreError);
  return error as StoreError;
}

test("a database of an older version is brought to the newest, with what it holds", async () => {
  const path = join(folder, "old.duckdb");
  const old = await DuckDbDatabase.open(path);
  await migrate(old, MIGRATIONS.slice(0, 1));
  await old.rows("INSERT INTO prae_runs VALUES ('run', 5)");
  await old.close();
  const store = await openStore(path);
  assert.is(await store.events("run"), 5);
  assert.equal(await store.documents("model"), []);
  await store.close();
});

test("a migration that fails changes nothing, and a newer PRAE's database is refused", async () => {
  const path = join(folder, "newer.duckdb");
  const database = await DuckDbDatabase.open(path);
  await refusal(migrate(database, [...MIGRATIONS, ["CREATE TABLE prae_new (x INTEGER)", "CREATE TABLE nonsense"]]));
  assert.equal(await database.rows("SELECT table_name FROM information_schema.tables"), []);
  await migrate(database, [...MIGRATIONS, ["CREATE TABLE prae_new (x INTEGER)"]]);
  await database.close();
  assert.match(
    (await refusal(openStore(path))).message,
    new RegExp(`version ${MIGRATIONS.length + 1}.*knows ${MIGRATIONS.length}`),
  );
});

test("what is no database, or cannot be reached, is refused in words", async () => {
  assert.match((await refusal(openStore(join(folder, "nowhere", "x.duckdb")))).message, /nowhere/);
  const away = await refusal(openStore("postgres://me:secret@127.0.0.1:1/prae"));
  assert.match(away.message, /^postgres:\/\/127\.0\.0\.1:1\/prae: .*ECONNREFUSED/);
  assert.not.match(away.message, /secret/);
});

test.run();
