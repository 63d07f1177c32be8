import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ForecastBatch, ForecastTarget } from "../../../allocator/core/forecast.ts";
import type { Trace } from "../../../datasets/trace.ts";
import { forecastBatches } from "../../../models/feed/forecast-batches.ts";
import type { ForecastPlan } from "../../../models/feed/forecast-plan.ts";
import { type Forecaster, ForecastFault } from "../../../models/forecaster.ts";
import { panelFromTrace } from "../../../models/panel/panel-from-trace.ts";
import { smallTraceOf } from "../../support/small-trace.ts";
import { HOUR_MS, hourly } from "../../support/usage-trace.ts";

const PLAN: ForecastPlan = {
  target: "demand",
  model: "last",
  seed: 1,
  everyMs: HOUR_MS,
  stepMs: HOUR_MS,
  steps: 2,
  levelsPpm: [500_000, 900_000],
  latencyMs: 5_000,
};

/** The last value, then a half more at each higher level and step; what was not observed is 0.4. */
function lastValue(target: ForecastTarget): Forecaster {
  return {
    name: "last",
    target,
    async forecast(history, { steps, levelsPpm }) {
      return Float32Array.from(
        history.frame.series.flatMap((_, series) => {
          const last = history.values(series)[history.steps - 1] as number;
          const value = Number.isNaN(last) ? 0.4 : last;
          return Array.from({ length: steps }, (_, step) => levelsPpm.map((_, level) => value + step + level / 2)).flat();
        }),
      );
    },
  };
}

async function batchesOf(trace: Trace, plan: ForecastPlan, fromMs: number): Promise<ForecastBatch[]> {
  const { target, stepMs } = plan;
  const batches: ForecastBatch[] = [];
  const made = forecastBatches(lastValue(target), panelFromTrace(trace, { target, stepMs }), trace, plan, { fromMs });
  for await (const batch of made) batches.push(batch);
  return batches;
}

test("demand: a batch an instant, users that were seen, four resources, rounded up", async () => {
  const trace = hourly({
    ana: [1, 2, 3, 4].map((hour) => [hour, { cpuMillis: 10 * hour }] as const),
    bob: [3, 4].map((hour) => [hour, { memoryMiB: hour }] as const),
  });
  const [first, second, ...more] = await batchesOf(trace, PLAN, 1.5 * HOUR_MS);
  assert.equal(more, []);
  assert.equal(first, {
    target: "demand",
    entity: "user",
    issuedAtMs: 2 * HOUR_MS,
    availableAtMs: 2 * HOUR_MS + 5_000,
    firstStepMs: 2 * HOUR_MS,
    stepMs: HOUR_MS,
    steps: 2,
    ids: Uint32Array.of(0),
    levelsPpm: Uint32Array.of(500_000, 900_000),
    values: Uint32Array.of(20, 21, 21, 22, ...new Array<number>(12).fill(0)),
  });
  assert.equal(second?.ids, Uint32Array.of(0, 1), "bob is seen from his first sample on");
  assert.equal(second?.values.slice(16), Uint32Array.of(0, 0, 0, 0, 3, 4, 4, 5, ...new Array<number>(8).fill(0)));
});

test("concurrency: of apps and users that were seen, to the nearest whole number, by what one instance takes", async () => {
  const trace = smallTraceOf({
    endMs: 40,
    apps: [
      { coldStartMs: 1, shared: false, concurrency: 1 },
      { coldStartMs: 1, shared: true, concurrency: 2 },
    ],
    requests: [
      { submitMs: 2, runMs: 18, user: 0, app: 0, memoryMiB: 1 },
      { submitMs: 3, runMs: 17, user: 1, app: 1, memoryMiB: 1 },
      { submitMs: 4, runMs: 16, user: 2, app: 1, memoryMiB: 1 },
      { submitMs: 4, runMs: 16, user: 2, app: 1, memoryMiB: 1 },
      { submitMs: 25, runMs: 2, user: 2, app: 0, memoryMiB: 1 },
    ],
  });
  const plan: ForecastPlan = { ...PLAN, target: "concurrency", everyMs: 10, stepMs: 10, latencyMs: 0 };
  const batches = await batchesOf(trace, plan, 0);
  const told = batches.map(({ entity, issuedAtMs, ids, values }) => [issuedAtMs, entity, [...ids], [...values]]);
  assert.equal(told, [
    [10, "user_app", [0, 0], [1, 2, 2, 3]],
    [10, "app", [1], [2, 2, 2, 3]],
    [20, "user_app", [0, 0], [1, 2, 2, 3]],
    [20, "app", [1], [2, 2, 2, 3]],
    [30, "user_app", [0, 0, 2, 0], [0, 1, 1, 2, 1, 2, 2, 3]],
    [30, "app", [1], [0, 1, 1, 1]],
  ]);
  const requests = await batchesOf(trace, { ...plan, countsRequests: true }, 0);
  const shared = requests.filter(({ entity }) => entity === "app").map(({ values }) => [...values]);
  assert.equal(shared, [
    [3, 4, 4, 5],
    [3, 4, 4, 5],
    [0, 1, 1, 2],
  ]);
});

test("a model that says what is no forecast stops it", async () => {
  const trace = hourly({ ana: [1, 2, 3].map((hour) => [hour, { cpuMillis: 10 }] as const) });
  const broken: Forecaster = { ...lastValue("demand"), forecast: async () => Float32Array.of(1, 2, Number.NaN, 4) };
  const panel = panelFromTrace(trace, { target: "demand", stepMs: HOUR_MS });
  let fault: unknown = null;
  try {
    for await (const _ of forecastBatches(broken, panel, trace, PLAN, { fromMs: 0 }));
  } catch (error) {
    fault = error;
  }
  assert.instance(fault, ForecastFault);
  assert.match((fault as Error).message, "last gave NaN for ana cpuMillis, 2 steps after step 1");
});

test.run();
