import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AtomicOptions, writeAtomically } from "./atomic.ts";
import {
  columnsOfRequests,
  columnsOfUsage,
  requestColumns,
  requestsOfColumns,
  USAGE_COLUMNS,
  usageOfColumns,
} from "./column-tables.ts";
import { traceDigest } from "./digest.ts";
import { IssueList } from "./issue-list.ts";
import { InputError, type Issue } from "./issues.ts";
import { MOST_IN_MEMORY, type Spill, SpilledRequests } from "./large/spilled-requests.ts";
import { checkTrace } from "./laws.ts";
import { type ColumnKind, type ColumnSource, type ColumnValues, ParquetDatabase } from "./parquet.ts";
import { APPS, CONTEXT, columnsOfRows, NODES, type RowTable, rowsOfColumns, TIERS, USERS } from "./row-tables.ts";
import { summarizeFile } from "./source-file.ts";
import { parseStoredManifest, type StoredManifest, type StoredTable, TABLE_NAMES, type TableName } from "./stored-manifest.ts";
import type { Trace } from "./trace.ts";

const MANIFEST = "manifest.json";

/**
 * Writes a trace directory: `manifest.json` and a Parquet file a table, whole or not at all.
 * @throws InputError when the trace breaks a law, or when `directory` is there and may not be replaced: with `replace` only a trace
 * directory or an empty one is.
 */
export async function writeTrace(trace: Trace, directory: string, options: AtomicOptions): Promise<void> {
  const issues = checkTrace(trace);
  if (issues.length > 0) throw new InputError(issues);
  checkDestination(directory, options);
  await writeAtomically(directory, options, async (temporary) => {
    await mkdir(temporary);
    await writeTables(trace, temporary, null);
  });
}

/**
 * Writes the trace directory of a trace that may have more requests than fit in memory. `load` gives the trace. Where it opens
 * `spill`, it puts all requests there, which keeps them in a file beside the directory, and gives the rest of the trace.
 */
export async function writeLargeTrace(
  directory: string,
  options: AtomicOptions,
  load: (spill: Spill) => Promise<Trace>,
): Promise<Trace> {
  checkDestination(directory, options);
  return writeAtomically(directory, options, async (temporary) => {
    const work = join(temporary, "spill");
    await mkdir(work, { recursive: true });
    let spilled: SpilledRequests | null = null;
    try {
      const trace = await load({
        aboveRequests: MOST_IN_MEMORY,
        async open() {
          spilled ??= await SpilledRequests.open(work);
          return spilled;
        },
      });
      const issues = spilled === null ? checkTrace(trace) : [];
      if (issues.length > 0) throw new InputError(issues);
      await writeTables(trace, temporary, spilled);
      return trace;
    } finally {
      (spilled as SpilledRequests | null)?.close();
      rmSync(work, { recursive: true, force: true });
    }
  });
}

