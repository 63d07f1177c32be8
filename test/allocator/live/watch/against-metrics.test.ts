import { test } from "uvu";
import * as assert from "uvu/assert";
import { AllocatorCore } from "../../../../allocator/core/core.ts";
import { Drive } from "../../../../allocator/drive.ts";
import { COLUMNS, type Column } from "../../../../allocator/live/watch/measures.ts";
import { ObservedStarts } from "../../../../allocator/live/watch/observed-starts.ts";
import { ObservedWaste } from "../../../../allocator/live/watch/observed-waste.ts";
import { policyFromText } from "../../../../allocator/policy-text.ts";
import { RunMetricsObserver } from "../../../../reports/metrics/run-metrics.ts";
import { DEFAULT_PRICES, violationPrice } from "../../../../reports/prices.ts";
import { SimulatedCluster } from "../../../../sim/cluster.ts";
import { clusterOf } from "../../../../sim/cluster-spec.ts";
import { definitions } from "../../../../sim/workload.ts";
import { randomTrace } from "../../../support/random-trace.ts";

const HOUR = ["cpuCoreHour", "memoryGiBHour", "gpuHour", "networkMbpsHour"] as const;
const USED = ["used_cpu_core_hours", "used_memory_gib_hours", "used_gpu_hours", "used_network_mbps_hours"];

function close(found: number, expected: number, what: string): void {
  assert.ok(Math.abs(found - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), `${what}: ${found}, not ${expected}`);
}

for (const text of [
  "keep-alive:ttl=20s",
  "keep-alive:ttl=5s,suspend=30s",
  "reactive:every=10s,margin=1.3",
  "expected-cost",
  "preemptive:budget=1000",
  "vpa:every=30s",
]) {
  test(`what is observed while ${text} runs is what its journal is scored at`, () => {
    const trace = randomTrace(11);
    const { startMs, endMs } = trace.manifest.window;
    const policy = policyFromText(text);
    const cluster = clusterOf(trace);
    const core = new AllocatorCore();
    const { controlEveryMs } = policy;
    const world = new SimulatedCluster({
      trace,
      cluster,
      definitions: definitions(trace, cluster, policy, startMs),
      controlEveryMs,
      forecasts: [],
    });
    const metrics = new RunMetricsObserver({ fromMs: startMs, toMs: endMs, prices: DEFAULT_PRICES });
    const sums = Object.fromEntries(COLUMNS.map((name) => [name, 0])) as Record<Column, number>;
    const count = (_user: number, column: Column, amount: number) => {
      sums[column] += amount;
    };
    const targets = new Map(trace.tiers.map(({ name, targetStartMs }) => [name, targetStartMs]));
    const state = () => core.state;
    const price = (tier: string) => violationPrice(DEFAULT_PRICES, tier);
    const starts = new ObservedStarts(state, (tier) => targets.get(tier) as number, price, count);
    const hour = HOUR.map((name) => DEFAULT_PRICES[name]);
    const waste = new ObservedWaste(state, hour, false, count);
    const inWindow = [starts, waste].map((observer) => ({
      onStep: (...[event, decisions]: Parameters<typeof starts.onStep>) => {
        if (event.atMs < endMs) observer.onStep(event, decisions);
      },
    }));
    new Drive({ core, source: world, actuator: world, observers: [metrics, ...inWindow] }).run(1_000_000);
    starts.look(endMs);
    waste.look(endMs);
    const { overall } = metrics.finish();
    assert.is(sums.violations, overall.sla_violations);
    assert.is(sums.started, overall.started);
    assert.is(sums.rejected, overall.rejected);
    assert.is(sums.cold, overall.cold_starts);
    close(sums.latencyMs / sums.started, overall.start_latency_ms_mean as number, "latency");
    close(sums.violationCost, overall.violation_cost as number, "violation cost");
    close(sums.waste, overall.waste_cost as number, "waste");
    const use = USED.reduce((cost, name, i) => cost + (overall[name] as number) * (hour[i] as number), 0);
    close(sums.use, use, "use");
    assert.ok(sums.decided <= (overall.requests as number) && sums.decided >= sums.started);
  });
}

test.run();
