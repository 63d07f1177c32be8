import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ForecastBatch } from "../../allocator/core/forecast.ts";
import type { Feed } from "../../allocator/core/policy.ts";
import { RESOURCE_NAMES } from "../../allocator/core/resources.ts";
import type { Trace } from "../../datasets/trace.ts";
import { clairvoyantForecasts } from "../../models/clairvoyant.ts";
import { arbitrarySmallTrace, smallTraceOf } from "../support/small-trace.ts";

const FEED: Feed = { model: "clairvoyant", everyMs: 20, stepMs: 4, horizonMs: null, targets: ["concurrency", "demand"] };

/** Every number of the forecasts by what it is about: "user_app 0:1 @40+8" and its value, where that is not 0. */
function numbers(batches: readonly ForecastBatch[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { target, entity, issuedAtMs, firstStepMs, stepMs, steps, ids, values } of batches) {
    const idsEach = entity === "user_app" ? 2 : 1;
    const rows = target === "demand" ? RESOURCE_NAMES : [""];
    assert.is(values.length, (ids.length / idsEach) * rows.length * steps);
    values.forEach((value, index) => {
      const row = Math.floor(index / steps);
      const about = Math.floor(row / rows.length);
      const id = [...ids.subarray(about * idsEach, (about + 1) * idsEach)].join(":");
      const atMs = firstStepMs + (index % steps) * stepMs;
      const key = `${target} ${entity} ${id} ${rows[row % rows.length]}@${issuedAtMs}+${atMs - issuedAtMs}`;
      assert.not.ok(found.has(key), `${key} twice`);
      if (value > 0) found.set(key, value);
    });
  }
  return found;
}

/** The definition, at every millisecond of every step: what runs if each request starts when it arrives. */
function bruteForce(trace: Trace, feed: Feed, steps: number): Map<string, number> {
  const { startMs, endMs } = trace.manifest.window;
  const { count, submitMs, runMs, user, app, shape, shapes } = trace.requests;
  const most = new Map<string, number>();
  for (let issuedAtMs = startMs; issuedAtMs < endMs; issuedAtMs += feed.everyMs) {
    for (let ms = 0; ms < steps * feed.stepMs; ms += 1) {
      const sums = new Map<string, { amount: number; slots: number }>();
      const add = (key: string, amount: number, slots: number) => {
        sums.set(key, { amount: (sums.get(key)?.amount ?? 0) + amount, slots });
      };
      for (let request = 0; request < count; request += 1) {
        const runsForMs = issuedAtMs + ms - submitMs[request]!;
        if (runsForMs < 0 || runsForMs >= Math.max(1, runMs[request]!)) continue;
        const { shared, concurrency: places } = trace.apps[app[request]!]!;
        const concurrency = feed.countsRequests === true ? 1 : places;
        const group = shared ? `app ${app[request]}` : `user_app ${user[request]}:${app[request]}`;
        add(`concurrency ${group} `, 1, concurrency);
        for (const name of RESOURCE_NAMES) add(`demand user ${user[request]} ${name}`, shapes[shape[request]!]![name], 1);
      }
      for (const [key, { amount, slots }] of sums) {
        const at = `${key}@${issuedAtMs}+${ms - (ms % feed.stepMs)}`;
        const value = Math.ceil(amount / slots);
        if (value > (most.get(at) ?? 0)) most.set(at, value);
      }
    }
  }
  return most;
}

function forecasts(trace: Trace, feed: Feed): ForecastBatch[] {
  const set = clairvoyantForecasts(trace, feed);
  return Array.from({ length: set.count }, (_, index) => set.batch(index));
}

