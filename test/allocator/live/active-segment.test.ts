import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AllocatorEvent } from "../../../allocator/core/events.ts";
import { JournalReader, type JournalStep } from "../../../allocator/journal/reader.ts";
import { gapIn, segmentsOf } from "../../../allocator/journal/segments.ts";
import { type ActiveOptions, takeJournal } from "../../../allocator/live/active-segment.ts";
import { JournalTail } from "../../../allocator/live/journal-tail.ts";
import { hasPosition, type JournalPosition, LiveJournal } from "../../../allocator/live/live-journal.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-active-segment-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));
let folders = 0;
function newFolder(): string {
  folders += 1;
  const path = join(folder, String(folders));
  mkdirSync(path);
  return path;
}

const SEGMENT_BYTES = 150;
const tick = (seq: number): AllocatorEvent => ({ kind: "tick", seq, atMs: 1_000 + seq });
const optionsOf = (epoch: number, check = () => {}): ActiveOptions => ({ segmentBytes: SEGMENT_BYTES, epoch, check });
const open = async (path: string, epoch: number, known?: JournalPosition) => {
  const steps: JournalStep[] = [];
  const recovered = await LiveJournal.open(path, known, undefined, optionsOf(epoch), (step) => void steps.push(step));
  return { ...recovered, steps };
};
const seqs = (steps: readonly { readonly event: AllocatorEvent }[]) => steps.map(({ event }) => event.seq);
const upTo = (count: number) => Array.from({ length: count }, (_, seq) => seq);

/** A journal of `count` ticks, each a member of its own, closed as a crash leaves it; and its position behind each. */
async function written(count: number): Promise<{ path: string; positions: JournalPosition[] }> {
  const path = join(newFolder(), "journal.prae.gz");
  const { journal } = await open(path, 1);
  const positions = [await journal.mark()];
  for (let seq = 0; seq < count; seq += 1) {
    journal.onStep(tick(seq), []);
    positions.push(await journal.mark());
  }
  await journal.close();
  return { path, positions };
}

/** The files as a crash at this point would have left them. */
function copied(path: string): string {
  const other = newFolder();
  for (const { path: from } of segmentsOf(path)) copyFileSync(from, join(other, from.slice(from.lastIndexOf("/") + 1)));
  return join(other, "journal.prae.gz");
}

async function refused(opening: Promise<unknown>, words: RegExp): Promise<void> {
  await opening.then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, words),
  );
}

test("the files joined are the journal, each begins where the one before ends, and every reader reads them as one", async () => {
  const { path, positions } = await written(40);
  const segments = segmentsOf(path);
  assert.ok(segments.length > 5);
  assert.is(gapIn(segments, 0), null);
  const boundaries = new Set(positions.map(({ byte }) => byte));
  assert.ok(
    segments.every(({ start }) => start === 0 || boundaries.has(start)),
    "between members",
  );
  for (const { start, end } of segments.slice(0, -1)) assert.ok(end - start >= SEGMENT_BYTES && end - start < 2 * SEGMENT_BYTES);
  const joined = join(newFolder(), "journal.prae.gz");
  writeFileSync(joined, Buffer.concat(segments.map(({ path: file }) => readFileSync(file))));
  for (const one of [path, joined]) {
    const reader = new JournalReader(one);
    const steps = [];
    for await (const slice of reader.slices()) steps.push(...slice);
    assert.equal(seqs(steps), upTo(40));
    assert.is(reader.tornBytes, 0);
  }
  const tail = new JournalTail(path);
  const followed: number[] = [];
  for (const until of [positions[7]!, positions[40]!]) {
    for await (const steps of tail.steps(until.byte)) followed.push(...seqs(steps));
  }
  assert.equal(followed, upTo(40));
  for (const position of positions.slice(1)) {
    assert.ok(hasPosition(path, position));
    const { journal, steps } = await open(path, 2, position);
    assert.equal(seqs(steps), upTo(40).slice(position.events));
    await journal.close();
  }
});

test("finished at any length, also right where a file is full, it goes on when it is opened again", async () => {
  for (let count = 1; count < 20; count += 1) {
    const { path } = await written(count);
    const { journal } = await open(path, 2);
    await journal.finish();
    const again = await open(path, 3);
    assert.equal(seqs(again.steps), upTo(count));
    again.journal.onStep(tick(count), []);
    await again.journal.finish();
    assert.equal(seqs(await stepsOf(path)), upTo(count + 1));
  }
});

test("cut at any byte of its last file, as by a crash in the middle of a write, it keeps what was synced before and goes on", async () => {
  const { path, positions } = await written(9);
  const last = segmentsOf(path).at(-1)!;
  for (let end = last.start; end <= last.end; end += 1) {
    const copy = copied(path);
    truncateSync(segmentsOf(copy).at(-1)!.path, end - last.start);
    const kept = positions.filter(({ byte }) => byte <= end).length - 1;
    const { journal, steps, tornBytes } = await open(copy, 2);
    assert.equal(seqs(steps), upTo(kept));
    assert.is(tornBytes, end - positions[kept]!.byte);
    journal.onStep(tick(kept), []);
    await journal.finish();
    const reader = new JournalReader(copy);
    let events = 0;
    for await (const slice of reader.slices()) events += slice.length;
    assert.equal([events, reader.ended], [kept + 1, true]);
  }
});

