import { test } from "uvu";
import * as assert from "uvu/assert";
import { Resampling } from "../../../models/backtest/resampling.ts";
import { DEFAULT_PRICES } from "../../../reports/prices.ts";
import { resample, widenToBuckets } from "../../../reports/statistics/bootstrap.ts";
import type { RunCells } from "../../../reports/statistics/cells.ts";
import { decodeCells, digestOfCells, encodeCells } from "../../../reports/statistics/cells-file.ts";
import { bucketOf, WAIT_BUCKETS } from "../../../reports/statistics/wait-buckets.ts";
import { cellsOf } from "../../support/cells.ts";

/** One unit and one block, so that every replicate is the run itself. */
function oneCell(started: number, waitsMs: readonly number[]): RunCells {
  const cells = cellsOf(1, 1, () => ({ started }));
  const buckets = [...new Set(waitsMs.map(bucketOf))].sort((a, b) => a - b);
  const inBucket = (bucket: number) => waitsMs.filter((wait) => bucketOf(wait) === bucket);
  const shortestMs = new Float64Array(WAIT_BUCKETS);
  const longestMs = new Float64Array(WAIT_BUCKETS);
  for (const bucket of buckets) {
    shortestMs[bucket] = Math.min(...inBucket(bucket));
    longestMs[bucket] = Math.max(...inBucket(bucket));
  }
  const waits = {
    cell: new Uint32Array(buckets.length),
    bucket: Uint16Array.from(buckets),
    count: Float64Array.from(buckets, (bucket) => inBucket(bucket).length),
    shortestMs,
    longestMs,
  };
  return { ...cells, waits };
}

function percentiles(cells: RunCells): (number | undefined)[] {
  const resampling = new Resampling({ units: 1, blocks: 1, replicates: 3, seed: 1 });
  const metrics = resample(cells, resampling, DEFAULT_PRICES).get(null)!;
  return ["p50", "p95", "p99"].map((name) => metrics.get(`start_latency_ms_${name}`)![2]);
}

test("buckets are exact below 16 ms, grow by sixteenths, and keep the order", () => {
  assert.equal([0, 1, 15, 16, 17, 31, 32, 33, 34].map(bucketOf), [0, 1, 15, 16, 17, 31, 32, 32, 33]);
  assert.is(bucketOf(2 ** 31 - 1), WAIT_BUCKETS - 1);
  assert.is(bucketOf(1e12), WAIT_BUCKETS - 1);
  let last = 0;
  for (let wait = 1; wait < 5e6; wait = Math.ceil(wait * 1.01)) {
    assert.ok(bucketOf(wait) >= last);
    last = bucketOf(wait);
  }
});

test("worked by hand: percentiles by nearest rank, the waits in no bucket being 0", () => {
  // 100 starts: 94 at once, 4 after 1000 ms, 1 after 2000 and 1 after 5000. Ranks 50, 95 and 99: 0, 1000 and 2000.
  assert.equal(percentiles(oneCell(100, [1000, 1000, 1000, 1000, 2000, 5000])), [0, 1000, 2000]);
  assert.equal(percentiles(oneCell(2, [7])), [0, 7, 7]);
  assert.ok(percentiles(oneCell(0, [])).every((value) => Number.isNaN(value)));
});

test("worked by hand: of waits in the queue only blocks are drawn; of decisions a user-day those without any are 0", () => {
  // 4 units × 1 block, in each 25 starts, of which one waited 1000 ms in the queue, and 10 user-days, of which one had 7 decisions.
  // With one block there is nothing to draw: whoever is drawn, the 99th of 100 starts waited 1000 ms. Of 40 user-days the 40th.
  const cells = cellsOf(4, 1, () => ({ started: 25, userDays: 10 }));
  const bucketed = (value: number) => {
    const ends = new Float64Array(WAIT_BUCKETS);
    ends[bucketOf(value)] = value;
    const cell = Uint32Array.from([0, 1, 2, 3]);
    const count = Float64Array.from([1, 1, 1, 1]);
    return { cell, bucket: Uint16Array.from(cell, () => bucketOf(value)), count, shortestMs: ends, longestMs: ends };
  };
  const resampling = new Resampling({ units: 4, blocks: 1, replicates: 50, seed: 1 });
  const own = { ...cells, queueWaits: bucketed(1000), dayDecisions: bucketed(7) };
  const metrics = resample(own, resampling, DEFAULT_PRICES).get("standard")!;
  assert.ok(metrics.get("queue_wait_ms_p99")!.every((value) => value === 1000));
  assert.ok(metrics.get("decisions_per_user_day_p99")!.every((value) => value === 7));
});

test("an interval reaches from the shortest wait of its first bucket to the longest of its last", () => {
  const { waits } = oneCell(10, [1000, 1010, 1020, 5000, 5100]);
  assert.is(bucketOf(1000), bucketOf(1020));
  assert.equal(widenToBuckets([1020, 5100], waits), [1000, 5100]);
  assert.equal(widenToBuckets([0, 5100], waits), [0, 5100]);
});

test("a file gives the waits back", () => {
  const cells = oneCell(100, [3, 1000, 1000, 70_000]);
  assert.equal(decodeCells(encodeCells(cells), digestOfCells(cells), "x"), cells);
});

test.run();
