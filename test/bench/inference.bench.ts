import { RandomStream } from "../../allocator/core/random.ts";
import { openBackend } from "../../models/backend/open-backend.ts";
import { LEVELS_PPM } from "../../models/forecaster.ts";
import { buildNetwork } from "../../models/network/network.ts";
import { onOnnxRuntime } from "../../models/onnx/exported-forecaster.ts";
import { findOnnxRuntime } from "../../models/onnx/onnx-runtime.ts";
import { History, type Panel } from "../../models/panel/panel.ts";
import { forecasterBy } from "../../models/training/network-forecaster.ts";
import { type Compute, onTfjs } from "../../models/training/predictor.ts";
import { networkShape, recipeIn } from "../../models/training/recipe.ts";
import { StepForecaster } from "../../models/training/step-forecaster.ts";
import { trainNetwork } from "../../models/training/train-network.ts";
import type { TrainedModel } from "../../models/training/trained-model.ts";
import { type Architecture, trainingSpec } from "../../models/training/training-spec.ts";
import { type Benchmark, record } from "./record.ts";

const USERS = 10_000;
const RESOURCES = ["cpuMillis", "memoryMiB", "gpuMillis", "networkKbps"] as const;
const STEP_MS = 300_000;
/** Eight hours back, one hour ahead. */
const [LOOK_BACK, HORIZON] = [96, 12];
const STEPS = 120;
const SERIES = USERS * RESOURCES.length;

/** Series that rise and fall with the day, with noise. */
function panelOf(users: number, steps: number): Panel {
  const stream = new RandomStream(1, "panel");
  const values = new Float32Array(users * RESOURCES.length * steps);
  for (let i = 0; i < values.length; i += 1) {
    values[i] = Math.max(0, 100 + 60 * Math.sin(((i % steps) * Math.PI) / 48) + 40 * (stream.float() - 0.5));
  }
  const traits = { tier: "standard", role: null, timeZone: "UTC", permittedApps: null, appName: null };
  const series = Array.from({ length: users }, (_, user) =>
    RESOURCES.map((resource) => ({ name: `${user} ${resource}`, user, app: null, resource, traits })),
  ).flat();
  const epochMs = Date.UTC(2026, 0, 1);
  const frame = { target: "demand", startMs: 0, stepMs: STEP_MS, steps, epochMs, signed: false, context: [] } as const;
  return { ...frame, series, values };
}

const backend = await openBackend("wasm");
const small = panelOf(20, 400);
const large = panelOf(USERS, STEPS);
const history = new History(large, STEPS);

/** Its weights hardly matter for the time it takes. */
function trained(architecture: Architecture): Promise<TrainedModel> {
  const spec = trainingSpec(architecture, small, {
    lookBack: LOOK_BACK,
    horizon: HORIZON,
    epochWindows: 256,
    validationWindows: 64,
    maxEpochs: 1,
  });
  return trainNetwork(small, { trainEnd: 300, validationEnd: 360 }, spec, backend);
}

/** CPU seconds: what counts on one core, whoever else uses the machine. */
async function cpuSeconds(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Two figures of one network: itself, from windows to quantiles, and all of a forecast, with the windows and features read. */
function benchmarksOf(name: string, model: TrainedModel, compute: Compute, limitS?: number): Benchmark[] {
  let networkS = 0;
  const timed: Compute = async (batch, reader) => {
    let values: Float32Array = new Float32Array();
    networkS += await cpuSeconds(async () => {
      values = await compute(batch, reader);
    });
    return values;
  };
  const forecaster = forecasterBy(model, timed);
  const run = () => cpuSeconds(() => forecaster.forecast(history, { steps: HORIZON, levelsPpm: LEVELS_PPM }));
  const what = `${LOOK_BACK} to ${HORIZON} steps at ${LEVELS_PPM.length} levels, 10 k users × 4 resources, CPU time`;
  return [
    {
      name: `${name}, the network: ${what}`,
      unit: "series/s",
      ...(limitS !== undefined && { floor: SERIES / limitS }),
      async run() {
        networkS = 0;
        await run();
        return SERIES / networkS;
      },
    },
    { name: `${name}, with its features: ${what}`, unit: "series/s", run: async () => SERIES / (await run()) },
  ];
}

function onWasm(model: TrainedModel): Compute {
  const { architecture, weights, levelsPpm } = model;
  let compute: Compute | null = null;
  return (batch, reader) => {
    if (compute === null) {
      const shape = networkShape(architecture as Architecture, recipeIn(model), reader, levelsPpm);
      const network = buildNetwork(backend.tf, shape, 0);
      network.parameters.load(weights);
      compute = onTfjs(backend.tf, network);
    }
    return compute(batch, reader);
  };
}

const benchmarks: Benchmark[] = [];
for (const [architecture, wasmS, onnxS] of [
  ["nlinear", 0.1, undefined],
  ["rnn", undefined, undefined],
  ["transformer", 4, 1],
] as const) {
  const model = await trained(architecture);
  benchmarks.push(...benchmarksOf(`${architecture} on wasm`, model, onWasm(model), wasmS));
  if (findOnnxRuntime() === null) {
    process.stdout.write(`SKIP ${architecture} on ONNX Runtime: not installed; .ci/onnx says how, PRAE_ONNXRUNTIME where\n`);
  } else {
    benchmarks.push(...benchmarksOf(`${architecture} on ONNX`, model, (await onOnnxRuntime(model)).compute, onnxS));
  }
}

const stepped = new StepForecaster(await trained("gru"), backend, history);
stepped.advance(new History(large, 1));
benchmarks.push({
  name: "take one step, 10 k users × 4 resources: stateful gru on wasm, CPU time",
  unit: "series/s",
  floor: SERIES / 0.2,
  run: async () => SERIES / (await cpuSeconds(async () => stepped.advance(new History(large, stepped.steps + 1)))),
});

await record(benchmarks);
