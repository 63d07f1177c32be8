import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { InputError } from "../issues.ts";
import type { SpilledRequests } from "../large/spilled-requests.ts";
import { ParquetDatabase } from "../parquet.ts";
import { demandFolder, type OnBytes, readCsvBytes, readCsvFile, readCsvText, summarizeFile } from "../source-file.ts";
import type { Trace } from "../trace.ts";
import type { MappedTable } from "./mapped-table.ts";
import { type CanonicalOptions, CanonicalReader } from "./reader.ts";
import { CANONICAL_LAYOUTS, CANONICAL_TABLES, type CanonicalTable } from "./tables.ts";

/**
 * A trace from canonical tables as CSV texts.
 * @throws InputError listing what is wrong, by table, line and column.
 */
export function fromCanonical(texts: Readonly<Partial<Record<CanonicalTable, string>>>, options: CanonicalOptions = {}): Trace {
  const reader = new CanonicalReader(options);
  for (const table of CANONICAL_TABLES) {
    const text = texts[table];
    const where = `${table}.csv`;
    if (text !== undefined) readCsvText(text, where, reader.issues, reader.open(table, where));
  }
  return reader.finish();
}

/** `fromCanonical` on streams of bytes. */
export async function fromCanonicalStreams(
  streams: Readonly<Partial<Record<CanonicalTable, AsyncIterable<Uint8Array>>>>,
  options: CanonicalOptions = {},
): Promise<Trace> {
  const reader = new CanonicalReader(options);
  for (const table of CANONICAL_TABLES) {
    const stream = streams[table];
    const where = `${table}.csv`;
    if (stream !== undefined) await readCsvBytes(stream, where, reader.issues, reader.open(table, where));
  }
  return reader.finish();
}

/**
 * A trace from a folder of canonical tables: `requests.csv`, `.csv.gz` or `.parquet`, and so on; or the files that the mapping names.
 * @param spilled where the requests go instead of into memory: see `TraceBuilder.finish`.
 * @throws InputError listing what is wrong, by file, line (of Parquet: row) and column.
 */
export async function loadCanonical(
  directory: string,
  options: CanonicalOptions = {},
  onBytes?: OnBytes,
  spilled: SpilledRequests | null = null,
): Promise<Trace> {
  demandFolder(directory);
  const reader = new CanonicalReader({ name: basename(resolve(directory)), ...options }, spilled);
  await readFolder(directory, options, reader, onBytes);
  return reader.finishLarge();
}

async function readFolder(
  directory: string,
  options: CanonicalOptions,
  reader: CanonicalReader,
  onBytes?: OnBytes,
): Promise<void> {
  const files = findFiles(directory, options, reader);
  for (const [table, file] of files) {
    const handler = reader.open(table, file);
    const path = join(directory, file);
    if (!file.endsWith(".parquet")) {
      reader.addFile(await readCsvFile(path, reader.issues, handler, onBytes));
      continue;
    }
    await scanParquet(path, file, table, reader, handler, onBytes);
  }
  const extra = readdirSync(directory).filter((name) => !files.some(([, file]) => file === name));
  if (extra.length > 0) reader.note(`files not used: ${extra.slice(0, 20).join(", ")}${extra.length > 20 ? ", …" : ""}`);
}

function findFiles(directory: string, { mapping }: CanonicalOptions, reader: CanonicalReader): [CanonicalTable, string][] {
  const files: [CanonicalTable, string][] = [];
  // A link to nothing is listed, and reading it says so.
  const names = new Set(readdirSync(directory));
  for (const table of CANONICAL_TABLES) {
    const named = mapping?.[table]?.file;
    const candidates =
      named === undefined
        ? [`${table}.csv`, `${table}.csv.gz`, `${table}.parquet`]
        : [named, ...(named.endsWith(".csv") ? [`${named}.gz`] : [])];
    const found = candidates.filter((file) => names.has(file) || existsSync(join(directory, file)));
    const [file] = found;
    if (file !== undefined) files.push([table, file]);
    if (found.length > 1) {
      reader.issues.add({ where: directory, expected: `one file for ${table}`, found: found.join(", ") });
    } else if (file === undefined && named !== undefined) {
      reader.issues.add({
        where: join(directory, named),
        expected: `the file that the mapping names for ${table}`,
        found: "no such file",
      });
    }
  }
  if (!files.some(([table]) => table === "requests" || table === "usage")) {
    const hint = "files of other names need a mapping";
    throw new InputError([
      { where: directory, expected: "requests.csv, requests.csv.gz or requests.parquet", found: "none of them", hint },
    ]);
  }
  return files;
}

async function scanParquet(
  path: string,
  file: string,
  table: CanonicalTable,
  reader: CanonicalReader,
  handler: MappedTable,
  onBytes?: OnBytes,
): Promise<void> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    reader.issues.add({
      where: file,
      expected: "a file",
      found: existsSync(path) ? "a folder, pipe or device" : "nothing there",
    });
    return;
  }
  reader.addFile(await summarizeFile(path, onBytes));
  const texts = [...CANONICAL_LAYOUTS[table].texts.map((column) => handler.table.nameOf(column)), ...handler.texts];
  const database = await ParquetDatabase.open(null);
  try {
    await database.scan(path, texts, handler);
  } catch (error) {
    const found = (error as Error).message.split("\n")[0] as string;
    reader.issues.add({ where: file, expected: "a Parquet file", found });
  } finally {
    database.close();
  }
}
