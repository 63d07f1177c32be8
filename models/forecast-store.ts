import { closeSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { ForecastBatch } from "../allocator/core/forecast.ts";
import type { ForecastFeed } from "../allocator/ports.ts";
import { batchDigest, batchOf, ENTITIES, ForecastSet, type StoredBatch, setDigest, TARGETS } from "./forecast-set.ts";

type Arrow = typeof import("apache-arrow");

/** The end of an Arrow IPC stream: no message, of no length. */
const END = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

/** Where a set's batches are in its file, so that one can be read without the others. JSON. */
export interface ForecastIndex {
  readonly indexVersion: 1;
  /** Of the set. */
  readonly digest: string;
  /** Where the gzip members of the batches begin in the file, and where the last one ends. */
  readonly offsets: readonly number[];
  readonly availableAtMs: readonly number[];
  /** Of the batches. */
  readonly digests: readonly string[];
}

/**
 * Writes a forecast set batch by batch: an Arrow IPC stream, gzipped, one row a batch. Any Arrow reader can read it. Every message
 * of the stream is a gzip member of its own, so that a batch can be read alone, where an index tells its place; a reader of
 * gzip sees one file. The gzip is there for its checksum, too, which finds damage before the Arrow library reads on: damaged Arrow can
 * send that round in circles. Columns: target, entity, issued_at_ms, available_at_ms, first_step_ms, step_ms, steps, digest, and the
 * lists ids, levels_ppm, run_lengths, run_values.
 */
export class ForecastSetWriter {
  readonly #arrow: Arrow;
  readonly #file: number;
  readonly #offsets: number[] = [];
  readonly #availableAtMs: number[] = [];
  readonly #digests: string[] = [];
  #length = 0;

  private constructor(arrow: Arrow, path: string) {
    this.#arrow = arrow;
    this.#file = openSync(path, "w");
    this.#member(schemaOf(arrow));
  }

  /** Replaces what is there. */
  static async create(path: string): Promise<ForecastSetWriter> {
    return new ForecastSetWriter(await import("apache-arrow"), path);
  }

  get count(): number {
    return this.#digests.length;
  }

  append(batch: StoredBatch): void {
    this.#offsets.push(this.#length);
    const stream = streamOf(this.#arrow, batch);
    this.#member(stream.subarray(schemaLength(stream), stream.length - END.length));
    this.#availableAtMs.push(batch.availableAtMs);
    this.#digests.push(batch.digest);
  }

  finish(): ForecastIndex {
    const offsets = [...this.#offsets, this.#length];
    this.#member(END);
    this.close();
    const digests = this.#digests;
    return { indexVersion: 1, digest: setDigest(digests), offsets, availableAtMs: this.#availableAtMs, digests };
  }

  /** Without an end the file is no forecast set. */
  close(): void {
    closeSync(this.#file);
  }

  #member(message: Uint8Array): void {
    const bytes = gzipSync(message, { level: 1 });
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    this.#length += bytes.length;
  }
}

export async function writeForecastSet(set: ForecastSet, path: string): Promise<void> {
  const writer = await ForecastSetWriter.create(path);
  for (const batch of set.batches) writer.append(batch);
  writer.finish();
}

/** Thrown when a file is no forecast set, or damaged. */
export class ForecastSetError extends Error {
  override readonly name = "ForecastSetError";
}

/**
 * The whole set in memory.
 * @throws ForecastSetError when the file cannot be read as a forecast set, or a batch is not what its digest says.
 */
export async function readForecastSet(path: string): Promise<ForecastSet> {
  const arrow = await import("apache-arrow");
  const bytes = await readFile(path);
  let batches: StoredBatch[];
  try {
    const stream = gunzipSync(bytes);
    if (!stream.subarray(-END.length).equals(END)) throw new Error("it does not end");
    batches = arrow.tableFromIPC(stream).toArray().map(toBatch);
  } catch (cause) {
    throw new ForecastSetError("not a forecast set, or damaged", { cause });
  }
  batches.forEach(checkBatch);
  return new ForecastSet(batches);
}

function checkBatch(batch: StoredBatch, index: number): void {
  if (batchDigest(batch) !== batch.digest) throw new ForecastSetError(`batch ${index} is not what its digest says`);
}

/** A forecast set in a file, read batch by batch: what it holds never has to fit into memory. */
export class StoredForecastSet implements ForecastFeed {
  readonly #arrow: Arrow;
  readonly path: string;
  readonly #index: ForecastIndex;
  readonly #schema: Uint8Array;
  #file: number | null = null;

  private constructor(arrow: Arrow, path: string, index: ForecastIndex) {
    this.#arrow = arrow;
    this.path = path;
    this.#index = index;
    this.#schema = schemaOf(arrow);
  }

  /**
   * @param folder of `set.arrow.gz` and `index.json`.
   * @throws ForecastSetError when the index is not of this version.
   */
  static async open(folder: string): Promise<StoredForecastSet> {
    const path = join(folder, "set.arrow.gz");
    const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as ForecastIndex;
    if (index.indexVersion !== 1) throw new ForecastSetError("its index is of another version");
    return new StoredForecastSet(await import("apache-arrow"), path, index);
  }

  get digest(): string {
    return this.#index.digest;
  }

  get count(): number {
    return this.#index.digests.length;
  }

  availableAtMs(index: number): number {
    return this.#index.availableAtMs[index] as number;
  }

  batchDigest(index: number): string {
    return this.#index.digests[index] as string;
  }

  /** @throws ForecastSetError when the file is damaged there, or another than was indexed. */
  batch(index: number): ForecastBatch {
    const [start, end] = [this.#index.offsets[index] as number, this.#index.offsets[index + 1] as number];
    this.#file ??= openSync(this.path, "r");
    const member = Buffer.alloc(end - start);
    const read = readSync(this.#file, member, 0, member.length, start);
    let batch: StoredBatch;
    try {
      const stream = Buffer.concat([this.#schema, gunzipSync(member.subarray(0, read)), END]);
      batch = toBatch(this.#arrow.tableFromIPC(stream).toArray()[0] as Record<string, unknown>);
    } catch (cause) {
      throw new ForecastSetError(`${this.path}: batch ${index} is damaged`, { cause });
    }
    checkBatch(batch, index);
    if (batch.digest !== this.#index.digests[index]) throw new ForecastSetError(`${this.path}: batch ${index} is another one`);
    return batchOf(batch);
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }
}

/** One batch as a whole stream: schema, batch, end. */
function streamOf(arrow: Arrow, batch: StoredBatch): Uint8Array {
  const number = (value: number) => arrow.makeVector(Float64Array.of(value));
  const text = (value: string) => arrow.vectorFromArray([value], new arrow.Utf8());
  const list = (values: Uint32Array) => {
    const child = arrow.makeData({ type: new arrow.Uint32(), data: values });
    const type = new arrow.List(new arrow.Field("item", new arrow.Uint32(), false));
    const valueOffsets = Int32Array.of(0, values.length);
    return arrow.makeVector(arrow.makeData({ type, valueOffsets, child, length: 1, nullCount: 0 }));
  };
  const table = new arrow.Table({
    target: text(batch.target),
    entity: text(batch.entity),
    issued_at_ms: number(batch.issuedAtMs),
    available_at_ms: number(batch.availableAtMs),
    first_step_ms: number(batch.firstStepMs),
    step_ms: number(batch.stepMs),
    steps: number(batch.steps),
    digest: text(batch.digest),
    ids: list(batch.ids),
    levels_ppm: list(batch.levelsPpm),
    run_lengths: list(batch.runLengths),
    run_values: list(batch.runValues),
  });
  return arrow.tableToIPC(table, "stream");
}

/** The first message of every stream. */
function schemaOf(arrow: Arrow): Uint8Array {
  const none = new Uint32Array(0);
  const stream = streamOf(arrow, {
    target: "demand",
    entity: "user",
    issuedAtMs: 0,
    availableAtMs: 0,
    firstStepMs: 0,
    stepMs: 0,
    steps: 0,
    digest: "",
    ids: none,
    levelsPpm: none,
    runLengths: none,
    runValues: none,
  });
  return stream.slice(0, schemaLength(stream));
}

/** A message begins with a mark of four bytes and the length of what describes it; a schema has nothing after that. */
function schemaLength(stream: Uint8Array): number {
  return 8 + new DataView(stream.buffer, stream.byteOffset).getInt32(4, true);
}

function toBatch(row: Record<string, unknown>): StoredBatch {
  const choice = <C extends string>(key: string, among: readonly C[]): C => {
    const value = among.find((name) => name === row[key]);
    if (value === undefined) throw new Error(`${key} is ${String(row[key])}`);
    return value;
  };
  const list = (key: string) => (row[key] as { toArray(): Uint32Array }).toArray();
  return {
    target: choice("target", TARGETS),
    entity: choice("entity", ENTITIES),
    issuedAtMs: Number(row["issued_at_ms"]),
    availableAtMs: Number(row["available_at_ms"]),
    firstStepMs: Number(row["first_step_ms"]),
    stepMs: Number(row["step_ms"]),
    steps: Number(row["steps"]),
    digest: String(row["digest"]),
    ids: list("ids"),
    levelsPpm: list("levels_ppm"),
    runLengths: list("run_lengths"),
    runValues: list("run_values"),
  };
}
