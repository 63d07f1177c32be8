import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AllocatorEvent } from "../../../allocator/core/events.ts";
import { JournalReader, type JournalStep } from "../../../allocator/journal/reader.ts";
import { LiveError } from "../../../allocator/live/live-error.ts";
import { type JournalPosition, LiveJournal, type Recovered } from "../../../allocator/live/live-journal.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-live-journal-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newPath = () => join(folder, `${files++}.prae.gz`);

const tick = (seq: number): AllocatorEvent => ({ kind: "tick", seq, atMs: 1_000 + seq });

/** Opened, with the steps that it was told of. */
async function opened(path: string, known?: JournalPosition): Promise<Recovered & { readonly steps: readonly JournalStep[] }> {
  const steps: JournalStep[] = [];
  const recovered = await LiveJournal.open(path, known, undefined, undefined, (step) => void steps.push(step));
  return { ...recovered, steps };
}

/** A journal of `count` ticks, each synced by itself, closed as a crash would leave it. */
async function written(count: number): Promise<{ path: string; boundaries: number[] }> {
  const path = newPath();
  const { journal } = await opened(path);
  const boundaries = [0];
  for (let seq = 0; seq < count; seq += 1) {
    journal.onStep(tick(seq), []);
    await journal.sync();
    boundaries.push(statSync(path).size);
  }
  await journal.close();
  return { path, boundaries };
}

test("a journal that was finished is whole for every reader, and goes on when it is opened again", async () => {
  const { path } = await written(3);
  const again = await opened(path);
  assert.equal(
    again.steps.map(({ event }) => event.seq),
    [0, 1, 2],
  );
  await again.journal.finish();
  for (const count of [3, 4]) {
    const reader = new JournalReader(path);
    let events = 0;
    for await (const slice of reader.slices()) events += slice.length;
    assert.ok(reader.ended);
    assert.is(events, count);
    if (count === 4) break;
    const { journal, tornBytes } = await opened(path);
    assert.is(tornBytes, 0, "the end mark is taken off, and is not what a crash cut");
    journal.onStep(tick(3), []);
    await journal.finish();
  }
});

test("cut at any byte, a journal keeps each step that was synced before", async () => {
  const { path, boundaries } = await written(4);
  const whole = readFileSync(path);
  for (let size = 0; size <= whole.length; size += 1) {
    writeFileSync(path, whole.subarray(0, size));
    const { journal, steps, tornBytes } = await opened(path);
    await journal.close();
    const kept = boundaries.filter((boundary) => boundary <= size).length - 1;
    assert.is(steps.length, kept, `cut to ${size} bytes`);
    assert.is(tornBytes, size - (boundaries[kept] as number));
    assert.is(statSync(path).size, boundaries[kept]);
  }
});

test("zeros and noise behind the last step, as a crash may leave them, are taken off", async () => {
  const { path, boundaries } = await written(2);
  for (const tail of [Buffer.alloc(4096), Buffer.from(Array.from({ length: 999 }, (_, i) => (i * 7919) % 256))]) {
    appendFileSync(path, tail);
    const { journal, steps } = await opened(path);
    await journal.close();
    assert.is(steps.length, 2);
    assert.is(statSync(path).size, boundaries[2]);
  }
});

test("damage before the end is no crash: it is refused, and the file left as it is", async () => {
  const { path, boundaries } = await written(4);
  const whole = readFileSync(path);
  for (const at of [12, (boundaries[1] as number) + 30, (boundaries[2] as number) + 1]) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] as number) ^ 1;
    writeFileSync(path, changed);
    try {
      await opened(path);
      assert.unreachable();
    } catch (error) {
      assert.instance(error, LiveError);
      assert.match((error as LiveError).message, /a damaged part before whole ones/);
    }
    assert.ok(readFileSync(path).equals(changed));
  }
});

test("steps that come together share a member; a mark ends one", async () => {
  const path = newPath();
  const { journal } = await opened(path);
  journal.onStep(tick(0), []);
  journal.onStep(tick(1), []);
  const marked = journal.mark();
  journal.onStep(tick(2), []);
  const position = await marked;
  assert.is(position.events, 2);
  await journal.sync();
  await journal.close();
  const behind = await opened(path, position);
  assert.equal(
    behind.steps.map(({ event }) => event.seq),
    [2],
  );
  behind.journal.onStep(tick(3), []);
  await behind.journal.finish();
  const reader = new JournalReader(path);
  for await (const _ of reader.slices());
  assert.ok(reader.ended);
});

test("a journal shorter than its snapshot says is refused", async () => {
  const { path, boundaries } = await written(3);
  truncateSync(path, boundaries[1] as number);
  try {
    await opened(path, { byte: boundaries[2] as number, events: 2, tail: "" });
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /a journal of at least \d+ bytes/);
  }
});

test.run();
