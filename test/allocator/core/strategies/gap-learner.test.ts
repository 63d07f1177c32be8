import { test } from "uvu";
import * as assert from "uvu/assert";
import { ByteReader, ByteWriter } from "../../../../allocator/core/bytes.ts";
import { RandomStream } from "../../../../allocator/core/random.ts";
import { GapHistory } from "../../../../allocator/core/strategies/gap-history.ts";
import { GapLearner } from "../../../../allocator/core/strategies/gap-learner.ts";

const MINUTE_MS = 60_000;

function history(...gapsMs: readonly (readonly [sinceArrivalMs: number, sinceOverMs: number])[]): GapHistory {
  const kept = new GapHistory();
  for (const [sinceArrivalMs, sinceOverMs] of gapsMs) kept.add(sinceArrivalMs, sinceOverMs);
  return kept;
}

/** A learner that has seen so many gaps of a group which comes every hour to the minute. */
function hourly(gaps: number): { learner: GapLearner; group: GapHistory } {
  const learner = new GapLearner();
  const group = history();
  for (let k = 0; k < gaps; k += 1) {
    const expected = group.expect();
    const [sinceArrivalMs, sinceOverMs] = [60 * MINUTE_MS, 50 * MINUTE_MS + (k % 7) * MINUTE_MS];
    learner.open(expected, group.count);
    learner.close(expected, group.count, sinceArrivalMs, sinceOverMs);
    group.add(sinceArrivalMs, sinceOverMs);
  }
  return { learner, group };
}

test("the median of the last five gaps, and their spread without the shortest and the longest", () => {
  const group = history([9, 9], [1_000, 1_000], [1_010, 1_010], [1_020, 1_020], [9_999, 9_999], [1, 1]);
  assert.equal(group.expect(), { from: "arrival", medianMs: 1_010, spread: 20 / 1_010 });
  assert.is(history().expect(), null);
});

test("counted from the last arrival or from the end of the last use, whichever varies less", () => {
  assert.is(history([60, 50], [60, 40]).expect()?.from, "arrival");
  assert.is(history([70, 50], [90, 50]).expect()?.from, "over");
});

test("of a group that comes every hour, the window is about the hour, and nothing before it", () => {
  const { learner, group } = hourly(100);
  const passedMs = 5 * MINUTE_MS;
  const windows = learner.windows(group.expect(), group.count, passedMs, MINUTE_MS, 0);
  assert.is(windows.length, 1);
  const [{ fromMs, untilMs } = { fromMs: 0, untilMs: 0 }] = windows;
  // 0.05 % of an hour on either side, less the five minutes that have passed.
  assert.equal([fromMs, untilMs], [55 * MINUTE_MS - 1_800, 55 * MINUTE_MS + 1_801]);
});

test("what other groups did speaks for one that has two gaps", () => {
  const learner = new GapLearner();
  const daily = history([86_400_000, 86_000_000], [86_400_000, 86_100_000]);
  assert.equal(learner.windows(daily.expect(), 2, 0, 60 * MINUTE_MS, 0), [], "none has had two gaps");
  for (let k = 0; k < 50; k += 1) {
    const other = history([7_200_000, 7_000_000], [7_200_000, 7_100_000]);
    learner.open(other.expect(), 2);
    learner.close(other.expect(), 2, 7_200_000, 7_000_000);
  }
  assert.is(learner.windows(daily.expect(), 2, 0, 60 * MINUTE_MS, 0).length, 1);
});

test("gaps that are open count against a return: the more groups stayed away, the fewer windows", () => {
  const { learner, group } = hourly(100);
  const count = () => learner.windows(group.expect(), group.count, 0, 10_000, 0).length;
  assert.is(count(), 1);
  for (let k = 0; k < 1_000; k += 1) learner.open(group.expect(), group.count);
  assert.is(count(), 0);
});

test("waiting that costs more never narrows a window; windows are in order and apart", () => {
  const random = new RandomStream(7, "gaps");
  const learner = new GapLearner();
  const group = history();
  for (let round = 0; round < 2_000; round += 1) {
    const gapMs = 1 + random.below(random.below(2) === 0 ? 1_000 : 1_000_000);
    const expected = group.expect();
    learner.open(expected, group.count);
    learner.close(expected, group.count, gapMs, gapMs);
    group.add(gapMs, gapMs);
    if (round % 20 !== 0) continue;
    let heldMs = 0;
    for (const waitMs of [0, 10, 1_000, 100_000, 10_000_000]) {
      const windows = learner.windows(group.expect(), group.count, 0, waitMs, 0);
      let atMs = -1;
      let sumMs = 0;
      for (const { fromMs, untilMs } of windows) {
        assert.ok(fromMs > atMs && untilMs > fromMs);
        atMs = untilMs;
        sumMs += untilMs - fromMs;
      }
      assert.ok(waitMs > 0 || windows.length === 0, "a start that costs nothing is never held for");
      assert.ok(sumMs >= heldMs);
      heldMs = sumMs;
    }
  }
});

test("where how fast a group went on says nothing of how long it stays away, time is asked and not multiples", () => {
  const random = new RandomStream(3, "bursts");
  const learner = new GapLearner();
  const burst = () => {
    const medianMs = 1_000 * (1 + random.below(9));
    return history([medianMs, medianMs], [3 * medianMs, 3 * medianMs], [9 * medianMs, 9 * medianMs]);
  };
  for (let k = 0; k < 500; k += 1) {
    const group = burst();
    const gapMs = 600_000 + random.below(600_000);
    learner.open(group.expect(), group.count);
    learner.close(group.expect(), group.count, gapMs, gapMs);
  }
  for (let k = 0; k < 20; k += 1) {
    const group = burst();
    const windows = learner.windows(group.expect(), group.count, 0, 30 * MINUTE_MS, 0);
    assert.is(windows.length, 1);
    // The bins that hold ten to twenty minutes: e^(0.7 × 19) ms is 9.95 minutes.
    assert.equal(windows[0], { fromMs: 597_195, untilMs: 1_202_605 });
  }
});

test("windows less than a start-up apart are one", () => {
  const learner = new GapLearner();
  const group = history([100_000, 100_000], [100_000, 100_000]);
  for (let k = 0; k < 100; k += 1) {
    learner.open(group.expect(), 2);
    const gapMs = k % 2 === 0 ? 100_000 : 150_000;
    learner.close(group.expect(), 2, gapMs, gapMs);
  }
  const windows = (mergeMs: number) => learner.windows(group.expect(), 2, 0, 60_000, mergeMs);
  assert.is(windows(0).length, 2);
  assert.is(windows(60_000).length, 1);
});

test("written and read, it says the same", () => {
  const { learner, group } = hourly(30);
  const out = new ByteWriter();
  learner.write(out);
  group.write(out);
  const again = new GapLearner();
  const from = new ByteReader(out.written());
  again.read(from);
  const same = GapHistory.read(from);
  const windows = (of: GapLearner, by: GapHistory) => of.windows(by.expect(), by.count, 1_000, 100_000, 0);
  assert.is.not(windows(learner, group).length, 0);
  assert.equal(windows(again, same), windows(learner, group));
});

test.run();
