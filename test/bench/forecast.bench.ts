import { RandomStream } from "../../allocator/core/random.ts";
import { openBackend } from "../../models/backend/open-backend.ts";
import { LEVELS_PPM } from "../../models/forecaster.ts";
import { buildNetwork } from "../../models/network/network.ts";
import { History, type Panel } from "../../models/panel/panel.ts";
import { forecasterOf } from "../../models/training/network-forecaster.ts";
import { networkShape, recipeOf, windowReader } from "../../models/training/recipe.ts";
import type { TrainedModel } from "../../models/training/trained-model.ts";
import { type Architecture, trainingSpec } from "../../models/training/training-spec.ts";
import { type Benchmark, perSecond, record } from "./record.ts";

/** Ten thousand users × four resources, five weeks of hours. */
const SERIES = 40_000;
const STEPS = 35 * 24;
const HORIZON = { steps: 12, levelsPpm: LEVELS_PPM };

/** Most seconds of CPU time for one forecast of them all. */
const MOST_SECONDS: readonly (readonly [Architecture, number])[] = [
  ["nlinear", 0.1],
  ["gru", 0.2],
  ["rnn", 4],
  ["transformer", 4],
];

const backend = await openBackend("wasm");
const panel = syntheticPanel();
await record(await Promise.all(MOST_SECONDS.map(([architecture, seconds]) => forecastAll(architecture, seconds))));

/** What a forecast costs does not depend on what was learned: the weights are those that a training begins with. */
async function forecastAll(architecture: Architecture, seconds: number): Promise<Benchmark> {
  const spec = trainingSpec(architecture, panel, { horizon: HORIZON.steps });
  const { target, stepMs } = panel;
  const { lookBack, horizon, levelsPpm } = spec;
  const recipe = recipeOf(panel, STEPS, spec);
  const reader = windowReader(recipe, { lookBack, horizon, target }, new History(panel, 0));
  const network = buildNetwork(backend.tf, networkShape(architecture, recipe, reader, levelsPpm), 1);
  const weights = await network.parameters.read();
  network.parameters.dispose();
  const model: TrainedModel = {
    ...{ architecture, target, stepMs, lookBack, horizon, levelsPpm, weights },
    options: { ...recipe },
  };
  const forecaster = forecasterOf(model, backend);
  // The stateful one has taken the steps before; each run takes one more and forecasts.
  let step = STEPS - 20;
  const run = async () => {
    const history = new History(panel, step);
    step += 1;
    const before = process.cpuUsage();
    await forecaster.forecast(history, HORIZON);
    const { user, system } = process.cpuUsage(before);
    return perSecond(SERIES, (user + system) / 1000);
  };
  const name = `forecast 12 steps of 10,000 users × 4 resources: ${architecture}, look-back ${lookBack}`;
  return { name, unit: "series/s of CPU time", floor: SERIES / seconds, run };
}

function syntheticPanel(): Panel {
  const stream = new RandomStream(1, "amounts");
  const values = Float32Array.from({ length: SERIES * STEPS }, () => stream.uint32() >>> 20);
  const traits = { tier: null, role: null, timeZone: "UTC", permittedApps: null, appName: null };
  const resources = ["cpuMillis", "memoryMiB", "gpuMillis", "networkKbps"] as const;
  const series = Array.from({ length: SERIES }, (_, i) => ({
    ...{ name: `series ${i}`, user: i >> 2, app: null, traits },
    resource: resources[i & 3] ?? null,
  }));
  const frame = { startMs: 0, stepMs: 3_600_000, steps: STEPS, epochMs: 0, signed: false, context: [] };
  return { target: "demand", ...frame, series, values };
}
