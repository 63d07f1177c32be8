import { open } from "node:fs/promises";
import { unframe } from "../journal/framed-gzip.ts";
import type { JournalStep } from "../journal/reader.ts";
import { StepDecoder } from "../journal/step-decoder.ts";

/** What is read of the file at once. */
const PART_BYTES = 1 << 24;

/** Follows the journal of a live run while that writes it: each call gives the steps that came since the one before. */
export class JournalTail {
  readonly #path: string;
  readonly #decoder = new StepDecoder();
  #byte = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** @param untilByte where a member ends that is synced: see `LiveJournal.mark`. */
  async *steps(untilByte: number): AsyncGenerator<readonly JournalStep[]> {
    const file = await open(this.#path, "r");
    try {
      while (this.#byte < untilByte) {
        const bytes = Buffer.alloc(Math.min(PART_BYTES, untilByte - this.#byte));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, this.#byte);
        let end = 0;
        for (let member = unframe(bytes, 0); member !== null; member = unframe(bytes, end)) {
          yield [...this.#decoder.take(member.chunk), ...this.#decoder.flush()];
          this.#decoder.names.request.length = 0; // each stands before its request, in the same member
          end = member.end;
        }
        if (end === 0) throw new RangeError(`${this.#path} byte ${this.#byte}: no whole member in ${bytesRead} bytes`);
        this.#byte += end;
      }
    } finally {
      await file.close();
    }
  }
}
