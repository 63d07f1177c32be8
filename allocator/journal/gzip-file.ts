import { closeSync, openSync, writeSync } from "node:fs";
import { gzip, gzipSync } from "node:zlib";

/** More chunks than this wait for their turn only if the other cores are busy: then the caller's thread compresses, too. */
const MOST_WAITING = 8;
const LEVEL = 1;
/** What gzip may add to what cannot be compressed: its header and trailer, and five bytes for every 16 KiB. */
const SPARE_BYTES = 65_536;

/**
 * A file that is a series of gzip members, one a chunk, in the order of the chunks. Compression runs beside the caller's thread, so
 * that it costs time only where no other core is free. What goes wrong is thrown by the next call.
 */
export class GzipFile {
  readonly #file: number;
  /** Chunks not yet in the file, in order; `null`: not yet compressed. */
  readonly #members: (Uint8Array | null)[] = [];
  /** How many members are in the file. */
  #written = 0;
  #failure: unknown = null;
  #isClosed = false;
  #whenWritten: (() => void) | null = null;

  constructor(path: string) {
    this.#file = openSync(path, "wx");
  }

  /** Takes the chunk as it is now: the caller may use its bytes again. */
  write(chunk: Uint8Array): void {
    this.#rethrow();
    const index = this.#written + this.#members.length;
    if (this.#members.length >= MOST_WAITING) {
      this.#members.push(gzipSync(chunk, { level: LEVEL }));
      return;
    }
    this.#members.push(null);
    // Room for all of a member at once: each further piece would wait for another turn of the event loop.
    const options = { level: LEVEL, chunkSize: chunk.length + SPARE_BYTES };
    gzip(Buffer.from(chunk), options, (error, member) => {
      if (this.#isClosed) return;
      this.#failure ??= error;
      this.#members[index - this.#written] = member;
      this.#writeReady();
      if (this.#members.length === 0 || this.#failure !== null) this.#whenWritten?.();
    });
  }

  /** Writes the members that are compressed, up to the first that is not. */
  #writeReady(): void {
    try {
      for (let member = this.#members[0]; this.#failure === null && member; member = this.#members[0]) {
        for (let at = 0; at < member.length; ) at += writeSync(this.#file, member, at);
        this.#members.shift();
        this.#written += 1;
      }
    } catch (error) {
      this.#failure ??= error;
    }
  }

  /** Waits until everything is in the file, and closes it. */
  async finish(): Promise<void> {
    if (this.#members.length > 0 && this.#failure === null) {
      await new Promise<void>((resolve) => {
        this.#whenWritten = resolve;
      });
    }
    this.close();
    this.#rethrow();
  }

  /** Closes the file as it is. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#file);
  }

  #rethrow(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}
