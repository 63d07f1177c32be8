import { closeSync, createReadStream, openSync, readdirSync, readSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const SUFFIX = ".prae.gz";
const DIGITS = 16;

/** A file of a journal that is a row of them: they joined are the journal. */
export interface Segment {
  readonly path: string;
  /** Where in the journal it begins, in bytes. */
  readonly start: number;
  readonly end: number;
}

/** The file that begins at byte `start` of the journal whose first file is `path`: `journal.prae.gz`, then `journal-0000000268435456.prae.gz`. */
export function segmentPath(path: string, start: number): string {
  if (start === 0) return path;
  const { stem, suffix } = partsOf(path);
  return join(dirname(path), `${stem}-${String(start).padStart(DIGITS, "0")}${suffix}`);
}

/** Those that are there, in order. A journal that never became too long for one file has one. */
export function segmentsOf(path: string): Segment[] {
  const { stem, suffix } = partsOf(path);
  const starts = new Map([[basename(path), 0]]);
  const folder = dirname(path);
  for (const name of statSync(folder, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(folder)) {
    const digits = name.slice(stem.length + 1, name.length - suffix.length);
    if (/^\d{16}$/.test(digits) && name === `${stem}-${digits}${suffix}`) starts.set(name, Number(digits));
  }
  return [...starts]
    .flatMap(([name, start]): Segment[] => {
      const file = statSync(join(folder, name), { throwIfNoEntry: false });
      return file?.isFile() === true ? [{ path: join(folder, name), start, end: start + file.size }] : [];
    })
    .sort((a, b) => a.start - b.start);
}

/** What is missing of the journal's bytes from `from` on, before or between those that are there, in words; `null`: nothing. */
export function gapIn(segments: readonly Segment[], from: number): string | null {
  let at = from;
  for (const { path, start, end } of segments) {
    if (end < at || (end === at && start < at)) continue;
    if (start > at) return `bytes ${at} to ${start} of the journal, which come before ${basename(path)}`;
    at = end;
  }
  return null;
}

/** Bytes of the journal. @returns fewer, where it ends before `to`. */
export function readBytes(segments: readonly Segment[], from: number, to: number): Buffer {
  const parts: Buffer[] = [];
  for (const { path, start, end } of segments) {
    const [first, last] = [Math.max(from, start), Math.min(to, end)];
    if (first < last) parts.push(readPart(path, first - start, last - first));
  }
  return Buffer.concat(parts);
}

function readPart(path: string, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const file = openSync(path, "r");
  let at = 0;
  try {
    for (let read = -1; at < length && read !== 0; at += read) read = readSync(file, bytes, at, length - at, position + at);
  } finally {
    closeSync(file);
  }
  return bytes.subarray(0, at);
}

/** The journal's bytes from `from` on, in parts: to where its files end once they are read, and no further than `to`. */
export async function* partsIn(
  segments: readonly Segment[],
  from: number,
  to: number,
  partBytes: number,
): AsyncGenerator<Buffer> {
  for (const [i, { path, start }] of segments.entries()) {
    const next = segments[i + 1];
    if (Math.max(start, from) >= to || (next !== undefined && next.start <= from)) continue;
    const first = Math.max(0, from - start);
    yield* createReadStream(path, { start: first, end: to - start - 1, highWaterMark: partBytes }) as AsyncIterable<Buffer>;
  }
}

function partsOf(path: string): { readonly stem: string; readonly suffix: string } {
  const name = basename(path);
  const suffix = name.endsWith(SUFFIX) ? SUFFIX : "";
  return { stem: name.slice(0, name.length - suffix.length), suffix };
}
