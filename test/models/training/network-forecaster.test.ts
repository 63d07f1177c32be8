import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Backend } from "../../../models/backend/backend.ts";
import { openBackend } from "../../../models/backend/open-backend.ts";
import { checkForecast, ForecastFault, type Horizon, LEVELS_PPM } from "../../../models/forecaster.ts";
import { History, type Panel } from "../../../models/panel/panel.ts";
import { forecasterOf } from "../../../models/training/network-forecaster.ts";
import { trainNetwork } from "../../../models/training/train-network.ts";
import { type Architecture, trainingSpec } from "../../../models/training/training-spec.ts";
import { futureChangesNothing } from "../../support/future.ts";
import { seasonPanel } from "../../support/season-panel.ts";

const PANEL = seasonPanel({ users: 6, steps: 24 * 14 });
const SPLIT = { trainEnd: 24 * 10, validationEnd: 24 * 13 };
const HORIZON = { steps: 6, levelsPpm: LEVELS_PPM };
const SMALL = {
  lookBack: 48,
  horizon: 6,
  sizes: { width: 8, segment: 6, stride: 6, heads: 2, layers: 1 },
  batchWindows: 32,
  epochWindows: 640,
  maxEpochs: 2,
};
const ARRIVALS: Panel = { ...PANEL, target: "arrival", values: PANEL.values.map((value) => (value > 150 ? 1 : 0)) };

async function fitted(architecture: Architecture, panel: Panel, backend: Backend, chosen = SMALL) {
  return trainNetwork(panel, SPLIT, trainingSpec(architecture, panel, chosen), backend);
}

const CASES: readonly (readonly [Architecture, Panel, number])[] = [
  ["nlinear", PANEL, 6],
  ["dlinear", PANEL, 6],
  ["rnn", PANEL, 6],
  // Less than a segment.
  ["rnn", PANEL, 2],
  // A segment and a part of one.
  ["rnn", PANEL, 8],
  ["gru", PANEL, 6],
  ["transformer", PANEL, 6],
  ["rnn", ARRIVALS, 6],
  ["transformer", ARRIVALS, 6],
];

for (const [architecture, panel, steps] of CASES) {
  const arrival = panel.target === "arrival";
  test(`${architecture} of ${panel.target}, ${steps} steps ahead: no future, no gap, no new or idle or constant series makes it say nonsense`, async () => {
    const backend = await openBackend("wasm");
    const model = await fitted(architecture, panel, backend, { ...SMALL, horizon: steps });
    const before = backend.tf.memory().numTensors;
    const forecaster = forecasterOf(model, backend);
    const horizon = { steps, levelsPpm: arrival ? [] : LEVELS_PPM };
    const odd: readonly ((step: number) => number)[] = [
      () => 0,
      () => (arrival ? 1 : 5000),
      () => Number.NaN,
      (step) => (step % 3 === 0 ? Number.NaN : step % 2),
      (step) => (step < 311 ? Number.NaN : 3),
      (step) => (step === 300 ? 3e9 : 0),
    ];
    const values = Float32Array.from(panel.values, (_, i) =>
      (odd[Math.floor(i / panel.steps)] as (step: number) => number)(i % panel.steps),
    );
    await futureChangesNothing(forecaster, panel, [0, 1, 30, 312], horizon);
    await futureChangesNothing(forecaster, { ...panel, values }, [0, 1, 312], horizon);
    const tensors = backend.tf.memory().numTensors;
    await forecaster.forecast(new History(panel, 100), horizon);
    assert.is(backend.tf.memory().numTensors, tensors);
    forecaster.dispose();
    assert.is(backend.tf.memory().numTensors, before);
  });
}

test("levels between the trained ones are interpolated, fewer steps are the first ones; anything beyond is a fault", async () => {
  const backend = await openBackend("wasm");
  const forecaster = forecasterOf(await fitted("nlinear", PANEL, backend), backend);
  const history = new History(PANEL, 320);
  const whole = await forecaster.forecast(history, HORIZON);
  const part = await forecaster.forecast(history, { steps: 2, levelsPpm: [500_000, 800_000] });
  assert.is(part.length, 6 * 2 * 2);
  const [median, upper, next] = [3, 4, 5].map((level) => whole[6 * 8 + 8 + level] as number) as [number, number, number];
  assert.equal([part[6], part[7]], [median, Math.fround(upper + (next - upper) / 3)]);
  const refused = async (horizon: Horizon, panel: Panel, what: RegExp) => {
    const asked = forecaster.forecast(new History(panel, 320), horizon);
    await asked.then(
      () => assert.unreachable(),
      (error) => {
        assert.instance(error, ForecastFault);
        assert.match(error.message, what);
      },
    );
  };
  await refused({ steps: 7, levelsPpm: [500_000] }, PANEL, /trained to forecast 6 steps/);
  await refused({ steps: 6, levelsPpm: [999_000] }, PANEL, /levels from 50000 to 990000/);
  await refused(HORIZON, { ...PANEL, stepMs: 60_000 }, /steps of 3600000 ms/);
  await refused(HORIZON, ARRIVALS, /forecasts demand/);
});

test("weights that are no numbers give a fault, not a forecast", async () => {
  const backend = await openBackend("wasm");
  const model = await fitted("nlinear", PANEL, backend);
  const weights = model.weights.map((one) => ({ ...one, values: one.values.slice().fill(Number.NaN) }));
  const forecaster = forecasterOf({ ...model, weights }, backend);
  const history = new History(PANEL, 320);
  const values = await forecaster.forecast(history, HORIZON);
  assert.throws(() => checkForecast(forecaster, values, history, HORIZON), /nlinear gave NaN for user-0/);
});

for (const architecture of ["rnn", "gru"] as const) {
  test(`${architecture}: quantiles of a concurrency are whole, of a demand they are not`, async () => {
    const backend = await openBackend("wasm");
    for (const target of ["concurrency", "demand"] as const) {
      const panel: Panel = { ...PANEL, target };
      const forecaster = forecasterOf(await fitted(architecture, panel, backend), backend);
      const made = await forecaster.forecast(new History(panel, SPLIT.validationEnd), {
        steps: 6,
        levelsPpm: [250_000, 500_000],
      });
      forecaster.dispose();
      assert.is(made.every(Number.isInteger), target === "concurrency");
    }
  });
}

test.run();
