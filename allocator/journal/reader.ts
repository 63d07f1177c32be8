import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { NameTable } from "./codecs.ts";
import { isFramed, nextFrame, unframeAll } from "./framed-gzip.ts";
import { gapIn, partsIn, segmentsOf } from "./segments.ts";
import { JournalError, type JournalStep, StepDecoder } from "./step-decoder.ts";

export { JournalError, type JournalStep } from "./step-decoder.ts";

/** What is read of the file at once. */
const PART_BYTES = 1 << 20;

/** A place between members of a live run's journal, and what is known of all before it. */
export interface KnownPart {
  readonly byte: number;
  readonly events: number;
  /** Those that were given before; what is read adds to them. */
  readonly names: Record<NameTable, string[]>;
}

export interface ReadOptions {
  /** Told how many bytes of the file were read since it was told last. */
  readonly onBytes?: (bytes: number) => void;
  /** Reading begins behind it; absent: at the first event. */
  readonly behind?: KnownPart | null;
  /** Nothing from that byte of the journal on is read; absent: all that there is. */
  readonly untilByte?: number;
}

/** Reads a journal from its file, and those that follow it, in slices of steps, without holding it whole. */
export class JournalReader {
  readonly #path: string;
  readonly #hash = createHash("sha256");
  readonly #decoder: StepDecoder;
  readonly #onBytes: (bytes: number) => void;
  readonly #fromByte: number;
  readonly #untilByte: number;
  #tornBytes: number | null = 0;

  constructor(path: string, { onBytes = () => {}, behind = null, untilByte = Number.POSITIVE_INFINITY }: ReadOptions = {}) {
    this.#path = path;
    this.#onBytes = onBytes;
    this.#fromByte = behind?.byte ?? 0;
    this.#untilByte = untilByte;
    this.#decoder = behind === null ? new StepDecoder() : StepDecoder.behind(behind.events, behind.names);
  }

  get names(): Readonly<Record<NameTable, string[]>> {
    return this.#decoder.names;
  }

  /** Whether the end mark was read, and is the end: false means that it is still being written, or was cut, as by a crash. */
  get ended(): boolean {
    return this.#decoder.ended && this.#tornBytes === 0;
  }

  /**
   * Bytes at the file's end that are no whole member, behind all that are: of a write that is under way, or that a crash cut. `null`: it ends
   * in the middle of a member that does not say how long it is.
   */
  get tornBytes(): number | null {
    return this.#tornBytes;
  }

  /** SHA-256 of what was read; the journal's digest once it has all been read, from its first event. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }

  /** Up to the end of what is whole. @throws JournalError where it is damaged before that. */
  async *slices(): AsyncGenerator<readonly JournalStep[]> {
    try {
      for await (const chunk of this.#chunks(this.#parts())) {
        this.#hash.update(chunk);
        yield this.#decoder.take(chunk);
      }
    } catch (error) {
      throw this.#explain(error);
    }
    if (this.#tornBytes === null) return; // the last step may be a part of one
    if (!this.#decoder.started && this.#tornBytes === 0) throw new JournalError("no PRAE journal: its header is missing", 0);
    const last = this.#decoder.flush();
    if (last.length > 0) yield last;
  }

  async *#parts(): AsyncGenerator<Buffer> {
    const segments = segmentsOf(this.#path);
    const gap = gapIn(segments, this.#fromByte);
    if (gap !== null) {
      const begins = this.#fromByte === 0 ? "the first event" : `byte ${this.#fromByte}`;
      throw new JournalError(`it is missing ${gap}; reading begins at ${begins}, so put the files back that were moved away`, 0);
    }
    const there = segments.length === 0 ? [{ path: this.#path, start: 0, end: 0 }] : segments;
    for await (const part of partsIn(there, this.#fromByte, this.#untilByte, PART_BYTES)) {
      this.#onBytes(part.length);
      yield part;
    }
  }

  async *#chunks(parts: AsyncGenerator<Buffer>): AsyncGenerator<Uint8Array> {
    const first = await parts.next();
    if (first.done === true) return;
    const rest = { [Symbol.asyncIterator]: () => parts };
    if (isFramed(first.value)) yield* this.#framed(first.value, rest);
    else yield* this.#plain(joined(first.value, rest));
  }

  async *#framed(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
    let left: Buffer = Buffer.alloc(0);
    let byte = this.#fromByte;
    for await (const part of joined(first, rest)) {
      left = Buffer.concat([left, part]);
      const { chunks, end } = unframeAll(left);
      yield* chunks;
      byte += end;
      left = left.subarray(end);
      this.#refuseDamage(left, byte);
    }
    this.#tornBytes = left.length;
  }

  /** What is not whole yet may become so, where nothing whole is behind it. */
  #refuseDamage(left: Buffer, byte: number): void {
    if (nextFrame(left, 0) < 0) return;
    throw new JournalError(`a damaged part before whole ones, at byte ${byte} of the file`, this.#decoder.consumed);
  }

  async *#plain(parts: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
    try {
      yield* Readable.from(parts).pipe(createGunzip()) as AsyncIterable<Uint8Array>;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "Z_BUF_ERROR") throw error;
      this.#tornBytes = null;
    }
  }

  #explain(error: unknown): unknown {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith("Z_") !== true) return error;
    return new JournalError(`not a gzip file, or damaged (${message})`, this.#decoder.consumed);
  }
}

async function* joined(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}
