import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AllocatorEvent } from "../../allocator/core/events.ts";
import type { Policy } from "../../allocator/core/policy.ts";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import { policyFromText } from "../../allocator/policy-text.ts";
import type { Trace } from "../../datasets/trace.ts";
import { clairvoyantForecasts } from "../../models/clairvoyant.ts";
import { RunMetricsObserver } from "../../reports/metrics/run-metrics.ts";
import { DEFAULT_PRICES } from "../../reports/prices.ts";
import { wholeMetrics } from "../../reports/statistics/additive-metrics.ts";
import { UNLIMITED } from "../../sim/cluster-spec.ts";
import { TrueUse, type UsageLimit } from "../../sim/measured-use.ts";
import type { MetricValues } from "../../sim/run-record.ts";
import { simulate } from "../../sim/simulate.ts";
import { HOUR_MS, hourly } from "../support/usage-trace.ts";

const lastValue = (margin: number): Policy =>
  policyFromDocument({ controlEvery: "1h", reserve: { strategy: "last-value", margin } });

interface Options {
  readonly limit?: UsageLimit;
  readonly graceMs?: number;
  readonly fromHour?: number;
}

async function run(trace: Trace, policy: Policy, { limit = "none", graceMs, fromHour = 0 }: Options = {}) {
  const truth = new TrueUse(trace);
  const metrics = new RunMetricsObserver({
    fromMs: fromHour * HOUR_MS,
    toMs: trace.manifest.window.endMs,
    prices: DEFAULT_PRICES,
    graceMs: graceMs ?? null,
    ...(limit === "reservation" ? { demandAt: (sample) => truth.demandAt(sample) } : {}),
  });
  const samples: AllocatorEvent[] = [];
  const reserved: [hour: number, cpuMillis: number, rule: string][] = [];
  const observer = {
    onStep: (event: AllocatorEvent, decisions: Parameters<typeof metrics.onStep>[1]) => {
      if (event.kind === "usage_observed") samples.push({ ...event });
      for (const decision of decisions) {
        if (decision.kind === "release") reserved.push([event.atMs / HOUR_MS, 0, decision.because.rule]);
        if (decision.kind === "reserve")
          reserved.push([event.atMs / HOUR_MS, decision.resources.cpuMillis, decision.because.rule]);
      }
    },
  };
  const forecasts = policy.feed === null ? [] : [clairvoyantForecasts(trace, policy.feed)];
  await simulate({ trace, cluster: UNLIMITED, policy, forecasts, limit, observers: [metrics, observer] });
  const { overall, timeline } = metrics.finish();
  return { overall, timeline, samples, reserved, cells: metrics.cells() };
}

function near(values: MetricValues, expected: Readonly<Record<string, number | null>>): void {
  for (const [name, value] of Object.entries(expected)) {
    const found = values[name] as number | null;
    if (value === null || found === null || found === undefined) assert.is(found, value, name);
    else assert.ok(Math.abs(found - value) < 1e-9, `${name}: ${found}, not ${value}`);
  }
}

const FIVE = hourly(
  {
    vm: [
      [1, { cpuMillis: 100 }],
      [2, { cpuMillis: 300 }],
      [3, { cpuMillis: 200 }],
      [4, { cpuMillis: 200 }],
      [5, { cpuMillis: 400 }],
    ],
  },
  { startMs: 0, endMs: 5 * HOUR_MS },
);

