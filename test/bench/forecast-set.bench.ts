import { statSync } from "node:fs";
import { join } from "node:path";
import { RandomStream } from "../../allocator/core/random.ts";
import type { Trace } from "../../datasets/trace.ts";
import { openBackend } from "../../models/backend/open-backend.ts";
import { forecastBatches } from "../../models/feed/forecast-batches.ts";
import type { ForecastPlan } from "../../models/feed/forecast-plan.ts";
import { storeBatch } from "../../models/forecast-set.ts";
import { ForecastSetWriter } from "../../models/forecast-store.ts";
import type { Forecaster } from "../../models/forecaster.ts";
import type { Panel } from "../../models/panel/panel.ts";
import { forecasterOf } from "../../models/training/network-forecaster.ts";
import { trainNetwork } from "../../models/training/train-network.ts";
import { trainingSpec } from "../../models/training/training-spec.ts";
import { testFolder } from "../support/prae.ts";
import { record } from "./record.ts";

const USERS = 10_000;
const RESOURCES = ["cpuMillis", "memoryMiB", "gpuMillis", "networkKbps"] as const;
const STEP_MS = 300_000;
const LOOK_BACK = 96;
const STEPS = 120;
/** Two steps ahead at the levels of three tiers, as `prae compare --policies nlinear` asks on a trace of usage. */
const PLAN: ForecastPlan = {
  target: "demand",
  model: "nlinear",
  seed: 1,
  everyMs: STEP_MS,
  stepMs: STEP_MS,
  steps: 2,
  levelsPpm: [800_000, 950_000, 990_000],
  latencyMs: 1_000,
};
/** However many instants are forecast: what one leaves behind must not add up. */
const MOST_GROWTH_MIB = 150;

/** Series that rise and fall, with noise. */
function panelOf(users: number, steps: number): Panel {
  const stream = new RandomStream(1, "panel");
  const values = new Float32Array(users * RESOURCES.length * steps);
  for (let i = 0; i < values.length; i += 1) values[i] = 400 + 5 * Math.abs((i % 96) - 48) + 300 * stream.float();
  const traits = { tier: "standard", role: null, timeZone: "UTC", permittedApps: null, appName: null };
  const series = Array.from({ length: users }, (_, user) =>
    RESOURCES.map((resource) => ({ name: `${user} ${resource}`, user, app: null, resource, traits })),
  ).flat();
  return { target: "demand", startMs: 0, stepMs: STEP_MS, steps, epochMs: null, signed: false, series, values, context: [] };
}

const backend = await openBackend("wasm");
const small = panelOf(20, 400);
const chosen = { lookBack: LOOK_BACK, horizon: PLAN.steps, epochWindows: 256, validationWindows: 64, maxEpochs: 1 };
const model = await trainNetwork(small, { trainEnd: 300, validationEnd: 360 }, trainingSpec("nlinear", small, chosen), backend);
const network = forecasterOf(model, backend);
/** The same numbers every time: what is left is what it costs to make and keep batches. */
const constant = new Float32Array(USERS * RESOURCES.length * PLAN.steps * PLAN.levelsPpm.length).map((_, i) => 100 + (i % 977));
for (let i = 0; i < constant.length; i += PLAN.levelsPpm.length) constant.subarray(i, i + PLAN.levelsPpm.length).sort();
const known: Forecaster = { name: "known", target: "demand", forecast: async () => constant };
const large = panelOf(USERS, STEPS);
const folder = testFolder("forecast-set-bench");

/** Instants a CPU second, from the panel to the file. */
async function make(forecaster: Forecaster, say: boolean): Promise<number> {
  const path = join(folder, "set.arrow.gz");
  const writer = await ForecastSetWriter.create(path);
  const before = process.cpuUsage();
  let earlyMiB = 0;
  const fromMs = (STEPS - 20) * STEP_MS;
  for await (const batch of forecastBatches(forecaster, large, { apps: [] } as unknown as Trace, PLAN, { fromMs })) {
    writer.append(storeBatch(batch));
    if (writer.count === 5) earlyMiB = process.memoryUsage().rss / 2 ** 20;
  }
  const { user, system } = process.cpuUsage(before);
  const growthMiB = process.memoryUsage().rss / 2 ** 20 - earlyMiB;
  if (growthMiB > MOST_GROWTH_MIB)
    throw new Error(`memory grew by ${growthMiB.toFixed(0)} MiB over ${writer.count - 5} instants`);
  const { length } = writer.finish().digests;
  if (say) {
    const megabytes = statSync(path).size / length / 1e6;
    process.stdout.write(
      `${forecaster.name}: ${megabytes.toFixed(2)} MB an instant, memory grew by ${growthMiB.toFixed(0)} MiB\n`,
    );
  }
  return (length * 1e6) / (user + system);
}

await make(network, true);
await record([
  {
    name: "forecast set of 10 k users × 4 resources, 2 steps at 3 levels, nlinear, by CPU time",
    unit: "instants/s",
    run: () => make(network, false),
  },
  {
    name: "the same but for the model: check, round, digest, compress, write",
    unit: "instants/s",
    run: () => make(known, false),
  },
]);
