import { test } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../../allocator/core/random.ts";
import { openBackend } from "../../../models/backend/open-backend.ts";
import { History } from "../../../models/panel/panel.ts";
import { Optimization } from "../../../models/training/optimization.ts";
import { onTfjs, Predictor } from "../../../models/training/predictor.ts";
import { networkShape, recipeOf, windowReader } from "../../../models/training/recipe.ts";
import { Sampler } from "../../../models/training/sampler.ts";
import { trainingSpec } from "../../../models/training/training-spec.ts";
import { ValidationScore, validationWindows, valuesOf } from "../../../models/training/validation.ts";
import { WindowBatch } from "../../../models/training/window-batch.ts";
import { seasonPanel } from "../../support/season-panel.ts";

const PANEL = seasonPanel({ users: 24, steps: 24 * 21 });
const SPLIT = { trainEnd: 24 * 16, validationEnd: 24 * 21 };
const SPEC = trainingSpec("nlinear", PANEL, { lookBack: 72, horizon: 12, batchWindows: 128, learningRate: 5e-3 });
const STEPS = 150;

function reader() {
  const recipe = recipeOf(PANEL, SPLIT.trainEnd, SPEC);
  const { lookBack, horizon } = SPEC;
  return { recipe, reader: windowReader(recipe, { lookBack, horizon, target: "demand" }, new History(PANEL, PANEL.steps)) };
}

/** The validation score of a network after some steps of training on batches that `spoil` may change. */
async function scoreAfter(spoil: (batch: WindowBatch, step: number) => void): Promise<number> {
  const { tf } = await openBackend("wasm");
  const { recipe, reader: windows } = reader();
  const shape = networkShape("nlinear", recipe, windows, SPEC.levelsPpm);
  const optimization = await Optimization.begin(tf, SPEC, shape, null);
  const sampler = new Sampler(PANEL, SPLIT.trainEnd, SPEC.horizon, 1);
  const batch = new WindowBatch(SPEC.batchWindows, windows.shape);
  for (let step = 0; step < STEPS; step += 1) {
    sampler.fill(batch, windows, step);
    spoil(batch, step);
    await optimization.step(batch, windows, step, SPEC.learningRate);
  }
  const places = validationWindows(PANEL, SPLIT, SPEC.horizon, 600);
  const predictor = new Predictor(onTfjs(tf, optimization.network), recipe, shape.outputs);
  const forecasts = await predictor.predict(windows, places, (series) => valuesOf(PANEL, series));
  optimization.dispose();
  return new ValidationScore(PANEL, SPLIT.trainEnd, "quantile", SPEC.levelsPpm).of(places, forecasts);
}

/** Of the quantiles of all amounts of all users, whoever and whenever: the score of a forecast that knows nobody. */
function scoreOfEverybody(): number {
  const places = validationWindows(PANEL, SPLIT, SPEC.horizon, 600);
  const known = PANEL.series.flatMap((_, series) => [...valuesOf(PANEL, series).subarray(0, SPLIT.trainEnd)]);
  const ascending = Float32Array.from(known).sort();
  const quantiles = SPEC.levelsPpm.map((ppm) => ascending[Math.floor((ppm / 1e6) * ascending.length)] as number);
  const forecasts = Float32Array.from({ length: places.length * SPEC.horizon * quantiles.length }, (_, i) => {
    return quantiles[i % quantiles.length] as number;
  });
  return new ValidationScore(PANEL, SPLIT.trainEnd, "quantile", SPEC.levelsPpm).of(places, forecasts);
}

test("what a network learns is what each user's past says of the same user: with targets shuffled across users the gain is gone", async () => {
  const learned = await scoreAfter(() => {});
  const shuffled = await scoreAfter((batch, step) => {
    const stream = new RandomStream(9, `users of step ${step}`);
    const { horizon, batchWindows } = SPEC;
    for (let row = batchWindows - 1; row > 0; row -= 1) {
      const other = stream.below(row + 1);
      for (let i = 0; i < horizon; i += 1) {
        const [here, there] = [row * horizon + i, other * horizon + i];
        // In units, as windows of different users have different scales.
        const amount = (at: number, of: number) =>
          (batch.target[at] as number) * (batch.scale[of] as number) + (batch.centre[of] as number);
        const [mine, theirs] = [amount(here, row), amount(there, other)];
        batch.target[here] = (theirs - (batch.centre[row] as number)) / (batch.scale[row] as number);
        batch.target[there] = (mine - (batch.centre[other] as number)) / (batch.scale[other] as number);
      }
    }
  });
  const everybody = scoreOfEverybody();
  assert.ok(learned < 0.6 * everybody, `learned ${learned}, nobody known ${everybody}`);
  assert.ok(shuffled > 0.97 * everybody, `shuffled ${shuffled}, nobody known ${everybody}`);
});

test("a step has the same windows whenever it is asked for, another step others", () => {
  const { reader: windows } = reader();
  const sampler = new Sampler(PANEL, SPLIT.trainEnd, SPEC.horizon, 1);
  const filled = (step: number) => {
    const batch = new WindowBatch(16, windows.shape);
    sampler.fill(batch, windows, step);
    return batch;
  };
  const fifth = filled(5);
  assert.is.not(String(filled(6).window), String(fifth.window));
  assert.equal(filled(5), fifth);
});

test.run();
