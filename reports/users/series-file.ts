import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { InputError } from "../../datasets/issues.ts";
import { USER_MEASURES, type UserRow, type UserSeries } from "./series.ts";

const FORMAT = "prae-users-1";
const EXPECTED = "the users' series of a run, as prae wrote them beside its run record";

/**
 * Users' series as a file: gzip over a line of JSON (everything but the numbers), a line feed, of each row its user and its measure
 * (32-bit integers) and its maximum (64-bit floating point), least significant byte first, then the levels, a byte each.
 */
export function encodeUsers(series: UserSeries): Buffer {
  return gzipSync(plainBytes(series));
}

/** SHA-256, hex, over the uncompressed content. */
export function digestOfUsers(series: UserSeries): string {
  return createHash("sha256").update(plainBytes(series)).digest("hex");
}

const ROW_BYTES = 16;

function plainBytes({ rows, levels, ...header }: UserSeries): Buffer {
  const line = Buffer.from(`${JSON.stringify({ format: FORMAT, measures: USER_MEASURES, ...header, rows: rows.length })}\n`);
  const table = Buffer.alloc(rows.length * ROW_BYTES);
  for (const [index, { user, measure, max }] of rows.entries()) {
    table.writeUInt32LE(user, index * ROW_BYTES);
    table.writeUInt32LE(USER_MEASURES.indexOf(measure), index * ROW_BYTES + 4);
    table.writeDoubleLE(max, index * ROW_BYTES + 8);
  }
  return Buffer.concat([line, table, levels]);
}

/**
 * @param digest what the run record says of them.
 * @throws InputError when these are no users' series, or not those of that record.
 */
export function decodeUsers(bytes: Buffer, digest: string, where: string): UserSeries {
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
  const { format, measures, rows: count, ...header } = JSON.parse(plain.toString("utf8", 0, lineEnd)) as Record<string, unknown>;
  if (format !== FORMAT || JSON.stringify(measures) !== JSON.stringify(USER_MEASURES)) {
    throw refuse(`${String(format)} with other measures: written by another version of PRAE; run the simulation again`);
  }
  const rows = Array.from({ length: count as number }, (_, index): UserRow => {
    const at = lineEnd + 1 + index * ROW_BYTES;
    const measure = USER_MEASURES[plain.readUInt32LE(at + 4)]!;
    return { user: plain.readUInt32LE(at), measure, max: plain.readDoubleLE(at + 8) };
  });
  const levels = new Uint8Array(plain.subarray(lineEnd + 1 + rows.length * ROW_BYTES));
  return { ...(header as Omit<UserSeries, "rows" | "levels">), rows, levels };
}
