import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AllocatorEvent } from "../../allocator/core/events.ts";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import type { StepObserver } from "../../allocator/ports.ts";
import { TraceBuilder } from "../../datasets/build-trace.ts";
import { clusterFromDocument } from "../../sim/cli/cluster-document.ts";
import { simulate } from "../../sim/simulate.ts";

const SLOT = { cpuMillis: 1000, memoryMiB: 1024 };
const SECOND_MS = 1_000;

/** Each level that is there saves its part of the wait: nothing, a node, the image, a suspended instance, a warm one. */
test("the levels of warmth: node, image, instance, suspended", async () => {
  const source = { importer: "test", options: {}, files: [] };
  const builder = new TraceBuilder({ name: "levels", source, license: "none", citation: "none" });
  const shape = { ...SLOT, gpuMillis: 0, networkKbps: 0 };
  builder.app({ name: "app", shape, coldStartMs: 10 * SECOND_MS, resumeMs: 2 * SECOND_MS });
  builder.app({ name: "other", shape, coldStartMs: 10 * SECOND_MS, resumeMs: 2 * SECOND_MS });
  const asks: readonly (readonly [app: string, submitS: number])[] = [
    ["app", 0], // no node yet
    ["other", 200], // a node, and none of its image
    ["app", 240], // suspended since 60 s after its last use
    ["app", 260], // warm: used a moment ago
    ["app", 261], // beside the one at work: the image is there
  ];
  for (const [app, submitS] of asks) builder.request({ user: "user", app, submitMs: submitS * SECOND_MS, runMs: 5 * SECOND_MS });
  const trace = builder.build({ startMs: 0, endMs: 400 * SECOND_MS });
  const pool = { name: "spare", nodes: 0, max: 1, provision: "90s", pull: "20s", capacity: { cpuMillis: 4000, memoryMiB: 4096 } };
  const cluster = clusterFromDocument({ pools: [pool] }, "cluster.yaml");
  const policy = policyFromDocument({
    warm: { strategy: "ttl", ttl: "60s", suspend: "10m" },
    pool: { strategy: "cluster-autoscaler", every: "1s", unneeded: "1h" },
  });
  const arrivedMs = new Map<number, number>();
  const endedMs = new Map<number, number>();
  const observer: StepObserver = {
    onStep(event: AllocatorEvent) {
      if (event.kind === "request_arrived") arrivedMs.set(event.request, event.atMs);
      if (event.kind === "request_ended") endedMs.set(event.request, event.atMs);
    },
  };
  await simulate({ trace, cluster, policy, observers: [observer] });
  const waits = [...arrivedMs].map(([request, atMs]) => ((endedMs.get(request) ?? Number.NaN) - atMs) / SECOND_MS - 5);
  assert.equal(waits, [
    1 + 90 + 20 + 10, // the next scan, a node, its image, the start-up
    20 + 10,
    2,
    0,
    10,
  ]);
});

test("a pull time is a duration, and of a pool that has nodes", () => {
  const issues = (pool: object) => {
    try {
      clusterFromDocument({ pools: [pool] }, "cluster.yaml");
      return [];
    } catch (error) {
      return (error as { issues: { path: string }[] }).issues.map(({ path }) => path);
    }
  };
  const nodes = { name: "p", nodes: 1, capacity: SLOT };
  assert.equal(issues({ ...nodes, pull: "20s", spot: true }), []);
  assert.equal(issues({ ...nodes, pull: 20, spot: "yes" }), ["pools[0].spot", "pools[0].pull"]);
  assert.equal(issues({ name: "p", unlimited: true, pull: "20s" }), ["pools[0].pull"]);
});

test.run();
