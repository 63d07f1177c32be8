import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AllocatorEvent } from "../../allocator/core/events.ts";
import { NO_RESOURCES, RESOURCE_NAMES, type Resources } from "../../allocator/core/resources.ts";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import type { StepObserver } from "../../allocator/ports.ts";
import { TraceBuilder } from "../../datasets/build-trace.ts";
import type { Trace } from "../../datasets/trace.ts";
import { RunMetricsObserver } from "../../reports/metrics/run-metrics.ts";
import { DEFAULT_PRICES } from "../../reports/prices.ts";
import { UNLIMITED } from "../../sim/cluster-spec.ts";
import { TrueUse, USAGE_LIMITS, type UsageLimit } from "../../sim/measured-use.ts";
import type { MetricValues } from "../../sim/run-record.ts";
import { simulate } from "../../sim/simulate.ts";

const HOUR_MS = 3_600_000;
const END_MS = 240;
const RUNS = 300;

const RESERVES = [
  { strategy: "last-value", margin: 1 },
  { strategy: "last-value", margin: 0.5 },
  { strategy: "moving-quantile", window: "60ms", level: 0.5 },
  { strategy: "seasonal-naive", season: "60ms" },
  { strategy: "static-peak", until: 90 },
  { strategy: "autopilot", hold: "20ms" },
  { strategy: "vpa" },
  { strategy: "crane" },
  { strategy: "crane-dsp" },
];

interface Case {
  readonly samples: readonly {
    readonly user: number;
    readonly atMs: number;
    readonly windowMs: number;
    readonly used: Resources;
  }[];
  readonly reserve: object;
  readonly controlEveryMs: number;
  readonly limit: UsageLimit;
  readonly graceMs: number | null;
  readonly fromMs: number;
}

/** 0 often, so that what was never used comes first, and small amounts, so that demand meets R. */
const amount = fc.oneof(fc.constant(0), fc.nat(4), fc.nat(3_000));
const cases: fc.Arbitrary<Case> = fc.record({
  samples: fc.array(
    fc.record({
      user: fc.nat(2),
      atMs: fc.integer({ min: 1, max: END_MS }),
      windowMs: fc.oneof(fc.constant(10), fc.integer({ min: 1, max: 50 })),
      used: fc.record({ cpuMillis: amount, memoryMiB: amount, gpuMillis: fc.constant(0), networkKbps: amount }),
    }),
    { minLength: 1, maxLength: 40 },
  ),
  reserve: fc.constantFrom(...RESERVES),
  controlEveryMs: fc.constantFrom(5, 20, 30),
  limit: fc.constantFrom(...USAGE_LIMITS),
  graceMs: fc.oneof(fc.constant(null), fc.constant(0), fc.nat(60)),
  fromMs: fc.oneof(fc.constant(0), fc.nat(END_MS - 1)),
});

/** Sorted as the builder does: what it does with samples of one user at one time is not the matter here. */
function traceOf({ samples }: Case): Trace {
  const builder = new TraceBuilder({
    name: "measured",
    source: { importer: "test", options: {}, files: [] },
    license: "none",
    citation: "none",
  });
  for (let user = 0; user < 3; user += 1) builder.user({ name: `vm-${user}` });
  const seen = new Set<string>();
  for (const { user, ...sample } of samples) {
    const key = `${user} ${sample.atMs}`;
    if (!seen.has(key)) builder.usage({ user: `vm-${user}`, ...sample });
    seen.add(key);
  }
  return builder.build({ startMs: 0, endMs: END_MS });
}

/** What the samples showed and what was reserved, as the run told it. */
class Seen implements StepObserver {
  readonly shown: { user: number; used: Resources; saturated: boolean; inForce: Resources }[] = [];
  /** R by user and millisecond. */
  readonly reserved = Array.from({ length: 3 }, () => new Array<Resources>(END_MS).fill(NO_RESOURCES));

  onStep: StepObserver["onStep"] = (event: AllocatorEvent, decisions) => {
    if (event.kind === "usage_observed") {
      const { user, used, saturated } = event;
      // A sample stamped at the end has what was in force before it.
      const inForce = this.reserved[user]![Math.min(event.atMs, END_MS - 1)]!;
      this.shown.push({ user, used: { ...used }, saturated, inForce });
    }
    for (const decision of decisions) {
      if (decision.kind === "reserve") this.reserved[decision.user]!.fill(decision.resources, event.atMs);
      if (decision.kind === "release") this.reserved[decision.user]!.fill(NO_RESOURCES, event.atMs);
    }
  };
}