test("a sample is held against what was reserved while it was measured", async () => {
  // A tick at each hour, after the sample, gives the next hour the last one's use.
  // hour      1    2    3    4    5
  // demand  100  300  200  200  400
  // R         0  100  300  200  200
  // used      0  100  200  200  200  = 0.7 core h
  // wasted              100          = 0.1
  // missing 100  200            200  = 0.5
  // short     <-------->        <->    periods of 2 h and 1 h; a grace of one window of 1 h leaves 1 h, of one episode
  const { overall, reserved } = await run(FIVE, lastValue(1));
  assert.equal(reserved, [
    [1, 100, "last_value"],
    [2, 300, "last_value"],
    [3, 200, "last_value"],
  ]);
  near(overall, {
    used_cpu_core_hours: 0.7,
    wasted_cpu_core_hours: 0.1,
    headroom_cpu_core_hours: 0.1,
    reserved_cpu_core_hours: 0.8,
    missing_cpu_core_hours: 0.5,
    missing_memory_gib_hours: 0,
    observed_user_hours: 5,
    shortage_hours: 1,
    shortage_time_fraction: 0.2,
    sla_violations: 1,
    sla_violation_fraction: null,
    waste_cost: 0.1 * 0.04,
    violation_cost: 60 * 0.01,
    out_of_memory_kills: null,
  });
});

test("what a trace of usage has no notion of is null", async () => {
  const { overall } = await run(FIVE, lastValue(1));
  for (const name of ["requests", "cold_starts", "cold_fraction", "start_latency_ms_p99", "unfinished", "idle_instance_hours"]) {
    assert.is(overall[name], null, name);
  }
});

test("without grace every period counts, however short; a long grace lets all pass", async () => {
  near((await run(FIVE, lastValue(1), { graceMs: 0 })).overall, { sla_violations: 2, shortage_hours: 3 });
  near((await run(FIVE, lastValue(1), { graceMs: 2 * HOUR_MS })).overall, { sla_violations: 0, shortage_hours: 0 });
});

test("a shortage that began before the evaluation counts from its start on", async () => {
  // [0 h, 2 h) is short: beyond the grace of 1 h it lasts [1 h, 2 h), of which the evaluation sees all or half.
  near((await run(FIVE, lastValue(1), { fromHour: 1 })).overall, {
    observed_user_hours: 4,
    shortage_hours: 1,
    sla_violations: 1,
  });
  near((await run(FIVE, lastValue(1), { fromHour: 1.5 })).overall, { observed_user_hours: 3.5, shortage_hours: 0.5 });
  near((await run(FIVE, lastValue(1), { fromHour: 2 })).overall, { shortage_hours: 0, sla_violations: 0 });
});

test("time that no sample speaks for counts nowhere, ends a shortage, and leaves R as it is", async () => {
  // Silent in (2 h, 4 h]. R: 100 from 1 h, 300 from 2 h on, also at the ticks of 3 h (the last sample still stands) and 4 h (nothing
  // known) until 5 h. Short in (0 h, 2 h] and (4 h, 5 h]: 2 h and 1 h; not one period of 5 h.
  const silent = hourly(
    {
      vm: [
        [1, { cpuMillis: 100 }],
        [2, { cpuMillis: 300 }],
        [5, { cpuMillis: 400 }],
      ],
      other: [[6, { cpuMillis: 0 }]],
    },
    { startMs: 0, endMs: 6 * HOUR_MS },
  );
  const { overall, reserved } = await run(silent, lastValue(1));
  assert.equal(reserved, [
    [1, 100, "last_value"],
    [2, 300, "last_value"],
    [5, 400, "last_value"],
  ]);
  near(overall, {
    observed_user_hours: 4,
    missing_cpu_core_hours: 0.1 + 0.2 + 0.1,
    shortage_hours: 1,
    sla_violations: 1,
    reserved_cpu_core_hours: 0.1 + 0.3,
  });
});

test("the capacity over time is in the hours that the samples are about", async () => {
  const { timeline } = await run(FIVE, lastValue(1));
  const { used, headroom } = timeline.parts;
  const perHour = timeline.bins / 5;
  const mean = (of: readonly number[], hour: number) =>
    of
      .slice(Math.ceil(hour * perHour), Math.floor((hour + 1) * perHour))
      .reduce((sum, value, _, all) => sum + value / all.length, 0);
  assert.equal(
    [0, 1, 2, 3, 4].map((hour) => Math.round(mean(used?.cpuMillis ?? [], hour))),
    [0, 100, 200, 200, 200],
  );
  assert.is(Math.round(mean(headroom?.cpuMillis ?? [], 2)), 100);
});