async function writeTables(trace: Trace, temporary: string, spilled: SpilledRequests | null): Promise<void> {
  const tables: Partial<Record<TableName, StoredTable>> = {};
  const note = async (table: TableName, rows: number, file: string) => {
    tables[table] = { rows, bytes: statSync(file).size, sha256: (await summarizeFile(file)).sha256 };
  };
  const database = await ParquetDatabase.open(temporary);
  try {
    for (const { table, rows, columns } of tablesOf(trace)) {
      const file = join(temporary, `${table}.parquet`);
      if (table === "requests" && spilled !== null) await spilled.writeParquet(file);
      else await database.write(file, columns, rows);
      await note(table, rows, file);
    }
  } finally {
    database.close();
    if (spilled === null) rmSync(join(temporary, "spill"), { recursive: true, force: true });
  }
  const requestIds = spilled === null ? trace.requests.names !== null : spilled.named > 0;
  const manifest: StoredManifest = { ...trace.manifest, requestIds, tables };
  await writeFile(join(temporary, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
}

/**
 * To be asked before long work, too.
 * @throws InputError when `writeTrace` would refuse this place. A slip of `--out … --force` cannot delete a folder of something else.
 */
export function checkDestination(directory: string, { replace }: AtomicOptions): void {
  const stat = statSync(directory, { throwIfNoEntry: false });
  if (stat === undefined) return;
  const isTrace = stat.isDirectory() && (readdirSync(directory).length === 0 || existsSync(join(directory, MANIFEST)));
  if (replace && isTrace) return;
  const found = isTrace ? "one that does" : stat.isDirectory() ? "a folder of something else" : "a file";
  const expected = replace ? "a trace directory to replace" : "a place that does not exist yet";
  const hint = isTrace ? "choose another --out, or add --force" : "choose another --out";
  throw new InputError([{ where: directory, expected, found, hint }]);
}

interface TableSource {
  readonly table: TableName;
  readonly rows: number;
  readonly columns: readonly ColumnSource[];
}

function tablesOf(trace: Trace): TableSource[] {
  const ofRows = <Row>(table: TableName, codec: RowTable<Row>, rows: readonly Row[]): TableSource => ({
    table,
    rows: rows.length,
    columns: columnsOfRows(codec, rows),
  });
  const { tiers, users, apps, nodes, requests, usage, context } = trace;
  const tables = [ofRows("tiers", TIERS, tiers), ofRows("users", USERS, users), ofRows("apps", APPS, apps)];
  if (nodes !== null) tables.push(ofRows("nodes", NODES, nodes));
  tables.push({ table: "requests", rows: requests.count, columns: columnsOfRequests(requests) });
  if (usage !== null) tables.push({ table: "usage", rows: usage.count, columns: columnsOfUsage(usage) });
  if (context.length > 0) tables.push(ofRows("context", CONTEXT, context));
  return tables;
}

/**
 * Reads a trace directory.
 * @throws InputError when it is not one, when a file is missing or not the one that was written (its SHA-256 is in the manifest),
 * or when the tables do not have the manifest's digest.
 */
export async function loadTrace(directory: string): Promise<Trace> {
  const manifest = readManifest(directory);
  await checkFiles(directory, manifest);
  const database = await ParquetDatabase.open(null);
  try {
    const trace = await readTables(database, directory, manifest);
    const { window, epochMs, digest } = trace.manifest;
    const issues: Issue[] = [...checkTrace(trace)];
    const found = traceDigest({ ...trace, window, epochMs });
    if (found !== digest)
      issues.push({ where: join(directory, MANIFEST), path: "digest", expected: found, found: digest, hint: IMPORT_AGAIN });
    if (issues.length > 0) throw new InputError(issues);
    return trace;
  } finally {
    database.close();
  }
}

const IMPORT_AGAIN = "the directory was changed after it was written; import the trace again";

function readManifest(directory: string): StoredManifest {
  const where = join(directory, MANIFEST);
  const refuse = (found: string): never => {
    const hint = "prae import and prae synth write one";
    throw new InputError([{ where: directory, expected: `a trace directory, with ${MANIFEST} in it`, found, hint }]);
  };
  if (!existsSync(directory)) return refuse("nothing there");
  if (!statSync(directory).isDirectory()) return refuse("a file");
  if (!existsSync(where) || !statSync(where).isFile()) return refuse(`no file ${MANIFEST}`);
  return parseStoredManifest(readFileSync(where, "utf8"), where);
}

async function checkFiles(directory: string, manifest: StoredManifest): Promise<void> {
  const issues = new IssueList();
  for (const name of TABLE_NAMES) {
    const table = manifest.tables[name];
    if (table === undefined) continue;
    const where = join(directory, `${name}.parquet`);
    if (!existsSync(where) || !statSync(where).isFile()) {
      issues.add({ where, expected: "the file that the manifest lists", found: "no such file", hint: IMPORT_AGAIN });
      continue;
    }
    const { size } = statSync(where);
    const found = size === table.bytes ? (await summarizeFile(where)).sha256 : `${size} bytes`;
    const expected = size === table.bytes ? `SHA-256 ${table.sha256}` : `${table.bytes} bytes`;
    if (size !== table.bytes || found !== table.sha256) issues.add({ where, expected, found, hint: IMPORT_AGAIN });
  }
  issues.throwIfAny();
}

async function readTables(database: ParquetDatabase, directory: string, stored: StoredManifest): Promise<Trace> {
  const { requestIds, tables, ...manifest } = stored;
  const read = async (name: TableName, columns: Readonly<Record<string, ColumnKind>>): Promise<Record<string, ColumnValues>> => {
    const where = join(directory, `${name}.parquet`);
    const wanted = Object.entries(columns).map(([column, kind]) => ({ name: column, kind }));
    try {
      return await database.read(where, wanted, tables[name]?.rows ?? 0);
    } catch (error) {
      const expected = `the columns ${Object.keys(columns).join(", ")}, ${tables[name]?.rows} rows`;
      throw new InputError([{ where, expected, found: firstLine(error), hint: IMPORT_AGAIN }]);
    }
  };
  const rows = async <Row>(name: TableName, codec: RowTable<Row>): Promise<Row[]> =>
    rowsOfColumns(codec, await read(name, codec.columns), tables[name]?.rows ?? 0);
  const requests = tables.requests?.rows ?? 0;
  return {
    manifest,
    tiers: await rows("tiers", TIERS),
    users: await rows("users", USERS),
    apps: await rows("apps", APPS),
    nodes: tables.nodes === undefined ? null : await rows("nodes", NODES),
    requests: requestsOfColumns(await read("requests", requestColumns(requestIds)), requests),
    usage: tables.usage === undefined ? null : usageOfColumns(await read("usage", USAGE_COLUMNS), tables.usage.rows),
    context: tables.context === undefined ? [] : await rows("context", CONTEXT),
  };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] as string;
}
