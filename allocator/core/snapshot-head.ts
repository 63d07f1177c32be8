import type { ByteReader, ByteWriter } from "./bytes.ts";

/** Of the form in which a snapshot has the state behind its head. */
const VERSION = 12;

/** What a snapshot begins with: where in the journal it is, and in which form the rest is. */
export interface SnapshotHead {
  readonly lastSeq: number;
  readonly lastMs: number;
  /** Whether this version reads the rest. */
  readonly isReadable: boolean;
}

export function writeHead(out: ByteWriter, lastSeq: number, lastMs: number): void {
  out.i32(lastSeq);
  out.u64(lastMs);
  out.u16(VERSION);
}

export function readHead(from: ByteReader): SnapshotHead {
  return { lastSeq: from.i32(), lastMs: from.u64(), isReadable: from.u16() === VERSION };
}
