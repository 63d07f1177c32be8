import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { InputError } from "../../datasets/issues.ts";
import { CELL_COLUMNS, type RunCells } from "./cells.ts";
import { WAIT_BUCKETS } from "./wait-buckets.ts";

const FORMAT = "prae-cells-2";
const EXPECTED = "the cells of a run, as prae wrote them beside its run record";

/**
 * The cells as a file: gzip over a line of JSON (everything but the numbers, and how many waits there are), a line feed, and as
 * 64-bit floating point numbers, least significant byte first: the sums; the shortest and longest wait of each bucket; of the
 * waits their cells, their buckets, their counts.
 */
export function encodeCells(cells: RunCells): Buffer {
  return gzipSync(plainBytes(cells));
}

/** SHA-256, hex, over the uncompressed content. */
export function digestOfCells(cells: RunCells): string {
  return createHash("sha256").update(plainBytes(cells)).digest("hex");
}

function plainBytes({ sums, waits, ...header }: RunCells): Buffer {
  const { shortestMs, longestMs, cell, bucket, count } = waits;
  const line = { format: FORMAT, columns: CELL_COLUMNS, ...header, waits: cell.length };
  const parts = [sums, shortestMs, longestMs, cell, bucket, count].map(doubles);
  return Buffer.concat([Buffer.from(`${JSON.stringify(line)}\n`), ...parts]);
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
  const { format, columns, waits, ...header } = JSON.parse(plain.toString("utf8", 0, lineEnd)) as Record<string, unknown>;
  if (format !== FORMAT || JSON.stringify(columns) !== JSON.stringify(CELL_COLUMNS)) {
    throw refuse(`${String(format)} with other columns: written by another version of PRAE; run the simulation again`);
  }
  const entries = waits as number;
  let at = lineEnd + 1;
  const take = (count: number) => {
    const numbers = Float64Array.from({ length: count }, (_, index) => plain.readDoubleLE(at + index * 8));
    at += count * 8;
    return numbers;
  };
  const sums = take((plain.length - at) / 8 - 2 * WAIT_BUCKETS - 3 * entries);
  const [shortestMs, longestMs] = [take(WAIT_BUCKETS), take(WAIT_BUCKETS)];
  const [cell, bucket, count] = [Uint32Array.from(take(entries)), Uint16Array.from(take(entries)), take(entries)];
  return { ...(header as Omit<RunCells, "sums" | "waits">), sums, waits: { cell, bucket, count, shortestMs, longestMs } };
}
