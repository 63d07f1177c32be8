import { nextFrame, unframe } from "../journal/framed-gzip.ts";
import { partsIn, type Segment } from "../journal/segments.ts";
import { type JournalStep, StepDecoder } from "../journal/step-decoder.ts";
import { LiveError } from "./live-error.ts";
import type { JournalPosition } from "./live-journal.ts";

/** What is read of the files at once. */
const PART_BYTES = 1 << 20;
/** The last member's checksum is among them. */
export const TAIL_BYTES = 64;

/** Whoever wants the steps of a journal, one by one. */
export type OnStep = (step: JournalStep) => Promise<void> | void;

/** Which bytes of a journal are read: from a position to where its files end. */
export interface Range {
  readonly known: JournalPosition;
  readonly size: number;
  readonly names: StepDecoder["names"];
}

/** Where the last whole step ends; and how long the end mark behind it is, if there is one. */
export interface Followed {
  readonly position: JournalPosition;
  readonly markBytes: number;
}

/**
 * Reads the steps of a live run's journal, a part at a time: however long it is, no more of it is held than a part and a member.
 * @throws LiveError where it is damaged elsewhere than at its end.
 */
export async function followSteps(
  path: string,
  segments: readonly Segment[],
  { known, size, names }: Range,
  onStep: OnStep,
  partBytes = PART_BYTES,
): Promise<Followed> {
  const decoder = known.byte === 0 ? new StepDecoder() : StepDecoder.behind(known.events, names);
  let left: Buffer = Buffer.alloc(0);
  let tail: Buffer = Buffer.from(known.tail, "base64");
  let byte = known.byte;
  let markBytes = 0;
  for await (const part of partsIn(segments, known.byte, size, partBytes)) {
    left = Buffer.concat([left, part]);
    let end = 0;
    for (let member = unframe(left, 0); member !== null && !decoder.ended; member = unframe(left, member.end)) {
      for (const step of [...decoder.take(member.chunk), ...decoder.flush()]) await onStep(step);
      if (decoder.ended) markBytes = member.end - end;
      else end = member.end;
    }
    tail = Buffer.concat([tail, left.subarray(0, end)]).subarray(-TAIL_BYTES);
    byte += end;
    left = left.subarray(end);
    if (decoder.ended && left.length > markBytes) throw damaged(path, byte + markBytes, "more behind its end mark");
    if (!decoder.ended && nextFrame(left, 0) >= 0) throw damaged(path, byte, "a damaged part before whole ones");
  }
  return { position: { byte, events: decoder.events, tail: tail.toString("base64") }, markBytes };
}

export function damaged(path: string, byte: number, found: string): LiveError {
  const hint = "a crash cuts only the end; keep a copy of the file, and restore it from a backup";
  return new LiveError([{ path: `${path} byte ${byte}`, expected: "a journal whole up to its last write", found, hint }]);
}
