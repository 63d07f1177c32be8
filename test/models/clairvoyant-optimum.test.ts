import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Policy } from "../../allocator/core/policy.ts";
import type { Trace } from "../../datasets/trace.ts";
import { clairvoyantForecasts } from "../../models/clairvoyant.ts";
import { RunMetricsObserver } from "../../reports/metrics/run-metrics.ts";
import { DEFAULT_PRICES } from "../../reports/prices.ts";
import { UNLIMITED } from "../../sim/cluster-spec.ts";
import { simulate } from "../../sim/simulate.ts";
import { simulateKeepAlive } from "../support/reference-keep-alive.ts";
import { arbitrarySmallTrace, LONGEST_START_MS, type SmallTrace, smallTraceOf } from "../support/small-trace.ts";

/**
 * What the clairvoyant reference is worth, against closed forms: with steps of a millisecond and unlimited capacity it is an
 * optimum, not just a good policy. With coarser steps it is a reference only.
 */
function clairvoyant(everyMs: number): Policy {
  return {
    name: "clairvoyant",
    controlEveryMs: null,
    feed: { model: "clairvoyant", everyMs, stepMs: 1, horizonMs: null, targets: ["concurrency"] },
    reserve: { strategy: "none" },
    warm: { strategy: "forecast", levelPpm: 1_000_000 },
    place: { strategy: "first-fit" },
    admit: { strategy: "priority" },
  };
}

interface Outcome {
  /** Started and not running anything: starting up or idle, of users and of nobody. */
  readonly heldMs: number;
  readonly busyMs: number;
  /** A start-up of no length is never begun ahead: its start is cold, and nobody waits for it. */
  readonly coldStarts: number;
  /** Longest wait of a request that arrives at `fromMs` or later. */
  readonly longestWaitMs: number | null;
}

async function replay(trace: Trace, everyMs: number, waitsFromMs = 0): Promise<Outcome> {
  const policy = clairvoyant(everyMs);
  const toMs = trace.manifest.window.endMs;
  const whole = new RunMetricsObserver({ fromMs: 0, toMs, prices: DEFAULT_PRICES });
  const late = new RunMetricsObserver({ fromMs: waitsFromMs, toMs, prices: DEFAULT_PRICES });
  const forecasts = [clairvoyantForecasts(trace, policy.feed!)];
  await simulate({ trace, cluster: UNLIMITED, policy, forecasts, observers: [whole, late] });
  const { overall } = whole.finish();
  const ms = (name: string) => Math.round(overall[name]! * 3_600_000);
  return {
    heldMs: ms("idle_instance_hours") + ms("shadow_instance_hours") + ms("startup_instance_hours"),
    busyMs: ms("busy_instance_hours"),
    coldStarts: overall["cold_starts"]!,
    longestWaitMs: late.finish().overall["start_latency_ms_max"] ?? null,
  };
}

interface OneByOne {
  readonly coldStartMs: number;
  readonly everyMs: number;
  readonly firstMs: number;
  /** Each request's run, and the gap until the next arrives. */
  readonly runs: readonly { readonly runMs: number; readonly gapMs: number }[];
}

/** Requests of one user and one app that never overlap, not even where the first had to wait. */
function oneByOne({ coldStartMs, firstMs, runs }: OneByOne): Trace {
  let atMs = firstMs;
  const requests = runs.map(({ runMs, gapMs }, index) => {
    const submitMs = atMs;
    atMs = (index === 0 ? Math.max(submitMs, coldStartMs) : submitMs) + runMs + gapMs;
    return { submitMs, runMs, user: 0, app: 0, memoryMiB: 1 };
  });
  return smallTraceOf({ endMs: atMs, apps: [{ coldStartMs, shared: false, concurrency: 1 }], requests });
}

/** One start-up, then for each gap the cheaper of keeping the instance and starting one in time for the next. */
function optimum({ coldStartMs, runs }: OneByOne): number {
  return runs.slice(0, -1).reduce((sum, { gapMs }) => sum + Math.min(gapMs, coldStartMs), coldStartMs);
}

for (const seed of [1, 2, 3]) {
  test(`requests one by one: start-up and idle time are the offline optimum, seed ${seed}`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          coldStartMs: fc.nat(9),
          everyMs: fc.integer({ min: 1, max: 40 }),
          firstMs: fc.nat(20),
          runs: fc.array(fc.record({ runMs: fc.integer({ min: 1, max: 6 }), gapMs: fc.nat(20) }), {
            minLength: 1,
            maxLength: 12,
            size: "max",
          }),
        }),
        async (drawn) => {
          const { heldMs, coldStarts, longestWaitMs } = await replay(oneByOne(drawn), drawn.everyMs);
          assert.is(heldMs, optimum(drawn));
          if (drawn.coldStartMs > 0) assert.is(coldStarts, 0);
          assert.is(longestWaitMs, Math.max(0, drawn.coldStartMs - drawn.firstMs), "only the first may wait");
        },
      ),
      { seed, numRuns: 120 },
    );
  });
}

