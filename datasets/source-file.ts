import { createHash } from "node:crypto";
import { createReadStream, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { type CsvHandler, CsvParser } from "./csv.ts";
import type { IssueList } from "./issue-list.ts";
import { InputError } from "./issues.ts";

/** An input file as the manifest names it. */
export interface FileSummary {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Called with the bytes of input read since the last call. */
export type OnBytes = (bytes: number) => void;

/** Takes a text in pieces of any length. */
export interface TextSink {
  push(text: string): void;
  /** Not called where the text could not be read to its end. */
  end(): void;
}

/**
 * Reads a CSV file, plain or `.gz`, line by line. What is wrong with the file goes to `issues`: missing, a folder, a truncated or
 * damaged gzip, text that is not UTF-8, CSV that is malformed.
 */
export async function readCsvFile(path: string, issues: IssueList, handler: CsvHandler, onBytes?: OnBytes): Promise<FileSummary> {
  return readTextFile(path, issues, new CsvParser(basename(path), issues, handler), onBytes);
}

/** `readCsvFile` for a text of another kind. */
export async function readTextFile(path: string, issues: IssueList, sink: TextSink, onBytes?: OnBytes): Promise<FileSummary> {
  const name = basename(path);
  const tally = { bytes: 0, hash: createHash("sha256") };
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() === false) {
    // Opening a pipe would wait for ever.
    issues.add({ where: name, expected: "a file", found: stat.isDirectory() ? "a folder" : "a pipe or device" });
    return { name, bytes: 0, sha256: tally.hash.digest("hex") };
  }
  const raw = countedBytes(path, tally, onBytes);
  // Errors reach whoever iterates over the last stream; the callback must exist all the same.
  const bytes = path.endsWith(".gz") ? pipeline(raw, createGunzip({ chunkSize: 1 << 18 }), () => {}) : raw;
  await readTextBytes(bytes, name, issues, sink);
  return { name, bytes: tally.bytes, sha256: tally.hash.digest("hex") };
}

/** `readCsvFile` on bytes from anywhere; `where` names them in issues. */
export async function readCsvBytes(
  bytes: AsyncIterable<Uint8Array>,
  where: string,
  issues: IssueList,
  handler: CsvHandler,
): Promise<void> {
  return readTextBytes(bytes, where, issues, new CsvParser(where, issues, handler));
}

async function readTextBytes(bytes: AsyncIterable<Uint8Array>, where: string, issues: IssueList, sink: TextSink): Promise<void> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for await (const piece of bytes) sink.push(decoder.decode(piece, { stream: true }));
    sink.push(decoder.decode());
  } catch (error) {
    const problem = problemOf(error);
    if (problem === null) throw error;
    issues.add({ where, ...problem });
    return;
  }
  sink.end();
}

/** `readCsvFile` on a text. A byte order mark is skipped here; the decoder of the others does so by itself. */
export function readCsvText(text: string, where: string, issues: IssueList, handler: CsvHandler): void {
  const parser = new CsvParser(where, issues, handler);
  parser.push(text.startsWith("\uFEFF") ? text.slice(1) : text);
  parser.end();
}

async function* countedBytes(path: string, tally: { bytes: number; hash: ReturnType<typeof createHash> }, onBytes?: OnBytes) {
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 18 })) {
    const bytes = piece as Buffer;
    tally.bytes += bytes.length;
    tally.hash.update(bytes);
    onBytes?.(bytes.length);
    yield bytes;
  }
}

/** What the input did wrong; `null`: the fault is not the input's. */
function problemOf(error: unknown): { expected: string; found: string; hint?: string } | null {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
      return { expected: "a file", found: "nothing there" };
    case "Z_BUF_ERROR":
      return { expected: "a whole gzip file", found: "one that ends too early", hint: "was the download cut short?" };
    case "ERR_ENCODING_INVALID_ENCODED_DATA":
      return { expected: "UTF-8 text", found: "other bytes" };
  }
  return code?.startsWith("Z_") ? { expected: "a gzip file", found: message } : null;
}

/** Reads a file only for the manifest. */
export async function summarizeFile(path: string, onBytes?: OnBytes): Promise<FileSummary> {
  const tally = { bytes: 0, hash: createHash("sha256") };
  for await (const _ of countedBytes(path, tally, onBytes));
  return { name: basename(path), bytes: tally.bytes, sha256: tally.hash.digest("hex") };
}

/** Size of a file, or of the files in a folder, for progress; 0 where there is neither. */
export function totalBytes(directory: string): number {
  const stat = statSync(directory, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.size ?? 0;
  return readdirSync(directory).reduce(
    (sum, name) => sum + (statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

/** @throws InputError unless `path` is a folder. */
export function demandFolder(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return;
  throw new InputError([{ where: path, expected: "a folder", found: stat === undefined ? "nothing there" : "a file" }]);
}
