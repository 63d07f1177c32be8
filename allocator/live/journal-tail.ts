import { unframe } from "../journal/framed-gzip.ts";
import type { JournalStep } from "../journal/reader.ts";
import { gapIn, readBytes, segmentsOf } from "../journal/segments.ts";
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

  /**
   * @param untilByte where a member ends that is synced: see `LiveJournal.mark`.
   * @throws RangeError where a part of the journal is not there.
   */
  async *steps(untilByte: number): AsyncGenerator<readonly JournalStep[]> {
    while (this.#byte < untilByte) {
      const bytes = this.#read(untilByte);
      let end = 0;
      for (let member = unframe(bytes, 0); member !== null; member = unframe(bytes, end)) {
        yield [...this.#decoder.take(member.chunk), ...this.#decoder.flush()];
        this.#decoder.names.request.length = 0; // each stands before its request, in the same member
        end = member.end;
      }
      if (end === 0) throw new RangeError(`${this.#path} byte ${this.#byte}: no whole member in ${bytes.length} bytes`);
      this.#byte += end;
    }
  }

  #read(untilByte: number): Buffer {
    const segments = segmentsOf(this.#path);
    const gap = gapIn(segments, this.#byte);
    if (gap !== null) throw new RangeError(`${this.#path}: it is missing ${gap}`);
    return readBytes(segments, this.#byte, Math.min(untilByte, this.#byte + PART_BYTES));
  }
}
