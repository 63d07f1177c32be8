import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AllocatorCore } from "../../../allocator/core/core.ts";
import type { Policy } from "../../../allocator/core/policy.ts";
import { RESOURCE_NAMES } from "../../../allocator/core/resources.ts";
import { Drive } from "../../../allocator/drive.ts";
import { TraceBuilder } from "../../../datasets/build-trace.ts";
import type { Trace } from "../../../datasets/trace.ts";
import { RunMetricsObserver } from "../../../reports/metrics/run-metrics.ts";
import { DEFAULT_PRICES } from "../../../reports/prices.ts";
import { SimulatedCluster } from "../../../sim/cluster.ts";
import { clusterOf } from "../../../sim/cluster-spec.ts";
import { definitions } from "../../../sim/workload.ts";
import { NaiveCapacity } from "../../support/naive-capacity.ts";

const TO_MS = 400;

/** Two nodes that are soon full, apps of each kind, three users; a reservation follows demand every 20 ms. */
const cases = fc.record({
  apps: fc.array(
    fc.record({
      coldStartMs: fc.nat(30),
      shared: fc.boolean(),
      concurrency: fc.integer({ min: 1, max: 2 }),
      cores: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 3, maxLength: 3 },
  ),
  requests: fc.array(
    fc.record({ submitMs: fc.nat(TO_MS - 1), runMs: fc.nat(60), user: fc.nat(2), app: fc.nat(2), cores: fc.nat(3) }),
    { minLength: 10, maxLength: 80, size: "max" },
  ),
  ttlMs: fc.nat(80),
  reserves: fc.boolean(),
});
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

function traceOf({ apps, requests }: Case): Trace {
  const builder = new TraceBuilder({
    name: "small",
    source: { importer: "test", options: {}, files: [] },
    license: "none",
    citation: "none",
  });
  for (const [i, tier] of ["premium", "standard", "best-effort"].entries()) builder.user({ name: `user-${i}`, tier });
  for (const [i, { cores, ...app }] of apps.entries()) {
    builder.app({ name: `app-${i}`, ...app, shape: { cpuMillis: 1000 * cores, memoryMiB: 256, gpuMillis: 0, networkKbps: 0 } });
  }
  for (const i of [0, 1]) {
    builder.node({
      name: `node-${i}`,
      pool: "default",
      capacity: { cpuMillis: 4000, memoryMiB: 4096, gpuMillis: 0, networkKbps: 0 },
    });
  }
  for (const { user, app, cores, ...times } of requests) {
    const requested = { cpuMillis: 1000 * Math.min(cores, apps[app]!.cores), memoryMiB: 128, gpuMillis: 0, networkKbps: 0 };
    builder.request({ user: `user-${user}`, app: `app-${app}`, requested, ...times });
  }
  return builder.build({ startMs: 0, endMs: TO_MS });
}

const policyOf = ({ ttlMs, reserves }: Case): Policy => ({
  name: "test",
  controlEveryMs: reserves ? 20 : null,
  feed: null,
  reserve: reserves ? { strategy: "last-value", factorPpm: 1_200_000 } : { strategy: "none" },
  warm: { strategy: "ttl", ttlMs },
  place: { strategy: "first-fit" },
  admit: { strategy: "priority" },
});

test("what is held is what the core's ledger says, at every step; nothing is promised that is not there", async () => {
  let waited = 0;
  let headroom = 0;
  await fc.assert(
    fc.asyncProperty(cases, async (one) => {
      const trace = traceOf(one);
      const policy = policyOf(one);
      const cluster = clusterOf(trace);
      const core = new AllocatorCore();
      const world = new SimulatedCluster({
        trace,
        cluster,
        definitions: definitions(trace, cluster, policy, 0),
        controlEveryMs: policy.controlEveryMs,
        forecasts: [],
      });
      const metrics = new RunMetricsObserver({ fromMs: 0, toMs: TO_MS, prices: DEFAULT_PRICES, bins: 1 });
      const naive = new NaiveCapacity();
      const check = {
        onStep(event: Parameters<typeof metrics.onStep>[0], decisions: Parameters<typeof metrics.onStep>[1]) {
          naive.take({ event, decisions: [...decisions] });
          for (const resource of RESOURCE_NAMES) {
            assert.is(
              naive.held(resource),
              core.state.ledger.total[resource],
              `${resource} after event ${event.seq} ${event.kind}`,
            );
          }
        },
      };
      new Drive({ core, source: world, actuator: world, observers: [metrics, check] }).run(1_000_000);
      const { overall, byTier, timeline } = metrics.finish();
      for (const resource of RESOURCE_NAMES) assert.ok(timeline.parts.free![resource][0]! >= 0, `${resource} over capacity`);
      const starts = ["warm", "shadow", "late", "resumed", "cold"].reduce((sum, path) => sum + overall[`${path}_starts`]!, 0);
      assert.is(overall.requests, one.requests.length);
      assert.is(overall.started! + overall.unfinished! + overall.rejected!, overall.requests);
      assert.ok(starts >= overall.started! && starts + overall.rejected! <= overall.requests!);
      for (const name of ["requests", "started", "sla_violations", "unfinished", "cold_starts"]) {
        assert.is(
          Object.values(byTier).reduce((sum, tier) => sum + tier[name]!, 0),
          overall[name],
          name,
        );
      }
      waited += overall.queue_wait_ms_p99 ?? 0;
      headroom += overall.headroom_cpu_core_hours!;
    }),
    { seed: 7, numRuns: 150 },
  );
  assert.ok(waited > 0 && headroom > 0, "no case has queueing, or none has headroom");
});

test.run();
