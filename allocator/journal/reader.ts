import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import type { NameTable } from "./codecs.ts";
import { JournalError, type JournalStep, StepDecoder } from "./step-decoder.ts";

export { JournalError, type JournalStep } from "./step-decoder.ts";

/** Reads a journal from its file, in slices of steps, without holding it whole. */
export class JournalReader {
  readonly #path: string;
  readonly #hash = createHash("sha256");
  readonly #decoder = new StepDecoder();
  readonly #onBytes: (bytes: number) => void;

  /** @param onBytes told how many bytes of the file were read since it was told last. */
  constructor(path: string, onBytes: (bytes: number) => void = () => {}) {
    this.#path = path;
    this.#onBytes = onBytes;
  }

  get names(): Readonly<Record<NameTable, string[]>> {
    return this.#decoder.names;
  }

  /** Whether the end mark was read: false means that the journal was cut, as by a crash. */
  get ended(): boolean {
    return this.#decoder.ended;
  }

  /** SHA-256 of what was read; the journal's digest once it has all been read. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }

  /** @throws JournalError */
  async *slices(): AsyncGenerator<readonly JournalStep[]> {
    const gunzip = createGunzip();
    const source = createReadStream(this.#path);
    source.on("error", (error) => gunzip.destroy(error));
    source.on("data", (chunk) => this.#onBytes(chunk.length));
    try {
      for await (const chunk of source.pipe(gunzip)) {
        this.#hash.update(chunk as Uint8Array);
        yield this.#decoder.take(chunk as Uint8Array);
      }
    } catch (error) {
      throw this.#explain(error);
    }
    if (!this.#decoder.started) throw new JournalError("no PRAE journal: its header is missing", 0);
    const last = this.#decoder.flush();
    if (last.length > 0) yield last;
  }

  #explain(error: unknown): unknown {
    const { code, message } = error as NodeJS.ErrnoException;
    const byte = this.#decoder.consumed;
    // A crash may cut the last gzip member; what came before it is whole and was given out.
    if (code === "Z_BUF_ERROR") return new JournalError("the file ends in the middle of a compressed block", byte, true);
    if (code?.startsWith("Z_") === true) return new JournalError(`not a gzip file, or damaged (${message})`, byte);
    return error;
  }
}
