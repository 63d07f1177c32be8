import { createHash, type Hash } from "node:crypto";
import type { Resources } from "../allocator/core/resources.ts";
import type { Trace } from "./trace.ts";

/** What a trace is made of; the manifest's digest is computed from the rest. */
export type TraceContent = Omit<Trace, "manifest"> & {
  readonly window: { readonly startMs: number; readonly endMs: number };
  readonly epochMs: number | null;
};

/**
 * SHA-256, hex, over the window and every table as little-endian columns, in the layout that SCHEMA.md gives. It depends on
 * nothing else: not on files, compression, machine or library.
 */
export function traceDigest(content: TraceContent): string {
  const writer = new CanonicalWriter();
  const { requests } = content;
  writeHead(writer, content);
  for (const column of [requests.submitMs, requests.runMs, requests.user, requests.app, requests.tier, requests.shape]) {
    writer.column(column);
  }
  writeShapes(writer, content, requests.names !== null);
  for (const name of requests.names ?? []) writer.text(name);
  writeTail(writer, content);
  return writer.digest();
}

/** The columns of requests in pieces, in the digest's order, and their names; `null`: they have none. */
export interface RequestPieces {
  readonly columns: readonly AsyncIterable<Float64Array | Uint32Array | Uint8Array>[];
  readonly names: AsyncIterable<string> | null;
}

/** `traceDigest` where the columns of `content.requests` are elsewhere. */
export async function largeTraceDigest(content: TraceContent, { columns, names }: RequestPieces): Promise<string> {
  const writer = new CanonicalWriter();
  writeHead(writer, content);
  for (const column of columns) for await (const piece of column) writer.column(piece);
  writeShapes(writer, content, names !== null);
  if (names !== null) for await (const name of names) writer.text(name);
  writeTail(writer, content);
  return writer.digest();
}

/** All that comes before the columns of the requests. */
function writeHead(writer: CanonicalWriter, content: TraceContent): void {
  writer.text("prae trace 1");
  writer.numbers([content.window.startMs, content.window.endMs, content.epochMs ?? -1]);
  writer.numbers([content.epochMs === null ? 0 : 1]);

  writer.table("tiers", content.tiers.length);
  for (const tier of content.tiers) {
    writer.text(tier.name);
    writer.numbers([tier.targetStartMs, tier.priority, tier.levelPpm, tier.mayPreempt ? 1 : 0]);
  }
  writer.table("users", content.users.length);
  for (const user of content.users) {
    for (const text of [user.name, user.role, user.timeZone]) writer.text(text);
    const permissions = user.permissions ?? [];
    writer.numbers([user.tier, user.permissions === null ? -1 : permissions.length, ...permissions]);
  }
  writer.table("apps", content.apps.length);
  for (const app of content.apps) {
    writer.text(app.name);
    writer.numbers([...amounts(app.shape), app.coldStartMs, app.resumeMs, app.shared ? 1 : 0, app.concurrency]);
  }
  writer.table("nodes", content.nodes === null ? -1 : content.nodes.length);
  for (const node of content.nodes ?? []) {
    for (const text of [node.name, node.pool]) writer.text(text);
    writer.numbers(amounts(node.capacity));
  }
  writer.table("requests", content.requests.count);
}

/** What comes between the columns of the requests and their names. */
function writeShapes(writer: CanonicalWriter, { requests }: TraceContent, named: boolean): void {
  writer.table("shapes", requests.shapes.length);
  for (const shape of requests.shapes) writer.numbers(amounts(shape));
  writer.table("request names", named ? requests.count : -1);
}

/** All that comes after the requests. */
function writeTail(writer: CanonicalWriter, { usage, context }: TraceContent): void {
  writer.table("usage", usage === null ? -1 : usage.count);
  if (usage !== null) {
    const { atMs, user, windowMs, cpuMillis, memoryMiB, gpuMillis, networkKbps } = usage;
    for (const column of [atMs, user, windowMs, cpuMillis, memoryMiB, gpuMillis, networkKbps]) writer.column(column);
  }
  writer.table("context", context.length);
  for (const row of context) {
    for (const text of [row.kind, row.label]) writer.text(text);
    writer.numbers([row.atMs, row.endMs, row.user ?? -1]);
  }
}

function amounts(resources: Resources): number[] {
  return [resources.cpuMillis, resources.memoryMiB, resources.gpuMillis, resources.networkKbps];
}

/** Numbers as 64-bit floats, texts as their length in bytes and UTF-8, columns as their own bytes: all little-endian. */
class CanonicalWriter {
  readonly #hash: Hash = createHash("sha256");
  readonly #buffer = Buffer.alloc(1 << 16);
  #used = 0;

  table(name: string, rows: number): void {
    this.text(name);
    this.numbers([rows]);
  }

  numbers(values: readonly number[]): void {
    for (const value of values) {
      this.#reserve(8);
      this.#used = this.#buffer.writeDoubleLE(value, this.#used);
    }
  }

  text(text: string): void {
    const bytes = Buffer.byteLength(text, "utf8");
    this.#reserve(4 + bytes);
    if (bytes + 4 > this.#buffer.length) {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes);
      this.#hash.update(length).update(text, "utf8");
      return;
    }
    this.#used = this.#buffer.writeUInt32LE(bytes, this.#used);
    this.#used += this.#buffer.write(text, this.#used, "utf8");
  }

  column(column: Float64Array | Uint32Array | Uint8Array): void {
    this.#flush();
    const bytes = Buffer.from(column.buffer, column.byteOffset, column.byteLength);
    this.#hash.update(HOST_IS_LITTLE_ENDIAN ? bytes : reversed(bytes, column.BYTES_PER_ELEMENT));
  }

  digest(): string {
    this.#flush();
    return this.#hash.digest("hex");
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes > this.#buffer.length) this.#flush();
  }

  #flush(): void {
    this.#hash.update(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }
}

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function reversed(bytes: Buffer, width: number): Buffer {
  const copy = Buffer.from(bytes);
  if (width === 4) return copy.swap32();
  return width === 8 ? copy.swap64() : copy;
}
