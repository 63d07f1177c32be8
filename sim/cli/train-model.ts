import type { Trace } from "../../datasets/trace.ts";
import type { Backend } from "../../models/backend/backend.ts";
import { calibrateModel } from "../../models/calibration/calibrate-model.ts";
import type { Split } from "../../models/forecaster.ts";
import { FEATURE_GROUPS } from "../../models/panel/feature-spec.ts";
import type { Panel } from "../../models/panel/panel.ts";
import { CheckpointFile } from "../../models/registry/checkpoint.ts";
import type { ModelCard } from "../../models/registry/model-card.ts";
import type { StoredModel } from "../../models/registry/model-file.ts";
import type { Registry } from "../../models/registry/registry.ts";
import { recipeIn } from "../../models/training/recipe.ts";
import { type TrainingProgress, trainNetwork } from "../../models/training/train-network.ts";
import type { TrainedModel } from "../../models/training/trained-model.ts";
import type { Loss, TrainingSpec } from "../../models/training/training-spec.ts";
import type { TrainingPosition } from "../../models/training/training-state.ts";
import { digestOf } from "./inputs.ts";
import { codeRevision } from "./version.ts";

/** One training: all that decides what it ends with, and where that is kept. */
export interface Training {
  readonly trace: Trace;
  readonly panel: Panel;
  readonly split: Split;
  readonly spec: TrainingSpec;
  readonly backend: Backend;
  readonly registry: Registry;
  /** Called when it goes on from where an earlier process was interrupted. */
  readonly onResume?: (position: TrainingPosition) => void;
  readonly onEpoch?: (progress: TrainingProgress) => void;
  readonly signal?: AbortSignal;
}

/** Optimizer steps between two checkpoints: a second or so, which is also how long an interruption waits. */
const SAVE_EVERY_STEPS = 10;

/** What the validation score of each loss is. */
const SCORE_NAMES: Readonly<Record<Loss, string>> = { quantile: "sql", hazard: "log_loss", mse: "mse", mae: "mae" };

/**
 * Trains a network and keeps it in the registry. Where an earlier training alike was interrupted it goes on exactly where that
 * stood; the checkpoint is deleted when the model is kept.
 * @throws TrainingStopped after the signal; the checkpoint then holds the last step.
 * @throws InputError when the checkpoint is damaged.
 */
export async function trainModel(training: Training): Promise<StoredModel> {
  const { panel, split, spec, backend, registry, onResume, onEpoch, signal } = training;
  const file = new CheckpointFile(registry.folder, trainingKey(training));
  const found = await file.read();
  const before = { cpuMs: found?.cpuMs ?? 0, wallMs: found?.wallMs ?? 0 };
  const startedCpu = process.cpuUsage();
  const startedMs = performance.now();
  const cost = () => {
    const { user, system } = process.cpuUsage(startedCpu);
    return { cpuMs: before.cpuMs + (user + system) / 1000, wallMs: before.wallMs + performance.now() - startedMs };
  };
  if (found !== null) onResume?.(found.state.position);
  let last = found?.state.position ?? null;
  const trained = await trainNetwork(panel, split, spec, backend, {
    // The key covers the spec, so it is the same; the file has its keys in another order.
    ...(found === null ? {} : { resume: { ...found.state, spec } }),
    ...(onEpoch === undefined ? {} : { onEpoch }),
    ...(signal === undefined ? {} : { signal }),
    saveEverySteps: SAVE_EVERY_STEPS,
    onState: async (state) => {
      last = state.position;
      await file.write({ state, ...cost() });
      // Signals get through only where something waits: on wasm and cpu a step waits for nothing.
      await new Promise((resume) => setImmediate(resume));
    },
  });
  const model = await calibrateModel(trained, panel, split, backend);
  const card = cardOf(training, model, last, cost());
  const digest = await registry.put(model, card);
  await file.delete();
  return { digest, model, card };
}

/** SHA-256, hex. Trainings with the same key end with the same weights, where the backend repeats itself. */
export function trainingKey({ trace, panel, split, spec, backend }: Training): string {
  const { target, startMs, stepMs } = panel;
  const { name, version } = backend;
  return digestOf({ trace: trace.manifest.digest, target, startMs, stepMs, split, spec, name, version, code: codeRevision() });
}

function cardOf(
  { trace, panel, split, spec, backend }: Training,
  model: TrainedModel,
  position: TrainingPosition | null,
  cost: { readonly cpuMs: number; readonly wallMs: number },
): ModelCard {
  const { name, digest } = trace.manifest;
  const atMs = (step: number) => panel.startMs + step * panel.stepMs;
  const best = position?.best ?? null;
  return {
    data: {
      name,
      digest,
      window: { startMs: panel.startMs, endMs: atMs(split.validationEnd) },
      target: panel.target,
      series: panel.series.length,
      stepMs: panel.stepMs,
    },
    split: { trainEndMs: atMs(split.trainEnd), validationEndMs: atMs(split.validationEnd) },
    features: featuresOf(model),
    metrics: { [SCORE_NAMES[spec.loss]]: best?.score ?? null },
    backend: { name: backend.name, version: backend.version },
    seed: spec.seed,
    training: {
      epochs: position?.epochs ?? 0,
      bestEpoch: best?.epoch ?? 0,
      parameters: model.weights.reduce((sum, { values }) => sum + values.length, 0),
    },
    made: {
      at: new Date().toISOString(),
      codeRevision: codeRevision(),
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      cpuMs: Math.round(cost.cpuMs),
      wallMs: Math.round(cost.wallMs),
      peakMemoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    },
  };
}

/** The groups of features that a network was shown. */
function featuresOf(model: TrainedModel): string[] {
  const { features, level, lags } = recipeIn(model);
  const shown: readonly string[] = [...features.groups, ...(level ? ["recent"] : []), ...(lags ? ["long-term"] : [])];
  return FEATURE_GROUPS.filter((group) => shown.includes(group));
}
