import { test } from "uvu";
import * as assert from "uvu/assert";
import { ByteReader, ByteWriter } from "../../../../allocator/core/bytes.ts";
import type { AppId, UserId } from "../../../../allocator/core/ids.ts";
import { type Group, InstanceTable } from "../../../../allocator/core/instances.ts";
import { ExpectedCost } from "../../../../allocator/core/strategies/expected-cost.ts";
import { GapHistory } from "../../../../allocator/core/strategies/gap-history.ts";
import { GapLearner } from "../../../../allocator/core/strategies/gap-learner.ts";

const MINUTE = 60_000;

/** A learner that has seen `count` jobs, each of them run every `everyMs` for `runMs`, `times` times. */
function learnt(everyMs: number, runMs: number, count: number, times: number): GapLearner {
  const learner = new GapLearner();
  for (let job = 0; job < count; job += 1) {
    const history = new GapHistory();
    for (let k = 0; k < times; k += 1) {
      learner.open(history.expect(), history.count);
      learner.close(history.expect(), history.count, everyMs, everyMs - runMs);
      history.add(everyMs, everyMs - runMs);
    }
  }
  return learner;
}

function historyOf(...gapsMs: readonly (readonly [sinceArrivalMs: number, sinceOverMs: number])[]): GapHistory {
  const history = new GapHistory();
  for (const [sinceArrivalMs, sinceOverMs] of gapsMs) history.add(sinceArrivalMs, sinceOverMs);
  return history;
}

test("a group's next use is counted from its arrival where that varies less, else from when it was over", () => {
  const cron = historyOf([600, 590], [600, 400], [600, 500]).expect();
  assert.equal(cron, { from: "arrival", medianMs: 600, spread: 0 });
  const loop = historyOf([110, 100], [300, 100], [200, 100]).expect();
  assert.equal(loop, { from: "over", medianMs: 100, spread: 0 });
});

test("of five gaps the shortest and the longest say nothing about the spread; of more, the last five count", () => {
  const gaps = [9, 100, 104, 5_000, 1, 102].map((ms) => [ms, ms] as const);
  assert.equal(historyOf(...gaps).expect(), { from: "arrival", medianMs: 102, spread: (104 - 100) / 102 });
});

test("a job that comes every ten minutes is stopped after use, and held for a moment around its next run", () => {
  const learner = learnt(10 * MINUTE, MINUTE, 20, 12);
  const history = historyOf(...Array.from({ length: 5 }, () => [10 * MINUTE, 9 * MINUTE] as const));
  const windows = learner.windows(history.expect(), history.count, MINUTE, 5 * MINUTE, 1_000);
  assert.is(windows.length, 1);
  const [{ fromMs, untilMs }] = windows as [{ fromMs: number; untilMs: number }];
  assert.ok(fromMs <= 9 * MINUTE && untilMs > 9 * MINUTE, `${fromMs}…${untilMs}`);
  assert.ok(untilMs - fromMs < 0.05 * MINUTE, `${untilMs - fromMs} ms`);
});

test("where a cold start costs nothing, nothing is held", () => {
  const learner = learnt(10 * MINUTE, MINUTE, 20, 12);
  const history = historyOf([10 * MINUTE, 9 * MINUTE]);
  assert.equal(learner.windows(history.expect(), history.count, MINUTE, 0, 1_000), []);
});

test("the dearer a cold start, the longer is held", () => {
  const learner = new GapLearner();
  for (let k = 0; k < 500; k += 1) {
    learner.open(null, 0);
    learner.close(null, 0, 0, 1_000 * (1 + ((k * 7) % 100)));
  }
  let before = -1;
  for (const waitMs of [1_000, 10_000, 60_000, 600_000]) {
    const windows = learner.windows(null, 0, 0, waitMs, 0);
    const heldMs = windows.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0);
    assert.ok(heldMs >= before, `${waitMs}: ${heldMs} after ${before}`);
    before = heldMs;
  }
  assert.ok(before > 0);
});

test("groups that never come back are reckoned with: the more gaps stay open, the less is held", () => {
  const held = (open: number) => {
    const learner = new GapLearner();
    for (let k = 0; k < 100; k += 1) {
      learner.open(null, 0);
      learner.close(null, 0, 0, 30_000);
    }
    for (let k = 0; k < open; k += 1) learner.open(null, 0);
    return learner.windows(null, 0, 0, 20_000, 0).reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0);
  };
  assert.ok(held(0) > 0);
  assert.is(held(10_000), 0);
});

test("what was learned is the same after it was written and read", () => {
  const learner = learnt(7 * MINUTE, MINUTE, 5, 9);
  const out = new ByteWriter(1_024);
  learner.write(out);
  const copy = new GapLearner();
  copy.read(new ByteReader(out.written().slice()));
  const expected = historyOf([7 * MINUTE, 6 * MINUTE], [7 * MINUTE, 6 * MINUTE]).expect();
  const of = (one: GapLearner) => one.windows(expected, 2, MINUTE, 10 * MINUTE, 1_000);
  assert.ok(of(learner).length > 0);
  assert.equal(of(copy), of(learner));
});

/** A group that is in use twice a second, and by two at once every ten seconds, for so many minutes. */
function busy(strategy: ExpectedCost, group: Group, minutes: number): number {
  let nowMs = 0;
  for (; nowMs < minutes * MINUTE; nowMs += 500) {
    strategy.arrived(group, nowMs, 1);
    const isDouble = nowMs % 10_000 === 0;
    if (isDouble) {
      strategy.arrived(group, nowMs + 100, 1);
      strategy.over(group, nowMs + 200);
    }
    strategy.over(group, nowMs + 400);
  }
  return nowMs;
}

test("what a busy group needs seldom, a second instance, is held by when a second was needed, not by when one was", () => {
  const startUps = { startUpMs: () => 1_000, mayStartAhead: () => true };
  const strategy = new ExpectedCost({ strategy: "expected-cost", waitMs: MINUTE }, startUps);
  const group = new InstanceTable().group(0 as UserId, 0 as AppId);
  const nowMs = busy(strategy, group, 10);
  strategy.arrived(group, nowMs, 1);
  strategy.arrived(group, nowMs + 100, 1);
  strategy.over(group, nowMs + 200);
  const second = strategy.whenIdle(group, nowMs + 200);
  assert.is(second.keep, "until");
  assert.ok(second.keep === "until" && second.untilMs >= nowMs + 10_000, "the next second instance is ten seconds away");

  const out = new ByteWriter();
  strategy.write(out);
  const copy = new ExpectedCost({ strategy: "expected-cost", waitMs: MINUTE }, startUps);
  copy.read(new ByteReader(out.written().slice()));
  assert.equal(copy.whenIdle(group, nowMs + 200), second);
  strategy.over(group, nowMs + 400);
  const first = strategy.whenIdle(group, nowMs + 400);
  assert.ok(first.keep === "until" && first.untilMs < nowMs + 10_000, "the next use of the group is a tenth of a second away");
});

test.run();