test("worked by hand: a gap below, at and above the start-up time; a first request sooner than that", async () => {
  const gaps = (...gapsMs: number[]) => gapsMs.map((gapMs) => ({ runMs: 2, gapMs }));
  const held = async (drawn: Omit<OneByOne, "everyMs">) => (await replay(oneByOne({ ...drawn, everyMs: 7 }), 7)).heldMs;
  // Start-up 5, first arrival at 10: launched at 5. Gaps 4 (kept, 4), 5 (either, 5), 6 (stopped at once, launched 1 later, 5).
  assert.is(await held({ coldStartMs: 5, firstMs: 10, runs: gaps(4, 5, 6, 1) }), 5 + 4 + 5 + 5);
  // First arrival at 5: launched at 0, ready as it arrives. At 3: launched at 0 too, and it waits 2.
  assert.is(await held({ coldStartMs: 5, firstMs: 5, runs: gaps(9) }), 5);
  assert.is(await held({ coldStartMs: 5, firstMs: 3, runs: gaps(9) }), 5);
  // No start-up time: nothing is ever held.
  assert.is(await held({ coldStartMs: 0, firstMs: 3, runs: gaps(0, 1, 9) }), 0);
});

/**
 * Whoever lets no request wait holds, at each instant t, at least as many instances as run at any instant of [t, t + start-up]:
 * what is ready then was launched by t. This is the sum over groups of the integral of that bound.
 */
function leastMs({ endMs, apps, requests }: SmallTrace): number {
  const groups = new Map<string, SmallTrace["requests"][number][]>();
  for (const request of requests) {
    const key = apps[request.app]!.shared ? `${request.app}` : `${request.app} ${request.user}`;
    groups.set(key, [...(groups.get(key) ?? []), request]);
  }
  let sum = 0;
  for (const members of groups.values()) {
    const { coldStartMs } = apps[members[0]!.app]!;
    const running = (atMs: number) =>
      members.filter(({ submitMs, runMs }) => submitMs <= atMs && atMs < Math.min(submitMs + runMs, endMs)).length;
    for (let atMs = 0; atMs < endMs; atMs += 1) {
      sum += Math.max(...Array.from({ length: coldStartMs + 1 }, (_, ahead) => running(atMs + ahead)));
    }
  }
  return sum;
}

for (const seed of [1, 2, 3]) {
  test(`overlapping requests: none waits, and no policy could hold less, seed ${seed}`, async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitrarySmallTrace({ fromMs: LONGEST_START_MS, mostConcurrency: 1, leastRunMs: 1, leastStartMs: 1 }),
        fc.integer({ min: 1, max: 40 }),
        async (small, everyMs) => {
          const trace = smallTraceOf(small);
          const { heldMs, busyMs, coldStarts, longestWaitMs } = await replay(trace, everyMs);
          assert.is(longestWaitMs, 0);
          assert.is(coldStarts, 0);
          assert.is(heldMs + busyMs, leastMs(small));
          // So not a keep-alive of any length either, had something launched its instances in time.
          for (const ttlMs of [0, 1, 5, 20, small.endMs]) {
            const kept = simulateKeepAlive({
              ...trace.requests,
              coldStartMs: trace.apps.map(() => 0),
              shared: trace.apps.map(({ shared }) => shared),
              ttlMs,
              fromMs: 0,
              toMs: small.endMs,
            });
            assert.ok(heldMs <= kept.idleMs + kept.coldStarts * LONGEST_START_MS);
          }
        },
      ),
      { seed, numRuns: 120 },
    );
  });

  test(`also where several requests share an instance, or take no time at all, none waits, seed ${seed}`, async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitrarySmallTrace({ fromMs: LONGEST_START_MS }),
        fc.integer({ min: 1, max: 40 }),
        async (small, everyMs) => {
          assert.is((await replay(smallTraceOf(small), everyMs)).longestWaitMs, 0);
        },
      ),
      { seed, numRuns: 200 },
    );
  });
}

test("worked by hand: who had to wait at the very beginning can make the next one wait too", async () => {
  // Start-up 10. The first request arrives at 0 and runs from 10 to 30; the forecast, which speaks as if nobody had waited, has it
  // end at 20, where the second arrives and needs an instance of its own.
  const request = { user: 0, app: 0, memoryMiB: 1 };
  const small: SmallTrace = {
    endMs: 80,
    apps: [{ coldStartMs: 10, shared: false, concurrency: 1 }],
    requests: [
      { ...request, submitMs: 0, runMs: 20 },
      { ...request, submitMs: 20, runMs: 15 },
      { ...request, submitMs: 60, runMs: 5 },
    ],
  };
  assert.is((await replay(smallTraceOf(small), 20)).longestWaitMs, 10);
  assert.is((await replay(smallTraceOf(small), 20, 20)).longestWaitMs, 10);
  assert.is((await replay(smallTraceOf(small), 20, 60)).longestWaitMs, 0);
});

test.run();
