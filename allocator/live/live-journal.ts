import { ByteWriter } from "../core/bytes.ts";
import type { Decision } from "../core/decisions.ts";
import type { AllocatorEvent } from "../core/events.ts";
import { frame } from "../journal/framed-gzip.ts";
import { gapIn, readBytes, segmentsOf } from "../journal/segments.ts";
import { StepDecoder } from "../journal/step-decoder.ts";
import { encodeEnd, encodeHeader, encodeStep } from "../journal/step-encoder.ts";
import type { StepObserver } from "../ports.ts";
import { type ActiveOptions, ActiveSegment } from "./active-segment.ts";
import { damaged, followSteps, type OnStep, TAIL_BYTES } from "./journal-steps.ts";
import { LiveError } from "./live-error.ts";

/** How far a journal is known: what a snapshot speaks for. */
export interface JournalPosition {
  /** At a boundary of members. */
  readonly byte: number;
  readonly events: number;
  /** The last bytes before it, base64: another journal of that length has others. */
  readonly tail: string;
}

/** One file, and nobody else. */
const ALONE: ActiveOptions = { segmentBytes: Number.POSITIVE_INFINITY, epoch: 0, check: () => {} };
const BEGINNING: JournalPosition = { byte: 0, events: 0, tail: "" };

/** What a journal says beyond a position, after a crash or a stop. */
export interface Recovered {
  readonly journal: LiveJournal;
  /** Bytes of a write that a crash cut: never acknowledged, and taken off. */
  readonly tornBytes: number;
}

/**
 * The write-ahead journal of a live run, in the format of JOURNAL.md. Steps that come while a sync is under way go into one member
 * of the file together, and share the next sync (group commit). A file that is long enough is followed by another one.
 */
export class LiveJournal implements StepObserver {
  readonly #file: ActiveSegment;
  readonly #out = new ByteWriter(65_536);
  /** Members made and not yet being written. */
  #members: Buffer[] = [];
  /** Where the journal ends once all members are written. */
  #plannedByte: number;
  #tail: Buffer;
  readonly #check: () => void;
  #events: number;
  /** Steps shown so far, and of them synced. */
  #shown = 0;
  #synced = 0;
  #syncing: Promise<void> | null = null;
  #failure: unknown = null;

  private constructor(file: ActiveSegment, { byte, events, tail }: JournalPosition, check: () => void) {
    this.#file = file;
    this.#tail = Buffer.from(tail, "base64");
    this.#check = check;
    this.#plannedByte = byte;
    this.#events = events;
    if (byte === 0) encodeHeader(this.#out);
  }

  /**
   * Opens the journal at `path`, or begins one. What follows `known` is read and checked, and `onStep` told of it; an end mark is taken off,
   * because the run goes on, and so is a member that a crash cut, which nobody was told of.
   * @param options `check` is asked after each sync and before anybody is told of it, too.
   * @throws LiveError where it is damaged elsewhere than at its end, or a part of it is not there.
   */
  static async open(
    path: string,
    known: JournalPosition = BEGINNING,
    names = new StepDecoder().names,
    options: ActiveOptions = ALONE,
    onStep: OnStep = () => {},
  ): Promise<Recovered> {
    const segments = segmentsOf(path);
    const size = segments.at(-1)?.end ?? 0;
    if (size < known.byte) {
      throw new LiveError([{ path, expected: `a journal of at least ${known.byte} bytes`, found: `${size} bytes` }]);
    }
    refuseGap(path, known, gapIn(segments, known.byte));
    const file = await ActiveSegment.open(path, segments.at(-1), options);
    try {
      const { position, markBytes } = await followSteps(path, segments, { known, size, names }, onStep);
      if (position.byte < file.start) throw damaged(path, position.byte, "a damaged part before the last file");
      const journal = new LiveJournal(file, position, options.check);
      if (position.byte < size) await file.truncate(position.byte);
      return { journal, tornBytes: size - position.byte - markBytes };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  onStep(event: AllocatorEvent, decisions: readonly Decision[]): void {
    if (this.#failure !== null) throw this.#failure;
    encodeStep(this.#out, event, decisions);
    this.#shown += 1;
    this.#events += 1;
  }

  /** Resolves when every step shown so far is on the disk. Rejects for good once the disk has refused: nothing more may be acknowledged. */
  async sync(): Promise<void> {
    const target = this.#shown;
    while (this.#synced < target) {
      if (this.#failure !== null) throw this.#failure;
      this.#syncing ??= this.#write();
      await this.#syncing;
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** The position behind all steps shown so far, which belongs to the state that they led to. @returns once they are synced. */
  async mark(): Promise<JournalPosition> {
    this.#cut();
    const position = { byte: this.#plannedByte, events: this.#events, tail: this.#tail.toString("base64") };
    await this.sync();
    return position;
  }

  #cut(): void {
    if (this.#out.length === 0) return;
    const member = frame(this.#out.written());
    this.#out.clear();
    this.#members.push(member);
    this.#plannedByte += member.length;
    this.#tail = Buffer.concat([this.#tail, member]).subarray(-TAIL_BYTES);
  }

  async #write(): Promise<void> {
    // Whoever comes in the same turn of the event loop shares this write.
    await new Promise((resume) => setImmediate(resume));
    const shown = this.#shown;
    this.#cut();
    const bytes = Buffer.concat(this.#members);
    this.#members = [];
    try {
      await this.#file.append(bytes);
      this.#check();
      this.#synced = shown;
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#syncing = null;
    }
  }

  /** Syncs, writes the end mark as a member of its own, and closes the file. */
  async finish(): Promise<void> {
    await this.sync();
    encodeEnd(this.#out, this.#events);
    this.#shown += 1;
    await this.sync();
    await this.#file.close();
  }

  /** Closes the file as it is. */
  async close(): Promise<void> {
    await this.#syncing;
    await this.#file.close();
  }
}

function refuseGap(path: string, { byte }: JournalPosition, gap: string | null): void {
  if (gap === null) return;
  const expected =
    byte === 0 ? "all of the journal, as there is no snapshot that this version reads" : "all that follows the snapshot";
  const hint = "put the files back that were moved away";
  throw new LiveError([{ path, expected, found: `it is missing ${gap}`, hint }]);
}

/** Whether the journal at `path` is the one that the position is of, and so long. */
export function hasPosition(path: string, { byte, tail }: JournalPosition): boolean {
  const expected = Buffer.from(tail, "base64");
  return readBytes(segmentsOf(path), byte - expected.length, byte).equals(expected);
}
