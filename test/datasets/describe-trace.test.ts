import { test } from "uvu";
import * as assert from "uvu/assert";
import { TraceBuilder } from "../../datasets/build-trace.ts";
import { summarizeTrace } from "../../datasets/describe-trace.ts";

const builder = () =>
  new TraceBuilder({ name: "t", source: { importer: "test", options: {}, files: [] }, license: "none", citation: "none" });

// Window [0, 120000). Demand in millicores: 1000 over [0, 30000), 3000 over [30000, 60000), 2000 over [60000, 90000); the
// request that ends at 60000 leaves before the one that arrives then.
function requests() {
  const request = (user: string, submitMs: number, runMs: number, cpuMillis: number, tier: string) =>
    ({ user, app: "a", submitMs, runMs, requested: { cpuMillis, memoryMiB: 10 }, tier }) as const;
  return builder()
    .user({ name: "idle", tier: "premium" })
    .request(request("u", 0, 60_000, 1000, "standard"))
    .request(request("u", 30_000, 60_000, 2000, "premium"))
    .request(request("v", 60_000, 0, 500, "standard"))
    .request(request("u", 119_999, 500_000, 0, "standard"))
    .build({ startMs: 0, endMs: 120_000 });
}

test("requests: counts, rates, run times and demand, by hand", () => {
  const summary = summarizeTrace(requests());
  assert.is(summary.users, 3);
  assert.is(summary.usersWithRequests, 2);
  assert.is(summary.apps, 1);
  assert.is(summary.nodes, null);
  assert.equal(summary.tiers, [
    { tier: "premium", users: 1, requests: 1 },
    { tier: "standard", users: 2, requests: 3 },
    { tier: "best-effort", users: 0, requests: 0 },
  ]);
  assert.equal(summary.arrivals, { meanPerMinute: 2, peakPerMinute: 2, peakAtMs: 0 });
  assert.equal(summary.runMs, { mean: 155_000, p50: 60_000, p95: 500_000, p99: 500_000, max: 500_000 });
  assert.equal(summary.topUsers, [
    { user: "u", requests: 3, share: 0.75 },
    { user: "v", requests: 1, share: 0.25 },
  ]);
  assert.equal(summary.demand.cpuMillis, { mean: (1000 * 60_000 + 2000 * 60_000) / 120_000, peak: 3000 });
  assert.equal(summary.demand.memoryMiB, { mean: (10 * 120_001) / 120_000, peak: 20 });
  assert.equal(summary.demand.gpuMillis, { mean: 0, peak: 0 });
});

test("a usage trace has no arrivals and no peak", () => {
  const used = { cpuMillis: 100, memoryMiB: 0, gpuMillis: 0, networkKbps: 0 };
  const summary = summarizeTrace(
    builder().usage({ user: "u", atMs: 10, windowMs: 10, used }).usage({ user: "v", atMs: 20, windowMs: 5, used }).build(),
  );
  assert.is(summary.arrivals, null);
  assert.is(summary.runMs, null);
  assert.is(summary.usageSamples, 2);
  assert.equal(summary.topUsers, []);
  assert.equal(summary.demand.cpuMillis, { mean: (100 * 10 + 100 * 5) / 20, peak: null });
});

test.run();
