import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ForecastTarget } from "../../../allocator/core/forecast.ts";
import { RESOURCE_NAMES } from "../../../allocator/core/resources.ts";
import type { Trace } from "../../../datasets/trace.ts";
import type { Panel } from "../../../models/panel/panel.ts";
import { panelFromTrace } from "../../../models/panel/panel-from-trace.ts";
import { StepMaxima } from "../../../models/step-maxima.ts";
import { refusal } from "../../support/input-files.ts";
import { arbitrarySmallTrace, smallTraceOf } from "../../support/small-trace.ts";
import { HOUR_MS, hourly } from "../../support/usage-trace.ts";

const UNKNOWN = Number.NaN;

function valuesOf(panel: Panel): Record<string, number[]> {
  return Object.fromEntries(
    panel.series.map(({ name }, i) => [name, [...panel.values.subarray(i * panel.steps, (i + 1) * panel.steps)]]),
  );
}

/** The values as a list, because typed arrays that hold NaN never compare as equal. */
const same = (one: Panel, other: Panel) =>
  assert.equal({ ...one, values: [...one.values] }, { ...other, values: [...other.values] });

const TINY = smallTraceOf({
  endMs: 23,
  apps: [
    { coldStartMs: 1, shared: false, concurrency: 1 },
    { coldStartMs: 1, shared: true, concurrency: 2 },
  ],
  requests: [
    { submitMs: 4, runMs: 6, user: 0, app: 0, memoryMiB: 2 },
    { submitMs: 7, runMs: 0, user: 0, app: 1, memoryMiB: 1 },
    { submitMs: 10, runMs: 20, user: 0, app: 0, memoryMiB: 1 },
    { submitMs: 12, runMs: 1, user: 1, app: 1, memoryMiB: 3 },
  ],
});

test("demand is the largest sum in a step, from the user's first request on, over whole steps", () => {
  const panel = panelFromTrace(TINY, { target: "demand", stepMs: 5 });
  assert.is(panel.steps, 4);
  const { "user-0 memoryMiB": one, "user-1 memoryMiB": two, ...rest } = valuesOf(panel);
  assert.equal(one, [2, 3, 1, 1]);
  assert.equal(two, [UNKNOWN, UNKNOWN, 3, 0]);
  assert.equal(Object.keys(rest), ["user-0 cpuMillis", "user-1 cpuMillis"], "what is never used has no series");
});

test("concurrency is of pairs, and of an app as a whole where it is shared; arrivals are counted for both", () => {
  assert.equal(valuesOf(panelFromTrace(TINY, { target: "concurrency", stepMs: 5 })), {
    "user-0 app-0": [1, 1, 1, 1],
    "app-1": [UNKNOWN, 1, 1, 0],
  });
  assert.equal(valuesOf(panelFromTrace(TINY, { target: "arrival", stepMs: 10 })), {
    "user-0 app-0": [1, 1],
    "user-0 app-1": [1, 0],
    "user-1 app-1": [UNKNOWN, 1],
    "app-0": [1, 1],
    "app-1": [1, 1],
  });
  const pairs = panelFromTrace(TINY, { target: "demand", stepMs: 10, entities: ["user_app"] });
  assert.equal(valuesOf(pairs)["user-0 app-1 memoryMiB"], [1, 0]);
});

test("what users run is known from the first time on, as far as the panel goes", () => {
  const uses = (untilMs: number) => panelFromTrace(TINY, { target: "demand", stepMs: 5, untilMs }).firstUses;
  assert.equal(uses(20), [
    { user: 0, appName: "app-0", step: 0 },
    { user: 0, appName: "app-1", step: 1 },
    { user: 1, appName: "app-1", step: 2 },
  ]);
  assert.is(uses(10)?.length, 2);
});

