import { test } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../../allocator/core/random.ts";
import { wholeMetrics } from "../../../reports/statistics/additive-metrics.ts";
import type { RunCells } from "../../../reports/statistics/cells.ts";
import { PairedRuns, type RunWithCells } from "../../../reports/statistics/paired.ts";
import { cellsOf } from "../../support/cells.ts";
import { runWith } from "../../support/run-records.ts";

const USERS = 40;
const DAYS = 14;

function runOf(cells: RunCells): RunWithCells {
  const { prices } = runWith("reactive", {});
  return { record: runWith("reactive", Object.fromEntries(wholeMetrics(cells, null, prices))), cells };
}

/** User u violates `rate(u)` times a day, give or take half of that. */
function violating(rate: (user: number) => number, stream: string): RunWithCells {
  const random = new RandomStream(7, stream);
  return runOf(cellsOf(USERS, DAYS, (user) => ({ requests: 100, violations: rate(user) * (0.5 + random.float()) })));
}

const SLA = ["sla_violations"];
const ONE = { outside: 0.05, intervals: 1 };

test("several intervals at once: each is wider, and its tails hold at least 20 replicates", () => {
  const [a, b] = [violating((user) => user + 1, "a"), violating((user) => user + 3, "b")];
  const alone = new PairedRuns(a, b, SLA, [null], ONE);
  const among = new PairedRuns(a, b, SLA, [null], { outside: 0.05, intervals: 10 });
  assert.equal([alone.replicates, among.replicates], [1000, 8000]);
  assert.is(among.outside, 0.005);
  const [low, high] = alone.interval("sla_violations", null)!;
  const [lower, higher] = among.interval("sla_violations", null)!;
  assert.ok(lower < low && high < higher);
  const observed = a.record.metrics.overall["sla_violations"]! - b.record.metrics.overall["sla_violations"]!;
  assert.ok(low < observed && observed < high);
});

test("what both runs share cancels: equal runs differ by exactly nothing, and half of a run is surely below it", () => {
  const a = violating((user) => user * user, "a");
  const same = new PairedRuns(a, a, SLA, [null], ONE);
  assert.equal(same.interval("sla_violations", null), [0, 0]);
  assert.ok(same.interval("sla_violations", null, 1.02)![1] < 0);
  assert.ok(same.interval("sla_violations", null, 0.98)![0] > 0);
  const [low, high] = same.interval("sla_violations", null, 1, 5)!;
  assert.equal([low, high], [-5, -5]);
  const doubled = cellsOf(USERS, DAYS, (user) => ({ requests: 100, violations: 2 * user }));
  const single = cellsOf(USERS, DAYS, (user) => ({ requests: 100, violations: user }));
  const pair = new PairedRuns(runOf(single), runOf(doubled), SLA, [null], ONE);
  assert.equal(pair.interval("sla_violations", null, 0.5), [0, 0]);
});

test("corrected intervals of five metrics at once hold all five truths often enough", () => {
  const columns = ["reserves", "releases", "resizes", "launches", "stops"] as const;
  const names = ["reserve", "release", "resize", "launch", "stop"].map((name) => `${name}_decisions`);
  const noisy = (stream: string): RunWithCells => {
    const random = new RandomStream(11, stream);
    return runOf(cellsOf(12, 8, () => Object.fromEntries(columns.map((name) => [name, 5 + 10 * random.float()]))));
  };
  // Each truth is a difference of 0. With 5 % a trial more than 6 of 40 would be a chance of 1 in 100.
  const trials = 40;
  let missed = 0;
  for (let trial = 0; trial < trials; trial++) {
    const pair = new PairedRuns(noisy(`${trial} a`), noisy(`${trial} b`), names, [null], { outside: 0.05, intervals: 5 });
    const intervals = names.map((name) => pair.interval(name, null)!);
    if (intervals.some(([low, high]) => low > 0 || high < 0)) missed++;
  }
  assert.ok(missed <= 6, `${missed} of ${trials} trials`);
});

test("changes a user-day in a window of less than a day: its one day begins in one block, which many draws miss", () => {
  const changing = (changes: number) => runOf(cellsOf(10, 14, (_, block) => ({ changes, userDays: block === 0 ? 1 : 0 })));
  const name = "decisions_per_user_day_mean";
  const pair = new PairedRuns(changing(3), changing(2), [name], [null], ONE);
  assert.equal(pair.metric(name, null), { candidate: 42, incumbent: 28, problem: null });
  // Every draw of 10 users × 14 blocks has 420 changes, and 280.
  assert.equal(pair.interval(name, null), [14, 14]);
  assert.equal(pair.interval(name, null, 1.5, 2), [-2, -2]);
});

test("why nothing can be shown: no such metric, one that does not apply, cells that do not add up", () => {
  const a = violating((user) => user + 1, "a");
  const b = violating((user) => user + 3, "b");
  const { metrics } = b.record;
  const told = (overall: Record<string, number | null>): RunWithCells => ({
    ...b,
    record: { ...b.record, metrics: { ...metrics, overall: { ...metrics.overall, ...overall } } },
  });
  const problemOf = (run: RunWithCells, name: string) => {
    const pair = new PairedRuns(a, run, [name], [null], ONE);
    assert.is(pair.interval(name, null) === null, pair.metric(name, null).problem !== null);
    return pair.metric(name, null).problem;
  };
  assert.is(problemOf(b, "sla_violations"), null);
  assert.is(problemOf(b, "start_latency_ms_p99"), "its differences have no interval");
  assert.is(problemOf(b, "shortage_hours"), "it does not apply to this trace");
  assert.is(problemOf(told({ sla_violations: null }), "sla_violations"), "it does not apply to this trace");
  assert.is(problemOf(told({ sla_violations: 1 }), "sla_violations"), "what was counted by user and day does not add up to it");
});

test.run();
