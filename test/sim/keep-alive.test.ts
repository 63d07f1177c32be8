import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Policy } from "../../allocator/core/policy.ts";
import { loadAzureFunctions2019 } from "../../datasets/azure-functions-2019/azure-functions-2019.ts";
import { TraceBuilder } from "../../datasets/build-trace.ts";
import type { Trace } from "../../datasets/trace.ts";
import { RunMetricsObserver } from "../../reports/metrics/run-metrics.ts";
import { DEFAULT_PRICES } from "../../reports/prices.ts";
import { UNLIMITED } from "../../sim/cluster-spec.ts";
import { simulate } from "../../sim/simulate.ts";
import { type KeepAliveTotals, simulateKeepAlive } from "../support/reference-keep-alive.ts";
import { testOnTraces } from "../support/skip.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

function keepAlive(ttlMs: number): Policy {
  return {
    name: "keep-alive",
    controlEveryMs: null,
    feed: null,
    reserve: { strategy: "none" },
    warm: { strategy: "ttl", ttlMs },
    place: { strategy: "first-fit" },
    admit: { strategy: "priority" },
  };
}

/** What the product says. */
async function measure(trace: Trace, ttlMs: number, fromMs: number): Promise<KeepAliveTotals> {
  const metrics = new RunMetricsObserver({ fromMs, toMs: trace.manifest.window.endMs, prices: DEFAULT_PRICES });
  await simulate({ trace, cluster: UNLIMITED, policy: keepAlive(ttlMs), observers: [metrics] });
  const { overall } = metrics.finish();
  return { coldStarts: overall["cold_starts"]!, idleMs: Math.round(overall["idle_instance_hours"]! * HOUR_MS) };
}

/** What the reference says. */
function expect(trace: Trace, ttlMs: number, fromMs: number): KeepAliveTotals {
  return simulateKeepAlive({
    ...trace.requests,
    coldStartMs: trace.apps.map((app) => app.coldStartMs),
    shared: trace.apps.map((app) => app.shared),
    ttlMs,
    fromMs,
    toMs: trace.manifest.window.endMs,
  });
}

interface SmallTrace {
  readonly endMs: number;
  readonly fromMs: number;
  readonly ttlMs: number;
  readonly apps: readonly { readonly coldStartMs: number; readonly shared: boolean }[];
  readonly requests: readonly {
    readonly submitMs: number;
    readonly runMs: number;
    readonly user: number;
    readonly app: number;
  }[];
}

/** Times so small that ties, boundaries and cuts are common. */
const smallTraces: fc.Arbitrary<SmallTrace> = fc
  .record({ endMs: fc.integer({ min: 2, max: 60 }), apps: fc.integer({ min: 1, max: 3 }) })
  .chain(({ endMs, apps }) =>
    fc.record({
      endMs: fc.constant(endMs),
      fromMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: endMs - 1 })),
      ttlMs: fc.integer({ min: 0, max: 12 }),
      apps: fc.array(fc.record({ coldStartMs: fc.integer({ min: 0, max: 5 }), shared: fc.boolean() }), {
        minLength: apps,
        maxLength: apps,
      }),
      requests: fc.array(
        fc.record({
          submitMs: fc.integer({ min: 0, max: endMs - 1 }),
          runMs: fc.integer({ min: 0, max: 8 }),
          user: fc.integer({ min: 0, max: 1 }),
          app: fc.integer({ min: 0, max: apps - 1 }),
        }),
        { minLength: 1, maxLength: 40, size: "max" },
      ),
    }),
  );

function traceOf(small: SmallTrace): Trace {
  const builder = new TraceBuilder({
    name: "small",
    source: { importer: "test", options: {}, files: [] },
    license: "none",
    citation: "none",
  });
  small.apps.forEach((app, index) => {
    builder.app({ name: `app-${index}`, ...app });
  });
  for (const { user, app, ...times } of small.requests) builder.request({ user: `user-${user}`, app: `app-${app}`, ...times });
  return builder.build({ startMs: 0, endMs: small.endMs });
}

const SEEDS = [1, 2, 3, 4];
const TRACES_PER_SEED = 150;

for (const seed of SEEDS) {
  test(`random traces, seed ${seed}: cold starts and idle milliseconds are exactly the reference's`, async () => {
    let coldStarts = 0;
    let warmStarts = 0;
    await fc.assert(
      fc.asyncProperty(smallTraces, async (small) => {
        const trace = traceOf(small);
        const expected = expect(trace, small.ttlMs, small.fromMs);
        assert.equal(await measure(trace, small.ttlMs, small.fromMs), expected);
        coldStarts += expected.coldStarts;
        if (small.fromMs === 0) warmStarts += small.requests.length - expected.coldStarts;
      }),
      { seed, numRuns: TRACES_PER_SEED },
    );
    assert.ok(coldStarts > 300 && warmStarts > 300, `${coldStarts} cold, ${warmStarts} warm: the traces test little`);
  });
}

test("worked by hand: the boundary of a keep-alive, a tie, and the cut at the window's end", async () => {
  // Cold start 2, keep-alive 5, window [0, 40). Executions: 2–5; 10–13 (idle 5–10, the last instant of its keep-alive);
  // 13–14 (a request ends before another arrives); then a second instance from 13: ready 15, busy to 20, idle to 25;
  // the first idle 14–19; cold at 35: ready 37, busy to 38, idle cut at 40.
  const requests = [
    { submitMs: 0, runMs: 3 },
    { submitMs: 10, runMs: 3 },
    { submitMs: 13, runMs: 1 },
    { submitMs: 13, runMs: 5 },
    { submitMs: 35, runMs: 1 },
  ].map((times) => ({ ...times, user: 0, app: 0 }));
  const trace = traceOf({ endMs: 40, fromMs: 0, ttlMs: 5, apps: [{ coldStartMs: 2, shared: false }], requests });
  const byHand: KeepAliveTotals = { coldStarts: 3, idleMs: 5 + 5 + 5 + 2 };
  assert.equal(expect(trace, 5, 0), byHand);
  assert.equal(await measure(trace, 5, 0), byHand);
});

for (const app of ["app", "function"] as const) {
  testOnTraces(`Azure sample-100 by ${app}, keep-alive of 0, 1, 10 and 60 minutes: exactly the reference's`, async (folder) => {
    const trace = await loadAzureFunctions2019(`${folder}/azure-functions-2019/sample-100`, { app });
    for (const minutes of [0, 1, 10, 60]) {
      const ttlMs = minutes * MINUTE_MS;
      const totals = await measure(trace, ttlMs, trace.manifest.window.startMs);
      assert.equal(totals, expect(trace, ttlMs, trace.manifest.window.startMs), `${minutes} min`);
      assert.ok(totals.coldStarts > 0 && totals.coldStarts < trace.requests.count);
    }
  });
}

test.run();