test("measured demand: the largest sample that ends in the step; gaps stay unknown", () => {
  const trace = hourly({
    ann: [
      [1, { cpuMillis: 5 }],
      [2, { cpuMillis: 9 }],
      [5, { cpuMillis: 0 }],
      [6, { cpuMillis: 4, memoryMiB: 7 }],
    ],
    bob: [[4, { cpuMillis: 1 }]],
  });
  assert.equal(valuesOf(panelFromTrace(trace, { target: "demand", stepMs: HOUR_MS })), {
    "ann cpuMillis": [5, 9, UNKNOWN, UNKNOWN, 0, 4],
    "ann memoryMiB": [0, 0, UNKNOWN, UNKNOWN, 0, 7],
    "bob cpuMillis": [UNKNOWN, UNKNOWN, UNKNOWN, 1, UNKNOWN, UNKNOWN],
  });
  assert.equal(valuesOf(panelFromTrace(trace, { target: "demand", stepMs: 2 * HOUR_MS }))["ann cpuMillis"], [9, UNKNOWN, 4]);
});

/** Slow and plain: every series by itself, with the sweep that the clairvoyant reference uses. */
function reference(trace: Trace, target: ForecastTarget, stepMs: number): Record<string, number[]> {
  const { submitMs, runMs, user, app, shape, shapes, count } = trace.requests;
  const steps = Math.floor(trace.manifest.window.endMs / stepMs);
  const series = new Map<string, [requests: number[], amount: (request: number) => number]>();
  const add = (name: string, request: number, amount: (request: number) => number) => {
    if (!series.has(name)) series.set(name, [[], amount]);
    series.get(name)![0].push(request);
  };
  for (let request = 0; request < count; request += 1) {
    if (submitMs[request]! >= steps * stepMs) continue;
    const [who, what] = [trace.users[user[request]!]!.name, trace.apps[app[request]!]!];
    if (target === "demand") {
      for (const name of RESOURCE_NAMES) add(`${who} ${name}`, request, (one) => shapes[shape[one]!]![name]);
    } else {
      if (target === "arrival" || !what.shared) add(`${who} ${what.name}`, request, () => 1);
      if (target === "arrival" || what.shared) add(what.name, request, () => 1);
    }
  }
  const values: Record<string, number[]> = {};
  for (const [name, [requests, amount]] of series) {
    if (requests.every((request) => amount(request) === 0)) continue;
    const row = new Uint32Array(steps);
    const maxima = new StepMaxima();
    for (const request of requests) {
      if (target === "arrival") row[Math.floor(submitMs[request]! / stepMs)]! += 1;
      maxima.add(submitMs[request]!, submitMs[request]! + Math.max(1, runMs[request]!), amount(request));
    }
    if (target !== "arrival") maxima.write(0, stepMs, row);
    const first = Math.floor(submitMs[requests[0]!]! / stepMs);
    values[name] = [...row].map((value, step) => (step < first ? UNKNOWN : value));
  }
  return values;
}

