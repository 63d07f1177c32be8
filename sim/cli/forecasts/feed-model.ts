import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "../../../datasets/atomic.ts";
import { InputError } from "../../../datasets/issues.ts";
import type { Trace } from "../../../datasets/trace.ts";
import { openBackend } from "../../../models/backend/open-backend.ts";
import { panelPart } from "../../../models/backtest/panel-part.ts";
import { MODEL_KINDS, modelKind } from "../../../models/catalogue.ts";
import type { ForecastPlan } from "../../../models/feed/forecast-plan.ts";
import type { Forecaster } from "../../../models/forecaster.ts";
import type { Panel } from "../../../models/panel/panel.ts";
import type { StoredModel } from "../../../models/registry/model-file.ts";
import type { Registry } from "../../../models/registry/registry.ts";
import { forecasterOf } from "../../../models/training/network-forecaster.ts";
import { ARCHITECTURES, type Architecture, trainingSpec } from "../../../models/training/training-spec.ts";
import type { ForecastOrigin } from "../../run-record.ts";
import { digestOf } from "../inputs.ts";
import { Progress } from "../progress.ts";
import { type Training, trainingKey, trainModel } from "../train-model.ts";
import { splitBefore } from "../training-split.ts";
import { codeRevision } from "../version.ts";
import { checkLevels, registeredFor } from "./registered-model.ts";

/** An epoch is as many windows as there are, within these bounds. */
const FEWEST_EPOCH_WINDOWS = 2_048;
const MOST_EPOCH_WINDOWS = 32_768;

/** A model that a feed names, fitted, and what must be said of it. */
export interface FeedModel {
  readonly about: Pick<ForecastOrigin, "kind" | "modelDigest" | "backend" | "trainedOn" | "features" | "metrics">;
  /** Fits it now, where that has not been done; to be called once. */
  open(): Promise<Forecaster & { dispose?(): void }>;
}

export interface FeedSubject {
  readonly trace: Trace;
  readonly panel: Panel;
  readonly plan: ForecastPlan;
  /** Nothing at or after this instant is learned from. */
  readonly evaluateFromMs: number;
  readonly registry: Registry;
}

/** Is it the name of a network of ours, which is trained and kept in the registry? */
export function isArchitecture(model: string): model is Architecture {
  return ARCHITECTURES.some((name) => name === model);
}

/** Is it a kind of model, rather than the id of a trained one? */
export function isKind(model: string): boolean {
  return isArchitecture(model) || MODEL_KINDS.some(({ name }) => name === model);
}

/**
 * The model of a plan: a network is trained on what came before the evaluation, or found where that was done before; a classical model
 * is fitted likewise; an id is read from the registry.
 * @throws InputError when there is no such model, or it cannot forecast what the plan asks for.
 */
export function feedModel(subject: FeedSubject): Promise<FeedModel> {
  const { model } = subject.plan;
  if (isArchitecture(model)) return networkModel(subject, model);
  return isKind(model) ? fittedModel(subject) : registeredModel(subject);
}

async function networkModel(subject: FeedSubject, architecture: Architecture): Promise<FeedModel> {
  const { trace, panel, plan, evaluateFromMs, registry } = subject;
  const { target, stepMs, steps, seed } = plan;
  const split = splitBefore(panel, evaluateFromMs, steps, "--evaluate-from");
  const epochWindows = Math.min(MOST_EPOCH_WINDOWS, Math.max(FEWEST_EPOCH_WINDOWS, panel.series.length * split.trainEnd));
  const spec = trainingSpec(architecture, { target, stepMs }, { horizon: steps, seed, epochWindows });
  checkLevels(plan, spec.levelsPpm);
  const backend = await openBackend("auto");
  const training: Training = { trace, panel: panelPart(panel, split.validationEnd), split, spec, backend, registry };
  return ofStored(await trainedBefore(training), plan);
}