/** The score, millisecond by millisecond, as METRICS describes it. */
function byHand({ graceMs, fromMs }: Case, trace: Trace, { reserved }: Seen): Record<string, number> {
  const totals: Record<string, number> = { observedMs: 0, pastGraceMs: 0, episodes: 0 };
  const add = (name: string, value: number) => {
    totals[name] = (totals[name] ?? 0) + value;
  };
  const { usage } = trace;
  for (const user of [0, 1, 2]) {
    /** The first sample that speaks for each millisecond. */
    const speaks = new Array<number | null>(END_MS).fill(null);
    let knownMs = 0;
    for (let row = 0; row < usage!.count; row += 1) {
      if (usage!.user[row] !== user) continue;
      const atMs = usage!.atMs[row]!;
      for (let ms = Math.max(knownMs, atMs - usage!.windowMs[row]!); ms < atMs; ms += 1) speaks[ms] = row;
      knownMs = atMs;
    }
    let shortSinceMs: number | null = null;
    let grace = 0;
    let counted = false;
    for (let ms = 0; ms < END_MS; ms += 1) {
      const row = speaks[ms]!;
      if (row === null) {
        shortSinceMs = null;
        continue;
      }
      let short = false;
      for (const name of RESOURCE_NAMES) {
        const wanted = usage![name][row]!;
        const held = reserved[user]![ms]![name];
        short ||= wanted > held;
        if (ms < fromMs) continue;
        add(`used ${name}`, Math.min(wanted, held));
        add(`missing ${name}`, Math.max(0, wanted - held));
        add(`wasted ${name}`, Math.max(0, held - wanted));
        add(`reserved ${name}`, held);
      }
      if (ms >= fromMs) add("observedMs", 1);
      if (!short) {
        shortSinceMs = null;
        continue;
      }
      if (shortSinceMs === null) {
        shortSinceMs = ms;
        grace = graceMs ?? usage!.windowMs[row]!;
        counted = false;
      }
      if (ms < fromMs || ms < shortSinceMs + grace) continue;
      add("pastGraceMs", 1);
      if (!counted) add("episodes", 1);
      counted = true;
    }
  }
  return totals;
}

async function run(given: Case): Promise<{ values: MetricValues; trace: Trace; seen: Seen }> {
  const trace = traceOf(given);
  const policy = policyFromDocument({ controlEvery: `${given.controlEveryMs}ms`, reserve: given.reserve });
  const truth = new TrueUse(trace);
  const metrics = new RunMetricsObserver({
    fromMs: given.fromMs,
    toMs: END_MS,
    prices: DEFAULT_PRICES,
    graceMs: given.graceMs,
    ...(given.limit === "reservation" ? { demandAt: (sample) => truth.demandAt(sample) } : {}),
  });
  const seen = new Seen();
  await simulate({ trace, cluster: UNLIMITED, policy, limit: given.limit, observers: [metrics, seen] });
  return { values: metrics.finish().overall, trace, seen };
}

const NAMED = {
  cpuMillis: ["cpu_core_hours", 1000],
  memoryMiB: ["memory_gib_hours", 1024],
  networkKbps: ["network_mbps_hours", 1000],
} as const;

test("whatever the limit, the grace and the window: the score is that of every millisecond", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (given) => {
      const { values, trace, seen } = await run(given);
      const totals = byHand(given, trace, seen);
      const near = (name: string, expected: number) => {
        const found = values[name] as number;
        assert.ok(Math.abs(found - expected) <= 1e-9 * Math.max(1, expected), `${name}: ${found}, not ${expected}`);
      };
      for (const [name, [suffix, unit]] of Object.entries(NAMED)) {
        for (const part of ["used", "missing", "wasted", "reserved"]) {
          near(`${part}_${suffix}`, (totals[`${part} ${name}`] ?? 0) / unit / HOUR_MS);
        }
      }
      near("observed_user_hours", totals["observedMs"]! / HOUR_MS);
      near("shortage_hours", totals["pastGraceMs"]! / HOUR_MS);
      assert.is(values["sla_violations"], totals["episodes"]);
    }),
    { numRuns: RUNS, seed: 3 },
  );
});

test("what is shown is min(demand, R) where R limits, with a flag where that cut; without a limit, all of it", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (given) => {
      const { trace, seen } = await run(given);
      seen.shown.forEach(({ user, used, saturated, inForce }, row) => {
        assert.is(trace.usage!.user[row], user);
        let cut = false;
        for (const name of RESOURCE_NAMES) {
          const wanted = trace.usage![name][row]!;
          const limits = given.limit === "reservation" && inForce[name] > 0;
          assert.is(used[name], limits ? Math.min(wanted, inForce[name]) : wanted);
          cut ||= used[name] < wanted;
        }
        assert.is(saturated, cut);
      });
      assert.is(seen.shown.length, trace.usage!.count);
    }),
    { numRuns: RUNS, seed: 4 },
  );
});

test("a longer grace never finds more; what is missing does not depend on it, nor what is observed on the limit", async () => {
  await fc.assert(
    fc.asyncProperty(cases, fc.nat(30), async (given, more) => {
      const graceMs = given.graceMs ?? 0;
      const { values: strict } = await run({ ...given, graceMs });
      const { values: mild } = await run({ ...given, graceMs: graceMs + more });
      for (const name of ["shortage_hours", "sla_violations", "violation_cost"]) {
        assert.ok((mild[name] as number) <= (strict[name] as number), name);
      }
      for (const name of ["missing_cpu_core_hours", "wasted_memory_gib_hours", "waste_cost", "reserve_decisions"]) {
        assert.is(mild[name], strict[name], name);
      }
      for (const limit of USAGE_LIMITS) {
        const { values } = await run({ ...given, limit });
        assert.is(values["observed_user_hours"], strict["observed_user_hours"]);
        const demanded = (of: MetricValues) => (of["used_cpu_core_hours"] as number) + (of["missing_cpu_core_hours"] as number);
        assert.ok(Math.abs(demanded(values) - demanded(strict)) < 1e-12, "used and missing are what was demanded");
        assert.is(values["out_of_memory_kills"] === null, limit === "none");
      }
    }),
    { numRuns: RUNS / 2, seed: 5 },
  );
});

test.run();
