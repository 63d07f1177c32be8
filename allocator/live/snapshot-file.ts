import { createHash } from "node:crypto";
import { open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import type { Decision } from "../core/decisions.ts";
import type { DirectoryContent } from "./directory.ts";
import type { JournalPosition } from "./live-journal.ts";

/** What a live run knew at a place in its journal, so that recovery need not read it from the start. */
export interface Snapshot {
  /** Of the process that wrote it. */
  readonly epoch: number;
  readonly position: JournalPosition;
  /** Of the core: `snapshot()`. */
  readonly core: Uint8Array;
  readonly directory: DirectoryContent;
  readonly outstanding: readonly Decision[];
  /** What was counted of a candidate: `StageWatch.content`; `null`: nothing. */
  readonly watch: Uint8Array | null;
}

type Stored = Omit<Snapshot, "core" | "watch"> & { readonly watchBytes?: number };

const MAGIC = Buffer.from("PRAESNAP");
const VERSION = 1;
const DIGEST_BYTES = 32;
const FIXED_BYTES = MAGIC.length + 8;

/**
 * Writes the snapshot in place of the one before: `PRAESNAP`, `u32` version, `u32` n, n bytes of JSON, the core's bytes, those of the watch, SHA-256 of
 * all that.
 * Durable once it resolves; after a crash there is the old one or the new one.
 */
export async function writeSnapshot(path: string, { core, watch, ...rest }: Snapshot): Promise<void> {
  const json = Buffer.from(JSON.stringify({ ...rest, watchBytes: watch?.length ?? 0 }));
  const fixed = Buffer.alloc(FIXED_BYTES);
  MAGIC.copy(fixed);
  fixed.writeUInt32LE(VERSION, MAGIC.length);
  fixed.writeUInt32LE(json.length, MAGIC.length + 4);
  const body = Buffer.concat([fixed, json, core, watch ?? Buffer.alloc(0)]);
  const temporary = `${path}.tmp`;
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(Buffer.concat([body, digest(body)]));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** `null`: there is none, or none that this version can trust; then the journal alone is read, from its start. */
export async function readSnapshot(path: string): Promise<Snapshot | null> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  const body = bytes.subarray(0, -DIGEST_BYTES);
  if (body.length < FIXED_BYTES || !digest(body).equals(bytes.subarray(-DIGEST_BYTES))) return null;
  if (!body.subarray(0, MAGIC.length).equals(MAGIC) || body.readUInt32LE(MAGIC.length) !== VERSION) return null;
  const end = FIXED_BYTES + body.readUInt32LE(MAGIC.length + 4);
  // Snapshots of before a watch was kept say nothing of it.
  const { watchBytes = 0, ...json } = JSON.parse(body.toString("utf8", FIXED_BYTES, end)) as Stored;
  const watchAt = body.length - watchBytes;
  return { ...json, core: body.subarray(end, watchAt), watch: watchBytes === 0 ? null : body.subarray(watchAt) };
}

/** Makes a new or renamed file's name durable, too. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function digest(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