/** From the registry, where the same training was done before; trained now, where not. */
async function trainedBefore(training: Training): Promise<StoredModel> {
  const { registry, spec, panel } = training;
  const note = join(registry.folder, "trainings", `${trainingKey(training).slice(0, 32)}.json`);
  if (existsSync(note)) {
    const { model } = JSON.parse(await readFile(note, "utf8")) as { readonly model: string };
    if (existsSync(registry.path(model))) return registry.read(model);
  }
  const progress = new Progress(`training ${spec.architecture} on ${panel.series.length} series before the evaluation`);
  const stored = await trainModel({ ...training, onEpoch: ({ epoch, maxEpochs }) => progress.update(epoch, maxEpochs) });
  progress.end();
  const text = `${JSON.stringify({ model: stored.digest })}\n`;
  await writeAtomically(note, { replace: true }, (temporary) => writeFile(temporary, text));
  return stored;
}

async function registeredModel({ trace, plan, evaluateFromMs, registry }: FeedSubject): Promise<FeedModel> {
  const stored = await registeredFor(plan, registry);
  const { card } = stored;
  const seenUntilMs = card.split.validationEndMs;
  if (card.data.digest === trace.manifest.digest && seenUntilMs > evaluateFromMs) {
    throw new InputError([
      {
        where: `feed.model "${plan.model}"`,
        expected: `a model that has seen this trace until ${evaluateFromMs} ms at most, when the evaluation begins`,
        found: `one that has seen it until ${seenUntilMs} ms`,
        hint: "--evaluate-from later, or prae train --train-until",
      },
    ]);
  }
  return ofStored(stored, plan);
}

async function ofStored(stored: StoredModel, plan: ForecastPlan): Promise<FeedModel> {
  const { model, card, digest } = stored;
  const backend = await openBackend("auto");
  const { data, split, features, metrics } = card;
  const { trainEndMs, validationEndMs } = split;
  return {
    about: {
      kind: model.architecture,
      modelDigest: digest,
      backend: `${backend.name} ${backend.version}`,
      trainedOn: { trace: data.name, digest: data.digest, fromMs: data.window.startMs, trainEndMs, validationEndMs },
      features,
      metrics,
    },
    open: async () => ({ ...forecasterOf(model, backend), name: plan.model }),
  };
}

/** Models that are fitted in a moment are not kept: what they were fitted with names them. */
async function fittedModel({ trace, panel, plan, evaluateFromMs }: FeedSubject): Promise<FeedModel> {
  const { model, target, steps, levelsPpm, seed, stepMs } = plan;
  const kind = modelKind(model, target);
  if (kind === undefined) {
    const targets = MODEL_KINDS.filter(({ name }) => name === model).flatMap((one) => one.targets);
    throw new InputError([
      { where: "feed.model", expected: `a model of ${target}`, found: `${model}, of ${targets.join(", ")}` },
    ]);
  }
  const split = splitBefore(panel, evaluateFromMs, steps, "--evaluate-from");
  const { name, digest } = trace.manifest;
  const atMs = (step: number) => panel.startMs + step * panel.stepMs;
  const backend = kind.family === "learned" && kind.plain !== true ? await openBackend("auto") : null;
  const computedBy = backend === null ? null : `${backend.name} ${backend.version}`;
  const made = { model, target, steps, levelsPpm, seed, stepMs, split, trace: digest, computedBy, code: codeRevision() };
  return {
    about: {
      kind: model,
      modelDigest: digestOf(made),
      backend: computedBy,
      trainedOn: {
        trace: name,
        digest,
        fromMs: panel.startMs,
        trainEndMs: atMs(split.trainEnd),
        validationEndMs: atMs(split.validationEnd),
      },
      features: [],
      metrics: {},
    },
    open: async () => {
      const progress = new Progress(`fitting ${model} on ${panel.series.length} series before the evaluation`);
      const options = { horizon: { steps, levelsPpm }, seed, onProgress: (share: number) => progress.update(share, 1) };
      const forecaster = await kind.fit(panelPart(panel, split.validationEnd), split, options);
      progress.end();
      return forecaster;
    },
  };
}
