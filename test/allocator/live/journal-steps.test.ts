import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AllocatorEvent } from "../../../allocator/core/events.ts";
import { segmentsOf } from "../../../allocator/journal/segments.ts";
import { StepDecoder } from "../../../allocator/journal/step-decoder.ts";
import { followSteps } from "../../../allocator/live/journal-steps.ts";
import { type JournalPosition, LiveJournal } from "../../../allocator/live/live-journal.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-journal-steps-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "journal.prae.gz");
const tick = (seq: number): AllocatorEvent => ({ kind: "tick", seq, atMs: 1_000 + seq });
const BEGINNING: JournalPosition = { byte: 0, events: 0, tail: "" };

/** Three ticks, each a member of its own, in files of one or two, and an end mark. @returns the position behind each tick. */
async function written(): Promise<JournalPosition[]> {
  const options = { segmentBytes: 100, epoch: 0, check: () => {} };
  const { journal } = await LiveJournal.open(path, undefined, undefined, options);
  const positions = [await journal.mark()];
  for (let seq = 0; seq < 3; seq += 1) {
    journal.onStep(tick(seq), []);
    positions.push(await journal.mark());
  }
  await journal.finish();
  return positions;
}

async function followed(known: JournalPosition, partBytes: number) {
  const segments = segmentsOf(path);
  const seqs: number[] = [];
  const size = segments.at(-1)!.end;
  const range = { known, size, names: new StepDecoder().names };
  const { position, markBytes } = await followSteps(path, segments, range, ({ event }) => void seqs.push(event.seq), partBytes);
  return { seqs, position, markBytes, size };
}

test("a journal in parts of any size, from any position, is the same steps, the same end and the same end mark", async () => {
  const positions = await written();
  assert.ok(segmentsOf(path).length > 1);
  for (const partBytes of [1, 7, 64, 1 << 20]) {
    for (const known of [BEGINNING, ...positions.slice(1)]) {
      const { seqs, position, markBytes, size } = await followed(known, partBytes);
      const rest = [0, 1, 2].slice(known.events);
      assert.equal(seqs, rest, `parts of ${partBytes} bytes, behind ${known.events} events`);
      assert.equal(position, positions.at(-1));
      assert.is(position.byte + markBytes, size);
    }
  }
});

test("damage is found in parts of any size, and where it is", async () => {
  const whole = readFileSync(path);
  const changed = Buffer.from(whole);
  changed[30] = (changed[30] as number) ^ 1;
  const last = segmentsOf(path).at(-1)!.path;
  const end = readFileSync(last);
  for (const [file, bytes, words] of [
    [path, changed, /byte 0: .*a damaged part before whole ones/s],
    [last, Buffer.concat([end, Buffer.from([0])]), /more behind its end mark/],
  ] as const) {
    const before = readFileSync(file);
    writeFileSync(file, bytes);
    for (const partBytes of [1, 7, 1 << 20]) {
      try {
        await followed(BEGINNING, partBytes);
        assert.unreachable();
      } catch (error) {
        assert.match((error as Error).message, words);
      }
    }
    writeFileSync(file, before);
  }
});

test.run();
