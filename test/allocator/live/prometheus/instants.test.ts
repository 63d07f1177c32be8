import { test } from "uvu";
import * as assert from "uvu/assert";
import { beforeNewest, instantsDue } from "../../../../allocator/live/prometheus/instants.ts";

const SPACING = { stepMs: 60_000, delayMs: 15_000, catchUpMs: 3_600_000 };
const due = (lastMs: number, nowMs: number) => instantsDue(lastMs, nowMs, SPACING);

test("at first the newest instant is read, once its samples are taken to be there", () => {
  assert.equal(due(beforeNewest(6_074_999, SPACING), 6_074_999), {
    startMs: 6_000_000,
    endMs: 6_000_000,
    skipped: 0,
    nextDueMs: 6_075_000,
  });
  assert.is(due(beforeNewest(6_075_000, SPACING), 6_075_000).startMs, 6_060_000);
});

test("nothing is due before its time, and it is known when that is", () => {
  const { startMs, endMs, nextDueMs } = due(6_000_000, 6_030_000);
  assert.ok(endMs < startMs);
  assert.is(nextDueMs, 6_075_000);
  assert.is(due(6_000_000, 6_075_000).endMs, 6_060_000);
});

test("what was missed is read, so many instants at a time, and what is too old is counted", () => {
  assert.equal(due(6_000_000, 6_375_000), { startMs: 6_060_000, endMs: 6_360_000, skipped: 0, nextDueMs: 6_435_000 });
  const long = due(0, 36_015_000);
  assert.equal(long, { startMs: 32_400_000, endMs: 36_000_000, skipped: 539, nextDueMs: 36_075_000 });
  const wide = instantsDue(0, 36_015_000, { ...SPACING, catchUpMs: 36_000_000 });
  assert.equal([wide.startMs, wide.endMs, wide.skipped], [60_000, 60_000 + 119 * 60_000, 0]);
});

test("with another step it goes on behind the last instant, and a clock that was set back waits", () => {
  assert.is(due(6_010_000, 6_200_000).startMs, 6_060_000);
  const { startMs, endMs, nextDueMs } = due(9_000_000, 6_200_000);
  assert.ok(endMs < startMs);
  assert.is(nextDueMs, 9_075_000);
});

test.run();
