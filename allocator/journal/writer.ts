import { createHash } from "node:crypto";
import { ByteWriter } from "../core/bytes.ts";
import type { Decision } from "../core/decisions.ts";
import type { AllocatorEvent } from "../core/events.ts";
import type { StepObserver } from "../ports.ts";
import { GzipFile } from "./gzip-file.ts";
import { encodeEnd, encodeHeader, encodeStep } from "./step-encoder.ts";

/** Bytes gathered before they are hashed and, if there is a file, written. */
const CHUNK_BYTES = 1 << 20;

/**
 * Writes down what happened and what was decided, before it is acted on. The digest covers the canonical records, uncompressed,
 * and is the same whether or not they go to a file.
 */
export class JournalWriter implements StepObserver {
  readonly #out = new ByteWriter(CHUNK_BYTES + 65_536);
  readonly #hash = createHash("sha256");
  readonly #file: GzipFile | null;
  #bytes = 0;
  #events = 0;
  #decisions = 0;

  /** @param path gzip file to write; `null`: digest only. */
  constructor(path: string | null) {
    this.#file = path === null ? null : new GzipFile(path);
    encodeHeader(this.#out);
  }

  onStep(event: AllocatorEvent, decisions: readonly Decision[]): void {
    encodeStep(this.#out, event, decisions);
    this.#events += 1;
    this.#decisions += decisions.length;
    if (this.#out.length >= CHUNK_BYTES) this.#flush();
  }

  #flush(): void {
    const chunk = this.#out.written();
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    this.#file?.write(chunk);
    this.#out.clear();
  }

  /** Writes the end mark, which tells a whole journal from a cut one, and waits until all is in the file. */
  async finish(): Promise<{ digest: string; events: number; decisions: number; bytes: number }> {
    encodeEnd(this.#out, this.#events);
    this.#flush();
    await this.#file?.finish();
    return { digest: this.#hash.digest("hex"), events: this.#events, decisions: this.#decisions, bytes: this.#bytes };
  }

  close(): void {
    this.#file?.close();
  }
}
