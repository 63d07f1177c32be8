import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { InputError } from "../../datasets/issues.ts";
import { CELL_COLUMNS, type RunCells } from "./cells.ts";
import { BUCKETED, type Bucketed, WAIT_BUCKETS, type WaitCells } from "./wait-buckets.ts";

const FORMAT = "prae-cells-3";
const EXPECTED = "the cells of a run, as prae wrote them beside its run record";

/**
 * The cells as a file: gzip over a line of JSON (everything but the numbers, and how many values there are of each kind), a line
 * feed, and as 64-bit floating point numbers, least significant byte first: the sums; then of each kind of values the shortest and
 * longest of each bucket, their cells, their buckets, their counts.
 */
export function encodeCells(cells: RunCells): Buffer {
  return gzipSync(plainBytes(cells));
}

/** SHA-256, hex, over the uncompressed content. */
export function digestOfCells(cells: RunCells): string {
  return createHash("sha256").update(plainBytes(cells)).digest("hex");
}

function plainBytes({ sums, waits, queueWaits, dayDecisions, ...header }: RunCells): Buffer {
  const values = { waits, queueWaits, dayDecisions };
  const counts = Object.fromEntries(BUCKETED.map((name) => [name, values[name].cell.length]));
  const line = { format: FORMAT, columns: CELL_COLUMNS, ...header, values: counts };
  const parts = BUCKETED.flatMap((name) => {
    const { shortestMs, longestMs, cell, bucket, count } = values[name];
    return [shortestMs, longestMs, cell, bucket, count];
  });
  return Buffer.concat([Buffer.from(`${JSON.stringify(line)}\n`), ...[sums, ...parts].map(doubles)]);
}

function doubles(numbers: Float64Array | Uint32Array | Uint16Array): Buffer {
  const bytes = Buffer.alloc(numbers.length * 8);
  for (let index = 0; index < numbers.length; index++) bytes.writeDoubleLE(numbers[index]!, index * 8);
  return bytes;
}

/**
 * @param digest what the run record says of them.
 * @throws InputError when these are no cells, or not those of that record.
 */
export function decodeCells(bytes: Buffer, digest: string, where: string): RunCells {
  const refuse = (found: string) => new InputError([{ where, expected: EXPECTED, found }]);
  let plain: Buffer;
  try {
    plain = gunzipSync(bytes);
  } catch {
    throw refuse("no whole gzip file");
  }
  const found = createHash("sha256").update(plain).digest("hex");
  if (found !== digest) throw refuse(`the digest ${found}, where the run record says ${digest}`);
  const lineEnd = plain.indexOf(10);
  const { format, columns, values, ...header } = JSON.parse(plain.toString("utf8", 0, lineEnd)) as Record<string, unknown>;
  if (format !== FORMAT || JSON.stringify(columns) !== JSON.stringify(CELL_COLUMNS)) {
    throw refuse(`${String(format)} with other columns: written by another version of PRAE; run the simulation again`);
  }
  const counts = values as Record<Bucketed, number>;
  let at = lineEnd + 1;
  const take = (count: number) => {
    const numbers = Float64Array.from({ length: count }, (_, index) => plain.readDoubleLE(at + index * 8));
    at += count * 8;
    return numbers;
  };
  const sums = take((plain.length - at) / 8 - BUCKETED.reduce((total, name) => total + 2 * WAIT_BUCKETS + 3 * counts[name], 0));
  const takeValues = (entries: number): WaitCells => {
    const [shortestMs, longestMs] = [take(WAIT_BUCKETS), take(WAIT_BUCKETS)];
    const [cell, bucket, count] = [Uint32Array.from(take(entries)), Uint16Array.from(take(entries)), take(entries)];
    return { cell, bucket, count, shortestMs, longestMs };
  };
  const taken = Object.fromEntries(BUCKETED.map((name) => [name, takeValues(counts[name])])) as Record<Bucketed, WaitCells>;
  return { ...(header as Omit<RunCells, "sums" | Bucketed>), sums, ...taken };
}
