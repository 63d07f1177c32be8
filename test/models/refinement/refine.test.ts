import { test } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../../allocator/core/random.ts";
import { openBackend } from "../../../models/backend/open-backend.ts";
import type { Panel } from "../../../models/panel/panel.ts";
import { refine } from "../../../models/refinement/refine.ts";
import { trainNetwork } from "../../../models/training/train-network.ts";
import { trainingSpec } from "../../../models/training/training-spec.ts";

const STEPS = 900;
const CHANGE = 500;
const TRAITS = { tier: null, role: null, timeZone: "UTC", permittedApps: null, appName: null };

/** Twelve-step cycles of eight users; from step `CHANGE` on their second half is `factor` times as high. */
function cycles(factor: number): Panel {
  const stream = new RandomStream(11, "cycles");
  const values = new Float32Array(8 * STEPS);
  const series = Array.from({ length: 8 }, (_, user) => ({
    name: `user ${user}`,
    user,
    app: null,
    resource: null,
    traits: TRAITS,
  }));
  series.forEach((_, user) => {
    for (let step = 0; step < STEPS; step += 1) {
      const high = (step + user) % 12 >= 6;
      const level = (high ? 60 : 20) * (step >= CHANGE && high ? factor : 1);
      values[user * STEPS + step] = level * (0.95 + 0.1 * stream.float());
    }
  });
  return {
    target: "demand",
    startMs: 0,
    stepMs: 300_000,
    steps: STEPS,
    epochMs: null,
    signed: false,
    series,
    values,
    context: [],
  };
}

const backend = await openBackend("wasm");
const PARTS = { newFrom: CHANGE, heldOutFrom: 740, until: 840 };
const OPTIONS = { seed: 1, steps: 60, learningRate: 1e-3, batchWindows: 64 };

async function trainedOn(panel: Panel) {
  const spec = trainingSpec("nlinear", panel, {
    lookBack: 24,
    horizon: 6,
    batchWindows: 64,
    epochWindows: 2048,
    validationWindows: 256,
    maxEpochs: 4,
    without: ["time", "long-term", "apps", "role", "tier", "permissions", "preferences", "location", "context", "availability"],
  });
  return trainNetwork(panel, { trainEnd: 400, validationEnd: CHANGE }, spec, backend);
}

const changed = cycles(4);
const model = await trainedOn(changed);

test("feedback from a world that has changed improves the model, and is kept", async () => {
  const { accepted, before, after, model: refined } = await refine(model, changed, PARTS, backend, OPTIONS);
  assert.ok(accepted);
  assert.ok(after < 0.9 * before, `${after} after ${before}`);
  assert.not.equal(refined.weights, model.weights);
});

test("a refinement that makes the held-out score worse is rolled back: the model is the one given", async () => {
  const ruinous = { ...OPTIONS, learningRate: 3, steps: 5 };
  const { accepted, before, after, model: kept } = await refine(model, changed, PARTS, backend, ruinous);
  assert.ok(after > before);
  assert.not.ok(accepted);
  assert.is(kept, model);
});

test("the same feedback gives the same weights, bit for bit, and nothing after it is read", async () => {
  const first = await refine(model, changed, PARTS, backend, OPTIONS);
  const later = changed.values.map((value, i) => (i % STEPS < PARTS.until ? value : 1e6));
  const second = await refine(model, { ...changed, values: later }, PARTS, backend, OPTIONS);
  assert.equal(second, first);
});

test("no tensor is left behind", async () => {
  const before = backend.tf.memory().numTensors;
  await refine(model, changed, PARTS, backend, OPTIONS);
  assert.is(backend.tf.memory().numTensors, before);
});

test("parts shorter than the horizon are refused", async () => {
  for (const [parts, said] of [
    [{ newFrom: 738, heldOutFrom: 740, until: 840 }, /the new part, steps 738 to 740, is shorter than a horizon of 6/],
    [{ newFrom: CHANGE, heldOutFrom: 836, until: 840 }, /fewer than a horizon of 6/],
  ] as const) {
    try {
      await refine(model, changed, parts, backend, OPTIONS);
      assert.unreachable();
    } catch (error) {
      assert.match((error as Error).message, said);
    }
  }
});

test.run();
