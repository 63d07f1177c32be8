import { test } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../../allocator/core/random.ts";
import { type Comparison, compareRuns } from "../../../reports/comparison.ts";
import { renderReport } from "../../../reports/html/report.ts";
import { wholeMetrics } from "../../../reports/statistics/additive-metrics.ts";
import type { RunCells } from "../../../reports/statistics/cells.ts";
import type { RunRecord } from "../../../sim/run-record.ts";
import { cellsOf } from "../../support/cells.ts";
import { exampleRuns, runWith } from "../../support/run-records.ts";

const USERS = 40;
const DAYS = 14;

/** Cells in which user u violates `rate(u)` times a day, give or take half of that. */
function violating(rate: (user: number) => number, stream: string): RunCells {
  const random = new RandomStream(7, stream);
  return cellsOf(USERS, DAYS, (user) => ({ requests: 100, violations: rate(user) * (0.5 + random.float()) }));
}

/** A run whose metrics are those of its cells. */
function runOf(policyText: string, cells: RunCells): RunRecord {
  const { prices } = runWith(policyText, {});
  return runWith(policyText, Object.fromEntries(wholeMetrics(cells, null, prices)));
}

function compare(cells: Readonly<Record<string, RunCells>>): Comparison {
  const runs = Object.entries(cells).map(([name, own]) => runOf(name, own));
  return compareRuns(runs, "", Object.values(cells));
}

test("a difference that all users have is shown; one that chance explains is not, and the verdict says so", () => {
  const { verdict, intervals, runs } = compare({
    "keep-alive:ttl=1m": violating((user) => 10 + user, "a"),
    "keep-alive:ttl=2m": violating((user) => 11.2 + user, "b"),
    reactive: violating((user) => 30 + 2 * user, "c"),
  });
  const [first, second, third] = intervals!.runs;
  assert.is(first!.lessBest, null);
  const close = second!.lessBest!["cost"]!;
  assert.ok(close[0] < 0 && close[1] > 0);
  assert.ok(third!.lessBest!["cost"]![0] > 0);
  assert.ok(first!.lessReactive!["cost"]![1] < 0);
  assert.is(runs[0]!.label, "keep-alive:ttl=1m");
  assert.match(verdict.headline, "“keep-alive:ttl=1m” has the lowest cost of 3 policies");
  assert.match(verdict.headline, "No difference from the runner-up is shown.");
  assert.not.match(verdict.headline, "(no difference shown)");
  assert.ok(verdict.findings.some((text) => text.includes("No difference is shown: the 95 % interval of the difference")));
  assert.not.ok(verdict.caveats.some((text) => text.includes("no interval is shown")));
});

test("the saving against reactive is called no difference where the interval says so", () => {
  const { verdict } = compare({
    "keep-alive": violating((user) => 10 + user, "a"),
    reactive: violating((user) => 11.2 + user, "b"),
  });
  assert.match(verdict.headline, "less than “reactive” (no difference shown)");
});

test("gap closed is 0 for reactive and 1 for clairvoyant in every replicate", () => {
  const { intervals } = compare({
    reactive: violating((user) => 30 + user, "a"),
    clairvoyant: violating((user) => 1 + user / 10, "b"),
    "keep-alive": violating((user) => 15 + user / 2, "c"),
  });
  assert.equal(intervals!.runs[0]!.overall["gap_closed"], [0, 0]);
  assert.equal(intervals!.runs[1]!.overall["gap_closed"], [1, 1]);
  const [low, high] = intervals!.runs[2]!.overall["gap_closed"]!;
  assert.ok(0.4 < low && low < high && high < 0.6, `${low} to ${high}`);
});

test("a metric that is null, or that the cells do not add up to, has no interval", () => {
  const cells = violating(() => 1, "a");
  const run = runOf("reactive", cells);
  const odd = { ...run, metrics: { ...run.metrics, overall: { ...run.metrics.overall, cost: null, requests: 3 } } };
  const { overall } = compareRuns([odd], "", [cells]).intervals!.runs[0]!;
  assert.equal([overall["cost"], overall["requests"], overall["cold_starts"]], [undefined, undefined, [0, 0]]);
});

test("without the cells of every run there are no intervals, and the page says why", async () => {
  const runs = exampleRuns();
  const comparison = compareRuns(runs, "", [violating(() => 1, "a"), null, null, null]);
  assert.is(comparison.intervals, null);
  assert.match(await renderReport(comparison), "No intervals: not every run record has its cells");
});

test("the page shows each interval, how they were made, and what has none", async () => {
  const comparison = compare({ reactive: violating((user) => user, "a"), "keep-alive": violating((user) => user / 2, "b") });
  const page = await renderReport(comparison);
  assert.match(page, 'class="interval"');
  assert.match(page, "1\u202f000 times as many users and as many blocks as there are");
  assert.match(page, "drawn with replacement from 40 users and 14 blocks of 1\u202fs, the same for every policy (seed 1)");
  assert.match(page, "No interval for <code>start_latency_ms_max</code>");
});

test.run();
