import { gunzipSync, gzipSync } from "node:zlib";

/**
 * A gzip member that says how long it is, in an extra field of its header (RFC 1952, 2.3.1.1), so that members can be told apart without
 * decompressing them. Any gzip reader reads it.
 */
const GZIP_HEADER_BYTES = 10;
/** Length of the field as a whole (8); its name, "PR"; the length of its value (4). */
const EXTRA_HEADER = Buffer.from([8, 0, 0x50, 0x52, 4, 0]);
const EXTRA_BYTES = EXTRA_HEADER.length + 4;
const HAS_EXTRA = 4;
const LEVEL = 1;
/** ID1, ID2, the method, the flags. */
const START = Buffer.from([0x1f, 0x8b, 8, HAS_EXTRA]);
const SHORTEST = GZIP_HEADER_BYTES + EXTRA_BYTES + 10;

export function frame(chunk: Uint8Array): Buffer {
  const plain = gzipSync(chunk, { level: LEVEL });
  const member = Buffer.allocUnsafe(plain.length + EXTRA_BYTES);
  plain.copy(member, 0, 0, GZIP_HEADER_BYTES);
  member[3] = HAS_EXTRA;
  EXTRA_HEADER.copy(member, GZIP_HEADER_BYTES);
  member.writeUInt32LE(member.length, GZIP_HEADER_BYTES + EXTRA_HEADER.length);
  plain.copy(member, GZIP_HEADER_BYTES + EXTRA_BYTES, GZIP_HEADER_BYTES);
  return member;
}

/** The member that begins at `at`, checked by its own CRC-32; `null`: none that is whole. */
export function unframe(bytes: Buffer, at: number): { readonly chunk: Uint8Array; readonly end: number } | null {
  if (bytes.length - at < SHORTEST || !isStart(bytes, at)) return null;
  const end = at + bytes.readUInt32LE(at + GZIP_HEADER_BYTES + EXTRA_HEADER.length);
  if (end < at + SHORTEST || end > bytes.length) return null;
  try {
    return { chunk: gunzipSync(bytes.subarray(at, end)), end };
  } catch {
    return null;
  }
}

/** Whether the bytes begin with a member that says how long it is. */
export function isFramed(bytes: Buffer): boolean {
  return isStart(bytes, 0);
}

/**
 * What the members that follow one another from the first byte hold, as many as are whole, and where those end. Where members say that they
 * are there, they are decompressed together, which is some times as fast as one by one.
 */
export function unframeAll(bytes: Buffer): { readonly chunks: readonly Uint8Array[]; readonly end: number } {
  let end = 0;
  while (bytes.length - end >= SHORTEST && isStart(bytes, end)) {
    const next = end + bytes.readUInt32LE(end + GZIP_HEADER_BYTES + EXTRA_HEADER.length);
    if (next < end + SHORTEST || next > bytes.length) break;
    end = next;
  }
  if (end === 0) return { chunks: [], end };
  try {
    return { chunks: [gunzipSync(bytes.subarray(0, end))], end };
  } catch {
    const chunks: Uint8Array[] = [];
    let at = 0;
    for (let member = unframe(bytes, 0); member !== null; member = unframe(bytes, at)) {
      chunks.push(member.chunk);
      at = member.end;
    }
    return { chunks, end: at };
  }
}

/** Where the next whole member begins, at or after `from`; −1: nowhere. */
export function nextFrame(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(START, from); at >= 0; at = bytes.indexOf(START, at + 1)) {
    if (unframe(bytes, at) !== null) return at;
  }
  return -1;
}

function isStart(bytes: Buffer, at: number): boolean {
  const extra = bytes.subarray(at + GZIP_HEADER_BYTES, at + GZIP_HEADER_BYTES + EXTRA_HEADER.length);
  return bytes.subarray(at, at + START.length).equals(START) && extra.equals(EXTRA_HEADER);
}