test("a crash between any two steps of beginning the next file leaves a journal that goes on", async () => {
  const { path } = await written(40);
  const full = segmentsOf(path).slice(0, 4);
  for (const { end } of full) {
    const whole = copied(path);
    for (const { path: file, start } of segmentsOf(whole)) if (start >= end) rmSync(file);
    const events = (await stepsOf(whole)).length;
    for (const state of ["not made", "made", "linked", "removed"]) {
      const copy = copied(whole);
      const next = copy.replace(".prae.gz", `-${String(end).padStart(16, "0")}.prae.gz`);
      if (state === "made" || state === "linked") writeFileSync(`${copy}.next-1`, "");
      if (state === "linked" || state === "removed") writeFileSync(next, "");
      await takeJournal(copy, true);
      assert.not(readdirSync(join(copy, "..")).some((name) => name.includes(".next-")));
      const { journal, steps } = await open(copy, 1);
      assert.is(steps.length, events, state);
      for (let seq = events; seq < events + 20; seq += 1) {
        journal.onStep(tick(seq), []);
        await journal.sync();
      }
      await journal.close();
      assert.equal(seqs(await stepsOf(copy)), upTo(events + 20), state);
      assert.is(gapIn(segmentsOf(copy), 0), null);
    }
  }
});

async function stepsOf(path: string) {
  const steps = [];
  for await (const slice of new JournalReader(path).slices()) steps.push(...slice);
  return steps;
}

test("damage in a file before the last is no crash", async () => {
  const { path } = await written(20);
  const cut = copied(path);
  const [first, second] = segmentsOf(cut);
  truncateSync(second!.path, second!.end - second!.start - 1);
  await refused(open(cut, 2), /it is missing bytes \d+ to \d+ of the journal/);
  const flipped = copied(path);
  const bytes = readFileSync(flipped);
  bytes[first!.end - 5]! ^= 1;
  writeFileSync(flipped, bytes);
  await refused(open(flipped, 2), /a damaged part before whole ones/);
  const lone = copied(flipped);
  for (const { path: file, start } of segmentsOf(lone)) {
    if (start === first!.end) writeFileSync(file, "");
    else if (start > 0) rmSync(file);
  }
  await refused(open(lone, 2), /a damaged part before the last file/);
});

test("what was moved away is named where it is needed, and missed by nobody else", async () => {
  const { path, positions } = await written(40);
  const [first, second, third] = segmentsOf(path);
  const without = copied(path);
  rmSync(without);
  const missing = `it is missing bytes 0 to ${first!.end} of the journal, which come before journal-`;
  await refused(open(without, 2), new RegExp(missing));
  await stepsOf(without).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, missing),
  );
  const tail = new JournalTail(without);
  await refused((async () => void (await tail.steps(third!.end).next()))(), new RegExp(missing));
  for (const position of positions.filter(({ byte }) => byte > first!.end)) {
    assert.ok(hasPosition(without, position) || position.byte - 64 < first!.end);
    const { journal, steps } = await open(without, 2, position);
    assert.is(steps.length, 40 - position.events);
    await journal.close();
  }
  const between = copied(path);
  rmSync(segmentsOf(between)[1]!.path);
  await refused(open(between, 2, positions[1]), new RegExp(`bytes ${first!.end} to ${second!.end} of the journal`));
});

test("a leader that slept begins no file, whether it finds the other's epoch or has nothing to link", async () => {
  for (const fate of ["sees the epoch", "has nothing to link"]) {
    const path = join(newFolder(), "journal.prae.gz");
    let isOver = false;
    let takesOver = false;
    const check = () => {
      if (isOver) throw new Error("superseded");
      // Right behind the check, and before the link, the other takes over.
      if (takesOver && existsSync(`${path}.next-1`)) {
        rmSync(`${path}.next-1`);
        isOver = true;
      }
    };
    const { journal } = await LiveJournal.open(path, undefined, undefined, optionsOf(1, check));
    let seq = 0;
    const grow = async () => {
      journal.onStep(tick(seq), []);
      seq += 1;
      await journal.sync();
    };
    while (segmentsOf(path).length < 3) await grow();
    await takeJournal(path, false);
    const other = await open(path, 2);
    const taken = other.steps.length;
    if (fate === "sees the epoch") isOver = true;
    else takesOver = true;
    await refused(
      (async () => {
        for (let more = 0; more < 20; more += 1) await grow();
      })(),
      /superseded/,
    );
    assert.is(isOver, true);
    assert.is(segmentsOf(path).length, 3);
    for (let more = 0; more < 20; more += 1) {
      other.journal.onStep(tick(taken + more), []);
      await other.journal.sync();
    }
    assert.equal(seqs(await stepsOf(path)), upTo(taken + 20));
    await other.journal.close();
    await journal.close().catch(() => {});
  }
});

test.run();