test("what intervals are made from adds up to the metrics", async () => {
  const { overall, cells } = await run(FIVE, lastValue(1), { fromHour: 1.5 });
  const whole = wholeMetrics(cells, null, DEFAULT_PRICES);
  const names = ["used", "wasted", "reserved", "headroom", "missing"].map((prefix) => `${prefix}_cpu_core_hours`);
  const scored = ["observed_user_hours", "shortage_hours", "shortage_time_fraction", "sla_violations", "violation_cost", "cost"];
  for (const name of [...names, ...scored]) near({ [name]: whole.get(name) ?? null }, { [name]: overall[name] ?? null });
});

test("under a limit the policy sees no more than it gave; the score knows what was demanded", async () => {
  // R: none before 1 h, then ⌈1.2 × what was seen⌉: 120, 144, 173, 208.
  // hour      1    2    3    4    5
  // demand  100  300  200  200  400
  // seen    100  120  144  173  208   saturated from the second on
  // R         0  120  144  173  208
  // missing 100  180   56   27  192  = 0.555 core h
  const { overall, samples } = await run(FIVE, lastValue(1.2), { limit: "reservation" });
  assert.equal(
    samples.map((event) => event.kind === "usage_observed" && [event.used.cpuMillis, event.saturated]),
    [
      [100, false],
      [120, true],
      [144, true],
      [173, true],
      [208, true],
    ],
  );
  near(overall, { missing_cpu_core_hours: 0.555, shortage_hours: 4, sla_violations: 1, out_of_memory_kills: 0 });
});

test("memory above the limit is an out-of-memory kill", async () => {
  const trace = hourly(
    {
      vm: [
        [1, { memoryMiB: 1000 }],
        [2, { memoryMiB: 2000 }],
        [3, { memoryMiB: 1100 }],
        [4, { memoryMiB: 9000 }],
      ],
    },
    { startMs: 0, endMs: 4 * HOUR_MS },
  );
  // R: 1000, then the 1000 that it lets through, and so on: killed in hours 2, 3 and 4.
  near((await run(trace, lastValue(1), { limit: "reservation" })).overall, { out_of_memory_kills: 3 });
  near((await run(trace, lastValue(1), { limit: "reservation", fromHour: 3.5 })).overall, { out_of_memory_kills: 1 });
  near((await run(trace, lastValue(1))).overall, { out_of_memory_kills: null });
});

test("clairvoyant reserves what will be demanded: nothing is missing, nothing wasted", async () => {
  const policy = policyFromDocument({
    controlEvery: "1h",
    feed: { model: "clairvoyant", every: "1h", step: "1h", targets: ["demand"] },
    reserve: { strategy: "forecast", level: 1, lead: "1h" },
  });
  // The first tick is at 1 h: before it nothing is reserved.
  near((await run(FIVE, policy, { fromHour: 1 })).overall, { missing_cpu_core_hours: 0, wasted_cpu_core_hours: 0, cost: 0 });
});

test("static-peak:oracle reserves the peak of the whole trace from the first tick on", async () => {
  const { reserved, overall } = await run(FIVE, policyFromText("static-peak:oracle,every=1h"), { fromHour: 1 });
  assert.equal(reserved, [[1, 400, "forecast"]]);
  near(overall, { missing_cpu_core_hours: 0, wasted_cpu_core_hours: 0.1 + 0.2 + 0.2 });
});

test("a static peak is what was seen before the evaluation, for ever after", async () => {
  const policy = policyFromDocument({ controlEvery: "1h", reserve: { strategy: "static-peak", until: 2 * HOUR_MS } });
  assert.equal((await run(FIVE, policy)).reserved, [
    [1, 100, "static_peak"],
    [2, 300, "static_peak"],
  ]);
});

test.run();
