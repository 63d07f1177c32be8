import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { InputError } from "../../datasets/issues.ts";
import { CELL_COLUMNS, type RunCells } from "./cells.ts";

const FORMAT = "prae-cells-1";
const EXPECTED = "the cells of a run, as prae wrote them beside its run record";

/**
 * The cells as a file: gzip over a line of JSON (everything but the sums), a line feed, and the sums as 64-bit floating point
 * numbers, least significant byte first.
 */
export function encodeCells(cells: RunCells): Buffer {
  return gzipSync(plainBytes(cells));
}

/** SHA-256, hex, over the uncompressed content. */
export function digestOfCells(cells: RunCells): string {
  return createHash("sha256").update(plainBytes(cells)).digest("hex");
}

function plainBytes({ sums, ...header }: RunCells): Buffer {
  const line = Buffer.from(`${JSON.stringify({ format: FORMAT, columns: CELL_COLUMNS, ...header })}\n`);
  const body = Buffer.alloc(sums.length * 8);
  for (let index = 0; index < sums.length; index++) body.writeDoubleLE(sums[index]!, index * 8);
  return Buffer.concat([line, body]);
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
  const { format, columns, ...header } = JSON.parse(plain.toString("utf8", 0, lineEnd)) as Record<string, unknown>;
  if (format !== FORMAT || JSON.stringify(columns) !== JSON.stringify(CELL_COLUMNS)) {
    throw refuse(`${String(format)} with other columns: written by another version of PRAE; run the simulation again`);
  }
  const sums = new Float64Array((plain.length - lineEnd - 1) / 8);
  for (let index = 0; index < sums.length; index++) sums[index] = plain.readDoubleLE(lineEnd + 1 + index * 8);
  return { ...(header as Omit<RunCells, "sums">), sums };
}
