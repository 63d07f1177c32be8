import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import { TraceBuilder } from "../../datasets/build-trace.ts";
import { RunMetricsObserver } from "../../reports/metrics/run-metrics.ts";
import { DEFAULT_PRICES } from "../../reports/prices.ts";
import { clusterFromDocument } from "../../sim/cli/cluster-document.ts";
import { simulate } from "../../sim/simulate.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const SLOT = { cpuMillis: 1000, memoryMiB: 256, gpuMillis: 0, networkKbps: 0 };

/** Requests of one slot that start in 1 s, in a pool of nodes of two slots at 3.6 an hour, each ready 90 s after it is asked for. */
async function measured(pool: object, requests: readonly (readonly [submitMs: number, runMs: number])[]) {
  const source = { importer: "test", options: {}, files: [] };
  const builder = new TraceBuilder({ name: "x", source, license: "none", citation: "none" });
  builder.app({ name: "app", shape: SLOT, coldStartMs: SECOND, resumeMs: 0 });
  for (const [submitMs, runMs] of requests) builder.request({ user: "user", app: "app", submitMs, runMs });
  const trace = builder.build({ startMs: 0, endMs: HOUR });
  const capacity = { cpuMillis: 2000, memoryMiB: 512 };
  const cluster = clusterFromDocument({ pools: [{ name: "p", nodes: 0, max: 3, provision: "90s", price: 3.6, capacity }] }, "");
  const metrics = new RunMetricsObserver({ fromMs: 0, toMs: HOUR, prices: DEFAULT_PRICES });
  await simulate({ trace, cluster, policy: policyFromDocument({ pool }), observers: [metrics] });
  const { start_latency_ms_max, queue_wait_ms_mean, node_hours, capacity_cost, rejected, started } = metrics.finish().overall;
  return {
    latencyMs: start_latency_ms_max,
    waitMs: queue_wait_ms_mean,
    nodeSeconds: Math.round(node_hours! * 3_600),
    cost: Math.round(capacity_cost! * 1_000) / 1_000,
    rejected,
    started,
  };
}

test("worked by hand: one request, from no node to none again", async () => {
  // Asked for at the first scan, at 10 s; ready at 100 s; started at 101 s; over at 161 s. Unneeded from the scan at 170 s on, for
  // longer than 10 min at that at 780 s, which is more than 10 min after the pool grew. 680 s of a node at a thousandth a second.
  const found = await measured({ strategy: "cluster-autoscaler" }, [[0, 60 * SECOND]]);
  assert.equal(found, { latencyMs: 101_000, waitMs: 100_000, nodeSeconds: 680, cost: 0.68, rejected: 0, started: 1 });
});

test("worked by hand: three requests need two nodes, the emptier of which leaves while the other works", async () => {
  // Both ready at 100 s; r0 and r1 on the first until 1,301 s, r2 on the second until 161 s. That leaves at 780 s, as above, after
  // 680 s; the other, unneeded from 1,310 s on, at 1,920 s, after 1,820 s.
  const found = await measured({ strategy: "cluster-autoscaler" }, [
    [0, 1_200 * SECOND],
    [0, 1_200 * SECOND],
    [0, 60 * SECOND],
  ]);
  assert.equal(found, { latencyMs: 101_000, waitMs: 100_000, nodeSeconds: 2_500, cost: 2.5, rejected: 0, started: 3 });
});

test.run();