for (const target of ["demand", "concurrency", "arrival"] as const) {
  test(`${target}: as each series by itself`, () => {
    fc.assert(
      fc.property(arbitrarySmallTrace(), fc.integer({ min: 1, max: 9 }), (small, stepMs) => {
        if (small.endMs < stepMs) return;
        const trace = smallTraceOf(small);
        const sorted = (values: Record<string, number[]>) => Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
        assert.equal(sorted(valuesOf(panelFromTrace(trace, { target, stepMs }))), sorted(reference(trace, target, stepMs)));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test(`${target}: a panel until an instant is the panel of the trace as it was then`, () => {
    fc.assert(
      fc.property(
        arbitrarySmallTrace(),
        fc.integer({ min: 1, max: 9 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (small, stepMs, share) => {
          const steps = Math.floor(small.endMs / stepMs);
          const known = 1 + Math.floor(share * (steps - 1));
          if (steps < 1) return;
          const atMs = known * stepMs;
          const whole = panelFromTrace(smallTraceOf(small), { target, stepMs });
          const cut = panelFromTrace(smallTraceOf(small), { target, stepMs, untilMs: atMs });
          const then = { ...small, endMs: atMs, requests: observedBy(atMs, small.requests) };
          if (then.requests.length > 0) same(cut, panelFromTrace(smallTraceOf(then), { target, stepMs }));
          const before = valuesOf(cut);
          for (const [name, values] of Object.entries(valuesOf(whole))) {
            const seen = before[name] ?? Array.from({ length: known }, () => UNKNOWN);
            // A resource that is used later for the first time was not used before.
            const expected = before[name] === undefined ? seen.map((_, i) => (values[i] === 0 ? 0 : UNKNOWN)) : seen;
            assert.equal(values.slice(0, known), expected, name);
          }
        },
      ),
      { seed: 2, numRuns: 300 },
    );
  });
}

/** What is known of requests at an instant: those that still run have run until now. */
function observedBy<T extends { submitMs: number; runMs: number }>(atMs: number, requests: readonly T[]): T[] {
  return requests
    .filter(({ submitMs }) => submitMs < atMs)
    .map((request) => ({ ...request, runMs: Math.min(request.runMs, atMs - request.submitMs) }));
}

test("measured demand: a sample that is not there yet changes nothing", () => {
  const sample = fc.record({ atHour: fc.integer({ min: 1, max: 20 }), cpuMillis: fc.nat(5) });
  const samples = fc.uniqueArray(sample, { minLength: 2, maxLength: 20, selector: ({ atHour }) => atHour });
  fc.assert(
    fc.property(samples, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 6 }), (drawn, each, known) => {
      const rows = drawn.map(({ atHour, cpuMillis }) => [atHour, { cpuMillis, memoryMiB: 1 }] as const);
      const window = { startMs: 0, endMs: 20 * HOUR_MS };
      const atMs = known * each * HOUR_MS;
      const then = rows.filter(([atHour]) => atHour * HOUR_MS <= atMs);
      if (then.length === 0) return;
      const options = { target: "demand", stepMs: each * HOUR_MS } as const;
      const cut = panelFromTrace(hourly({ ann: rows }, window), { ...options, untilMs: atMs });
      same(cut, panelFromTrace(hourly({ ann: then }, { startMs: 0, endMs: atMs }), options));
      const whole = valuesOf(panelFromTrace(hourly({ ann: rows }, window), options));
      for (const [name, values] of Object.entries(valuesOf(cut))) assert.equal(whole[name]?.slice(0, known), values);
    }),
    { seed: 3, numRuns: 200 },
  );
});

test("what a trace cannot give is refused in words", async () => {
  const measured = hourly({ ann: [[1, { cpuMillis: 5 }]] });
  assert.match(
    (await refusal(() => panelFromTrace(measured, { target: "arrival", stepMs: HOUR_MS })))[0],
    /expected requests, to know the arrival of user_app and app, found usage samples alone/,
  );
  assert.match(
    (await refusal(() => panelFromTrace(measured, { target: "demand", stepMs: 60_000 })))[0],
    /expected steps at least as long as most samples, 3600000 ms, found steps of 60000 ms/,
  );
  assert.match(
    (await refusal(() => panelFromTrace(TINY, { target: "demand", stepMs: 24 })))[0],
    /expected at least one step of 24 ms, found 23 ms of history/,
  );
  const long = smallTraceOf({
    endMs: 2 ** 40,
    apps: [{ coldStartMs: 1, shared: false, concurrency: 1 }],
    requests: [{ submitMs: 0, runMs: 1, user: 0, app: 0, memoryMiB: 1 }],
  });
  assert.match(
    (await refusal(() => panelFromTrace(long, { target: "demand", stepMs: 1000 })))[0],
    /expected at most 1073741824 bytes of values, found 8796093016: 2 series of 1099511627 steps of 1000 ms \(choose longer/,
  );
});

test("names that would coincide are told apart", () => {
  const requests = [0, 1, 2].map((user) => ({ submitMs: user, runMs: 1, user, app: 0, memoryMiB: 1 }));
  const trace = smallTraceOf({ endMs: 9, apps: [{ coldStartMs: 1, shared: false, concurrency: 1 }], requests });
  const named = { ...trace, users: trace.users.map((user, i) => ({ ...user, name: ["a app-0", "a", "app-0"][i]! })) };
  const { series } = panelFromTrace(
    { ...named, apps: trace.apps.map((app) => ({ ...app, name: "app-0" })) },
    {
      target: "arrival",
      stepMs: 1,
    },
  );
  assert.is(new Set(series.map(({ name }) => name)).size, series.length);
});

test.run();
