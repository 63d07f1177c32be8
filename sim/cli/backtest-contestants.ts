import { IssueList, quote } from "../../datasets/issue-list.ts";
import type { BacktestPlan } from "../../models/backtest/plan.ts";
import type { Contestant } from "../../models/backtest/run-model.ts";
import { MODEL_KINDS, modelKind } from "../../models/catalogue.ts";
import type { StoredModel } from "../../models/registry/model-file.ts";
import { Registry, registryFolder } from "../../models/registry/registry.ts";
import type { TrainedModel } from "../../models/training/trained-model.ts";

/** What all are held against: something simple, and the best that needs no learning. */
export const REFERENCES = {
  demand: { simple: "seasonal-naive", classical: "best-classical" },
  concurrency: { simple: "seasonal-naive", classical: "best-classical" },
  arrival: { simple: "seasonal-poisson", classical: "best-classical" },
} as const;

/** Where what is backtested comes from. */
export interface Source {
  readonly name: string;
  /** SHA-256, hex: the trace's own; of a table, of its bytes. */
  readonly digest: string;
  readonly kind: "trace" | "table";
  /** Of the table's file. */
  readonly synthetic: boolean;
}

/**
 * Who takes part: the references, then who was asked for, each once.
 * @param list names and ids separated by commas; `classical`: all of that family.
 * @throws InputError for what is neither a model for this target nor one of the registry, or was shown what it would be tested on.
 */
export async function readContestants(
  list: string,
  plan: BacktestPlan,
  source: Source,
  registryPath: string | undefined,
): Promise<Contestant[]> {
  const { target } = plan.panel;
  const registry = new Registry(registryFolder(registryPath));
  const issues = new IssueList();
  const here = MODEL_KINDS.filter(({ targets }) => targets.includes(target));
  const { simple, classical } = REFERENCES[target];
  const asked = list.split(",").map((name) => name.trim());
  const expanded = asked.flatMap((name) =>
    name === "classical" ? here.filter(({ family }) => family === "classical").map((kind) => kind.name) : [name],
  );
  const contestants = new Map<string, Contestant>();
  for (const name of [simple, classical]) {
    const kind = modelKind(name, target);
    if (kind !== undefined) contestants.set(name, kind);
  }
  for (const name of expanded) {
    const kind = modelKind(name, target);
    if (kind !== undefined) {
      contestants.set(name, kind);
      continue;
    }
    if (/^[0-9a-f]{4,64}$/.test(name)) {
      const stored = await registry.read(registry.resolve(name, "--models"));
      const contestant = trainedContestant(stored, plan, source, issues);
      contestants.set(contestant.name, contestant);
      continue;
    }
    if (name.endsWith(".json")) {
      contestants.set(name, await onnxContestant(name, plan, issues));
      continue;
    }
    const expected = `${here.map((known) => known.name).join(", ")}, classical, the id of a trained model, or an ONNX model's .json`;
    const hint = MODEL_KINDS.some((known) => known.name === name) ? `it does not forecast the target ${target}` : undefined;
    issues.add({ where: "--models", expected, found: quote(name), ...(hint === undefined ? {} : { hint }) });
  }
  issues.throwIfAny();
  return [...contestants.values()];
}

/** Adds an issue for each way in which a model is for another kind of panel than the plan's. */
function refuseOthers(
  { panel, horizon }: BacktestPlan,
  model: Pick<TrainedModel, "target" | "stepMs" | "horizon" | "levelsPpm">,
  refuse: (expected: string, found: string) => void,
): void {
  if (model.target !== panel.target) return refuse(`a model of ${panel.target}`, `one of ${model.target}`);
  if (model.stepMs !== panel.stepMs) refuse(`steps of ${panel.stepMs} ms`, `steps of ${model.stepMs} ms`);
  if (model.horizon < horizon.steps) refuse(`a horizon of ${horizon.steps} steps or more`, `${model.horizon}`);
  const [asked, made] = [horizon.levelsPpm, model.levelsPpm];
  const outside = (asked[0] as number) < (made[0] as number) || (asked.at(-1) as number) > (made.at(-1) as number);
  if (model.target === "arrival" || !outside) return;
  refuse(`levels from ${asked[0]} to ${asked.at(-1)} ppm`, `levels from ${made[0]} to ${made.at(-1)}`);
}

/** A model trained elsewhere: nobody here knows on what. */
async function onnxContestant(document: string, plan: BacktestPlan, issues: IssueList): Promise<Contestant> {
  const { readOnnxModel } = await import("../../models/onnx/onnx-model.ts");
  const model = await readOnnxModel(document);
  refuseOthers(plan, model, (expected, found) => issues.add({ where: document, expected, found }));
  return {
    name: model.name,
    family: "learned",
    fit: async () => (await import("../../models/onnx/onnx-forecaster.ts")).loadOnnxForecaster(document),
  };
}

/** A model of the registry. It must not have seen the test part, nor be for another kind of panel. */
function trainedContestant(
  { digest, model, card }: StoredModel,
  plan: BacktestPlan,
  source: Source,
  issues: IssueList,
): Contestant {
  const { panel, origins, embargoSteps } = plan;
  const name = `${model.architecture} ${digest.slice(0, 12)}`;
  const refuse = (expected: string, found: string) => issues.add({ where: "--models", path: name, expected, found });
  refuseOthers(plan, model, refuse);
  const firstMs = panel.startMs + ((origins[0] as number) - embargoSteps) * panel.stepMs;
  if (card.data.digest === source.digest && card.split.validationEndMs > firstMs) {
    refuse(
      `one that saw nothing of this trace after ${firstMs} ms`,
      `one chosen by what came until ${card.split.validationEndMs} ms`,
    );
  }
  return {
    name,
    family: "learned",
    fit: async () => {
      const { openBackend } = await import("../../models/backend/open-backend.ts");
      const { forecasterOf } = await import("../../models/training/network-forecaster.ts");
      return forecasterOf(model, await openBackend());
    },
  };
}
