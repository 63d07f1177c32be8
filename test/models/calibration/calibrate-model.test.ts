import { test } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../../allocator/core/random.ts";
import { openBackend } from "../../../models/backend/open-backend.ts";
import { calibrateModel } from "../../../models/calibration/calibrate-model.ts";
import { checkForecast, LEVELS_PPM } from "../../../models/forecaster.ts";
import { History, type Panel } from "../../../models/panel/panel.ts";
import { forecasterOf } from "../../../models/training/network-forecaster.ts";
import { trainNetwork } from "../../../models/training/train-network.ts";
import { trainingSpec } from "../../../models/training/training-spec.ts";

const STEPS = 1200;
const SPLIT = { trainEnd: 600, validationEnd: 900 };
const TRAITS = { tier: null, role: null, timeZone: "UTC", permittedApps: null, appName: null };

/** Independent exponential values: nothing to learn but their distribution. */
function noise(signed: boolean): Panel {
  const stream = new RandomStream(2, "noise");
  const series = Array.from({ length: 6 }, (_, user) => ({
    name: `user ${user}`,
    user,
    app: null,
    resource: null,
    traits: TRAITS,
  }));
  const values = Float32Array.from({ length: 6 * STEPS }, () => 100 + stream.exponential(50));
  return { target: "demand", startMs: 0, stepMs: 300_000, steps: STEPS, epochMs: null, signed, series, values, context: [] };
}

const backend = await openBackend("wasm");
const panel = noise(false);

async function trainedOn(known: Panel, levelsPpm: readonly number[]) {
  const chosen = {
    lookBack: 24,
    horizon: 4,
    batchWindows: 64,
    epochWindows: 512,
    validationWindows: 64,
    maxEpochs: 1,
    levelsPpm,
  };
  return trainNetwork(known, SPLIT, trainingSpec("nlinear", known, chosen), backend);
}

/** The largest distance between a level and the share of the test's truths at or below it. */
async function worst(model: Awaited<ReturnType<typeof trainedOn>>): Promise<number> {
  const horizon = { steps: 4, levelsPpm: LEVELS_PPM };
  const forecaster = forecasterOf(model, backend);
  const held = LEVELS_PPM.map(() => 0);
  let count = 0;
  for (let origin = SPLIT.validationEnd; origin + 4 <= STEPS; origin += 4) {
    const history = new History(panel, origin);
    const values = await forecaster.forecast(history, horizon);
    checkForecast(forecaster, values, history, horizon);
    for (let row = 0; row < 6 * 4; row += 1) {
      const truth = panel.values[Math.floor(row / 4) * STEPS + origin + (row % 4)] as number;
      count += 1;
      LEVELS_PPM.forEach((_, level) => {
        if (truth <= (values[row * LEVELS_PPM.length + level] as number)) held[level] = (held[level] as number) + 1;
      });
    }
  }
  forecaster.dispose();
  return Math.max(...held.map((of, i) => Math.abs(of / count - (LEVELS_PPM[i] as number) / 1e6)));
}

test("a model that was hardly trained holds its levels within 6 points once calibrated, though its corrections must prove themselves", async () => {
  const model = await trainedOn(panel, LEVELS_PPM);
  const before = await worst(model);
  const after = await worst(await calibrateModel(model, panel, SPLIT, backend));
  assert.ok(after < 0.06 && after < before, `${before} before, ${after} after`);
});

test("nothing after the validation part is read, and no tensor is left behind", async () => {
  const model = await trainedOn(panel, LEVELS_PPM);
  const before = backend.tf.memory().numTensors;
  const calibrated = await calibrateModel(model, panel, SPLIT, backend);
  assert.is(backend.tf.memory().numTensors, before);
  const later = panel.values.map((value, i) => (i % STEPS < SPLIT.validationEnd ? value : 1e6));
  assert.equal(await calibrateModel(model, { ...panel, values: later }, SPLIT, backend), calibrated);
  assert.equal(await calibrateModel(calibrated, panel, SPLIT, backend), calibrated, "twice is once");
});

test("a model of signed values is left as it is", async () => {
  const signed = noise(true);
  const model = await trainedOn(signed, [500_000]);
  assert.is(await calibrateModel(model, signed, SPLIT, backend), model);
});

test.run();
