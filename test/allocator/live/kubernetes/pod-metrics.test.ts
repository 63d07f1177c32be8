import { test } from "uvu";
import * as assert from "uvu/assert";
import { instanceUsage, type PodMetrics } from "../../../../allocator/live/kubernetes/pod-metrics.ts";

const METRICS: PodMetrics = {
  metadata: { name: "prae-r-7", uid: "", resourceVersion: "", labels: { "prae.dev/instance": "7" } },
  timestamp: "2026-11-29T12:00:30Z",
  window: "15.25s",
  containers: [
    { name: "app", usage: { cpu: "250000001n", memory: "131072Ki" } },
    { name: "sidecar", usage: { cpu: "12m", memory: "1Mi" } },
  ],
};

test("what a pod uses is what its containers do, over a window that ends when it says", () => {
  assert.equal(instanceUsage(METRICS), {
    instance: 7,
    atMs: Date.parse("2026-11-29T12:00:30Z"),
    windowMs: 15_250,
    used: { cpuMillis: 262, memoryMiB: 129, gpuMillis: 0, networkKbps: 0 },
  });
  for (const [window, ms] of [
    ["1m0.5s", 60_500],
    ["1h2m3s", 3_723_000],
    ["30s", 30_000],
    ["500ms", 500],
  ] as const)
    assert.is(instanceUsage({ ...METRICS, window })?.windowMs, ms, window);
});

test("what is no instance's, or says not when or how long, is passed over", () => {
  for (const window of ["", "0s", "-5s", "5", "5 s", "s", "x5s"]) assert.is(instanceUsage({ ...METRICS, window }), null, window);
  assert.is(instanceUsage({ ...METRICS, timestamp: "yesterday" }), null);
  assert.is(instanceUsage({ ...METRICS, containers: [] }), null);
  assert.is(instanceUsage({ ...METRICS, metadata: { ...METRICS.metadata, labels: {} } }), null);
  assert.is(instanceUsage({ metadata: METRICS.metadata }), null);
});

test.run();
