import { test } from "uvu";
import * as assert from "uvu/assert";
import { mergeStaircases, shareWithin } from "../../../reports/charts/staircase.ts";
import type { LatencyDistribution } from "../../../sim/run-record.ts";

const warm: LatencyDistribution = { tier: "a", path: "warm", requests: 6, points: [[0, 6]] };
const cold: LatencyDistribution = {
  tier: "a",
  path: "cold",
  requests: 4,
  points: [
    [100, 1],
    [500, 3],
    [900, 4],
  ],
};
const late: LatencyDistribution = { tier: "b", path: "late", requests: 2, points: [[500, 2]] };

test("groups of requests add up to one staircase, equal latencies to one step", () => {
  assert.equal(mergeStaircases([cold, warm, late]), { requests: 12, latencyMs: [0, 100, 500, 900], atMost: [6, 7, 11, 12] });
  assert.equal(mergeStaircases([]), { requests: 0, latencyMs: [], atMost: [] });
});

test("a share within a latency counts the requests at it", () => {
  const merged = mergeStaircases([warm, cold]);
  assert.equal(
    [0, 99, 100, 499, 500, 900, 5000].map((ms) => shareWithin(merged, ms)),
    [0.6, 0.6, 0.7, 0.7, 0.9, 1, 1],
  );
  assert.is(shareWithin(mergeStaircases([cold]), 99), 0);
  assert.is(shareWithin(mergeStaircases([]), 0), null);
});

test.run();
