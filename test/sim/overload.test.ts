import { test } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../allocator/core/random.ts";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import { TraceBuilder } from "../../datasets/build-trace.ts";
import type { Trace } from "../../datasets/trace.ts";
import { RunMetricsObserver } from "../../reports/metrics/run-metrics.ts";
import { DEFAULT_PRICES } from "../../reports/prices.ts";
import { simulate } from "../../sim/simulate.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SLOT = { cpuMillis: 1000, memoryMiB: 1024, gpuMillis: 0, networkKbps: 0 };
const SLOTS = 10;
const SERVICE_MS = 10 * MINUTE_MS;
/** What each tier asks for, in slots at work on average: twice what there is, a tenth of that by the top tier. */
const LOADS = { premium: 2, standard: 6, batch: 12 } as const;

/** Three days of Poisson arrivals and exponential services, one user a tier. */
function overloaded(seed: number): Trace {
  const source = { importer: "test", options: {}, files: [] };
  const builder = new TraceBuilder({ name: "overload", source, license: "none", citation: "none" });
  builder.tier({ name: "premium", targetStartMs: MINUTE_MS, priority: 2, levelPpm: 990_000, mayPreempt: true });
  builder.tier({ name: "standard", targetStartMs: 5 * MINUTE_MS, priority: 1, levelPpm: 950_000, mayPreempt: false });
  builder.tier({ name: "batch", targetStartMs: HOUR_MS, priority: 0, levelPpm: 500_000, mayPreempt: false });
  builder.app({ name: "job", shape: SLOT, coldStartMs: 0, resumeMs: 0 });
  const endMs = 72 * HOUR_MS;
  for (const [tier, load] of Object.entries(LOADS)) {
    const random = new RandomStream(seed, tier);
    builder.user({ name: tier, role: "", tier, timeZone: "UTC", permissions: null });
    for (let atMs = 0; ; ) {
      atMs += Math.ceil(random.exponential(SERVICE_MS / load));
      if (atMs >= endMs) break;
      const runMs = Math.ceil(random.exponential(SERVICE_MS));
      builder.request({ user: tier, app: "job", submitMs: atMs, runMs });
    }
  }
  return builder.build({ startMs: 0, endMs });
}

/** Of each tier: the share of requests that started too late or not at all, those preempted, and the hours of work lost. */
async function scores(admit: object) {
  const trace = overloaded(7);
  const nodes = Array.from({ length: SLOTS }, (_, i) => ({ name: `n${i}`, capacity: SLOT }));
  const metrics = new RunMetricsObserver({ fromMs: 0, toMs: trace.manifest.window.endMs, prices: DEFAULT_PRICES });
  const cluster = { pools: [{ name: "default", nodes }] };
  await simulate({ trace, cluster, policy: policyFromDocument({ admit }), observers: [metrics] });
  const { byTier } = metrics.finish();
  const of = (tier: string) => {
    const { sla_violation_fraction, preemptions, lost_work_instance_hours } = byTier[tier]!;
    return { violations: sla_violation_fraction!, preemptions: preemptions!, lostHours: lost_work_instance_hours! };
  };
  return { premium: of("premium"), standard: of("standard"), batch: of("batch") };
}

test("under twice the load that there is room for, the top tier keeps its service level, and those below pay", async () => {
  const waiting = await scores({});
  const preempting = await scores({ preempt: "on", grace: "10s" });
  assert.is(Math.round(waiting.premium.violations * 100), 42);
  assert.is(preempting.premium.violations, 0);
  assert.is(preempting.premium.preemptions, 0);
  assert.is(Math.round(preempting.standard.violations * 100), 39);
  const { lostHours } = preempting.batch;
  const allLostHours = lostHours + preempting.standard.lostHours;
  assert.is(Math.round(allLostHours), 59);
  assert.is(Math.round((100 * lostHours) / allLostHours), 76);
  assert.ok(preempting.batch.violations > 0.9, "and what is lacking is lacking there");
});

test("a bound on starvation lets the lowest tier in at the cost of the middle one, not of the top", async () => {
  const bounded = await scores({ preempt: "on", grace: "10s", starvation: "1h" });
  assert.is(bounded.premium.violations, 0);
  assert.is(Math.round(bounded.standard.violations * 100), 72);
  assert.is(bounded.standard.preemptions + bounded.batch.preemptions, 737);
});

test("a budget bounds what is lost: three requests an hour", async () => {
  const bounded = await scores({ preempt: "on", grace: "10s", budget: 3 });
  const preemptions = bounded.standard.preemptions + bounded.batch.preemptions;
  assert.ok(preemptions > 150 && preemptions <= 3 * 72, `${preemptions} in 72 hours`);
});

test.run();