function sorted(map: Map<string, number>): [string, number][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

for (const seed of [1, 2]) {
  test(`what the definition says at every millisecond: entities, concurrency, demand, seed ${seed}`, () => {
    fc.assert(
      fc.property(
        arbitrarySmallTrace(),
        fc.record({
          everyMs: fc.integer({ min: 1, max: 30 }),
          stepMs: fc.integer({ min: 1, max: 7 }),
          horizonMs: fc.option(fc.integer({ min: 1, max: 50 })),
        }),
        fc.constantFrom({}, { countsRequests: true } as const),
        (small, times, unit) => {
          const trace = smallTraceOf(small);
          const feed: Feed = { ...FEED, ...times, ...unit };
          const longestStartMs = Math.max(...trace.apps.map((app) => app.coldStartMs));
          const horizonMs = times.horizonMs ?? times.everyMs + longestStartMs + times.stepMs;
          const steps = Math.ceil(horizonMs / times.stepMs);
          assert.equal(sorted(numbers(forecasts(trace, feed))), sorted(bruteForce(trace, feed, steps)));
        },
      ),
      { seed, numRuns: 60 },
    );
  });
}

test("worked by hand: a shared app counts its users together, three at a time on an instance", () => {
  const request = { runMs: 10, memoryMiB: 2 };
  const trace = smallTraceOf({
    endMs: 40,
    apps: [
      { coldStartMs: 6, shared: false, concurrency: 1 },
      { coldStartMs: 2, shared: true, concurrency: 3 },
    ],
    requests: [
      { submitMs: 0, user: 0, app: 0, ...request }, // [0, 10)
      { submitMs: 5, user: 0, app: 0, ...request }, // [5, 15)
      { submitMs: 25, user: 0, app: 1, ...request }, // four at once in [28, 35): two instances
      { submitMs: 26, user: 1, app: 1, ...request },
      { submitMs: 27, user: 2, app: 1, ...request },
      { submitMs: 28, user: 2, app: 1, ...request },
    ],
  });
  const found = numbers(forecasts(trace, { ...FEED, stepMs: 5, targets: ["concurrency"] }));
  // Every 20 ms, until the next batch and the longest start-up and a step beyond: ⌈(20 + 6 + 5) ÷ 5⌉ = 7 steps.
  assert.equal(
    sorted(found),
    sorted(
      new Map([
        ["concurrency user_app 0:0 @0+0", 1],
        ["concurrency user_app 0:0 @0+5", 2],
        ["concurrency user_app 0:0 @0+10", 1],
        ["concurrency app 1 @0+25", 2],
        ["concurrency app 1 @0+30", 2],
        ["concurrency app 1 @20+5", 2],
        ["concurrency app 1 @20+10", 2],
        ["concurrency app 1 @20+15", 1],
      ]),
    ),
  );
});

test("batches come in order of availability, at no inference latency, with one certain level, never empty", () => {
  fc.assert(
    fc.property(arbitrarySmallTrace(), (small) => {
      const batches = forecasts(smallTraceOf(small), FEED);
      assert.ok(batches.length > 0);
      let lastMs = 0;
      for (const batch of batches) {
        assert.ok(batch.availableAtMs >= lastMs && batch.availableAtMs < small.endMs);
        assert.is(batch.availableAtMs, batch.issuedAtMs);
        assert.equal([...batch.levelsPpm], [1_000_000]);
        assert.ok(batch.ids.length > 0);
        lastMs = batch.availableAtMs;
      }
    }),
    { seed: 1, numRuns: 60 },
  );
});

test("only the targets that the feed asks for", () => {
  const trace = smallTraceOf({
    endMs: 10,
    apps: [{ coldStartMs: 1, shared: false, concurrency: 1 }],
    requests: [{ submitMs: 3, runMs: 2, user: 0, app: 0, memoryMiB: 1 }],
  });
  const targets = (feed: Partial<Feed>) => forecasts(trace, { ...FEED, ...feed }).map(({ target }) => target);
  assert.equal(targets({ targets: ["demand"] }), ["demand"]);
  assert.equal(targets({ targets: ["concurrency"] }), ["concurrency"]);
  assert.equal(targets({ targets: [] }), []);
});

test("a feed of another model is not shown the future", () => {
  const requests = [{ submitMs: 0, runMs: 1, user: 0, app: 0, memoryMiB: 1 }];
  const trace = smallTraceOf({ endMs: 1, apps: [{ coldStartMs: 1, shared: false, concurrency: 1 }], requests });
  assert.throws(() => clairvoyantForecasts(trace, { ...FEED, model: "rnn" }), /must not see the future/);
});

test.run();
