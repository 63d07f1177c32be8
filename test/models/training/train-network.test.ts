import { test } from "uvu";
import * as assert from "uvu/assert";
import { openBackend } from "../../../models/backend/open-backend.ts";
import { ForecastFault } from "../../../models/forecaster.ts";
import {
  type TrainingOptions,
  type TrainingProgress,
  TrainingStopped,
  trainNetwork,
} from "../../../models/training/train-network.ts";
import type { TrainedModel } from "../../../models/training/trained-model.ts";
import { ARCHITECTURES, type Architecture, trainingSpec } from "../../../models/training/training-spec.ts";
import type { TrainingState } from "../../../models/training/training-state.ts";
import { seasonPanel } from "../../support/season-panel.ts";

const PANEL = seasonPanel({ users: 4, steps: 24 * 14 });
const SPLIT = { trainEnd: 24 * 10, validationEnd: 24 * 13 };
const SMALL = {
  lookBack: 24,
  horizon: 6,
  sizes: { width: 8, segment: 6, stride: 6, heads: 2, layers: 1 },
  batchWindows: 16,
  epochWindows: 80,
  validationWindows: 32,
  maxEpochs: 3,
};

async function trained(architecture: Architecture, backend: "wasm" | "cpu", seed: number, options: TrainingOptions = {}) {
  const spec = trainingSpec(architecture, PANEL, { ...SMALL, seed });
  return trainNetwork(PANEL, SPLIT, spec, await openBackend(backend), options);
}

/** The bits of all weights. */
function bitsOf({ weights }: TrainedModel): string {
  return weights.map(({ name, values }) => name + Buffer.from(values.slice().buffer).toString("base64")).join(" ");
}

for (const architecture of ARCHITECTURES) {
  test(`${architecture}: one seed, one set of weights, whether it is interrupted or not; no tensor is left behind`, async () => {
    const { tf } = await openBackend("wasm");
    const once = bitsOf(await trained(architecture, "wasm", 1));
    const tensors = tf.memory().numTensors;
    assert.is(bitsOf(await trained(architecture, "wasm", 1)), once);
    assert.is(tf.memory().numTensors, tensors);
    assert.is.not(bitsOf(await trained(architecture, "wasm", 2)), once);
    for (const after of [1, 5, 7]) {
      let state: TrainingState | null = null;
      let steps = 0;
      const stop = new AbortController();
      const onState = (at: TrainingState) => {
        steps = at.position.steps;
        state = structuredClone(at);
        if (steps >= after) stop.abort();
      };
      const stopped = trained(architecture, "wasm", 1, { onState, saveEverySteps: 1, signal: stop.signal });
      await stopped.then(
        () => assert.unreachable(),
        (error) => assert.instance(error, TrainingStopped),
      );
      assert.is(steps, after + 1);
      assert.is(tf.memory().numTensors, tensors);
      const resumed = await trained(architecture, "wasm", 1, { resume: state as unknown as TrainingState });
      assert.is(bitsOf(resumed), once, `resumed after ${steps} steps`);
    }
  });
}

test("one seed, one set of weights, on the cpu backend too", async () => {
  assert.is(bitsOf(await trained("rnn", "cpu", 1)), bitsOf(await trained("rnn", "cpu", 1)));
});

test("it tells of every epoch, keeps the best weights and stops when nothing gets better", async () => {
  const told: TrainingProgress[] = [];
  let last: TrainingState | null = null;
  const spec = trainingSpec("nlinear", PANEL, { ...SMALL, maxEpochs: 40, patience: 2, learningRate: 0.3, decay: 1 });
  const made = await trainNetwork(PANEL, SPLIT, spec, await openBackend("wasm"), {
    onEpoch: (progress) => told.push(progress),
    onState: (state) => {
      last = state;
    },
  });
  assert.ok(told.length < 40);
  const best = told.reduce((least, one) => (one.validation < least.validation ? one : least));
  const end = told[told.length - 1] as TrainingProgress;
  assert.equal([end.epoch - best.epoch, end.bestEpoch, end.bestValidation], [2, best.epoch, best.validation]);
  assert.ok(end.leftMs > 0 && Number.isFinite(end.loss));
  assert.equal(made.weights, (last as unknown as TrainingState).bestWeights);
});

test("a training that diverges fails loudly", async () => {
  const spec = trainingSpec("nlinear", PANEL, { ...SMALL, learningRate: 1e38 });
  const failed = trainNetwork(PANEL, SPLIT, spec, await openBackend("wasm"));
  await failed.then(
    () => assert.unreachable(),
    (error) => {
      assert.instance(error, ForecastFault);
      assert.match(error.message, /training of nlinear: .* step/);
    },
  );
});

test("what comes after the split changes no weight", async () => {
  const once = bitsOf(await trained("rnn", "wasm", 1));
  const changed = { ...PANEL, values: PANEL.values.map((value, i) => (i % PANEL.steps < SPLIT.validationEnd ? value : 7e6)) };
  const spec = trainingSpec("rnn", PANEL, { ...SMALL, seed: 1 });
  assert.is(bitsOf(await trainNetwork(changed, SPLIT, spec, await openBackend("wasm"))), once);
});

test("a split too short for the horizon, and the state of another training, are refused", async () => {
  const backend = await openBackend("wasm");
  const spec = trainingSpec("nlinear", PANEL, { ...SMALL, horizon: 80 });
  await trainNetwork(PANEL, SPLIT, spec, backend).then(
    () => assert.unreachable(),
    (error) => assert.match(error.message, /horizon of 80/),
  );
  const state = { spec } as TrainingState;
  const other = trainNetwork(PANEL, SPLIT, trainingSpec("nlinear", PANEL, SMALL), backend, { resume: state });
  await other.then(
    () => assert.unreachable(),
    (error) => assert.match(error.message, /another spec/),
  );
});

test.run();
