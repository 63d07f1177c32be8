import { test } from "uvu";
import * as assert from "uvu/assert";
import { openBackend } from "../../../models/backend/open-backend.ts";
import { LEVELS_PPM } from "../../../models/forecaster.ts";
import { History, type Panel } from "../../../models/panel/panel.ts";
import { windowForecasterOf } from "../../../models/training/network-forecaster.ts";
import { StepForecaster } from "../../../models/training/step-forecaster.ts";
import { trainNetwork } from "../../../models/training/train-network.ts";
import { trainingSpec } from "../../../models/training/training-spec.ts";
import { seasonPanel } from "../../support/season-panel.ts";

const FULL = seasonPanel({ users: 6, steps: 24 * 14 });
/** Some steps not observed, and one user who comes late. */
const PANEL: Panel = {
  ...FULL,
  values: FULL.values.map((value, i) => (i % 17 === 0 || (i < FULL.steps && i < 40) ? Number.NaN : value)),
};
const LOOK_BACK = 60;

async function trained() {
  const backend = await openBackend("wasm");
  const chosen = { lookBack: LOOK_BACK, horizon: 6, sizes: { width: 8 }, batchWindows: 32, epochWindows: 320, maxEpochs: 2 };
  const spec = trainingSpec("gru", PANEL, chosen);
  return { backend, model: await trainNetwork(PANEL, { trainEnd: 240, validationEnd: 312 }, spec, backend) };
}

function furthest(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);
}

test("step by step it forecasts what it does of a window that holds the whole past", async () => {
  const { backend, model } = await trained();
  const history = new History(PANEL, LOOK_BACK);
  const stepped = new StepForecaster(model, backend, history);
  stepped.advance(history);
  const windowed = windowForecasterOf(model, backend);
  const expected = await windowed.forecast(history, { steps: 6, levelsPpm: LEVELS_PPM });
  assert.ok(furthest(await stepped.forecast(history), expected) < 1e-2, "amounts of some hundreds");
  stepped.dispose();
  windowed.dispose();
});

test("from a snapshot it goes on bit for bit, and no tensor is left behind", async () => {
  const { backend, model } = await trained();
  const tensors = backend.tf.memory().numTensors;
  const whole = new StepForecaster(model, backend, new History(PANEL, 300));
  whole.advance(new History(PANEL, 300));
  const half = new StepForecaster(model, backend, new History(PANEL, 100));
  half.advance(new History(PANEL, 100));
  const kept = structuredClone(await half.snapshot());
  half.advance(new History(PANEL, 200));
  const resumed = new StepForecaster(model, backend, new History(PANEL, 100));
  resumed.restore(kept);
  assert.is(resumed.steps, 100);
  resumed.advance(new History(PANEL, 300));
  const history = new History(PANEL, 300);
  assert.equal(await resumed.forecast(history), await whole.forecast(history));
  for (const one of [whole, half, resumed]) one.dispose();
  assert.is(backend.tf.memory().numTensors, tensors);
});

test.run();
