import { InputError } from "../../datasets/issues.ts";
import type { StoredModel } from "../../models/registry/model-file.ts";
import { type Registry, SHORT_DIGITS } from "../../models/registry/registry.ts";
import { printJson, say, sayMeanwhile, sayTable } from "./output.ts";

/** The actions of `prae models`. Each says its result to people, or prints one JSON document. */
type Action = (registry: Registry, ids: readonly string[], json: boolean) => Promise<void>;

/** A file that cannot be read is listed with what is wrong with it: the others can still be used, and it can be deleted. */
export const listModels: Action = async (registry, ids, json) => {
  wanted(ids, "no ids", 0, 0, "list");
  const models: StoredModel[] = [];
  const damaged: { readonly id: string; readonly problem: string }[] = [];
  for (const digest of registry.digests()) {
    try {
      models.push(await registry.read(digest));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      damaged.push({ id: digest, problem: error.message });
    }
  }
  models.sort((a, b) => (a.card.made.at < b.card.made.at ? 1 : a.card.made.at > b.card.made.at ? -1 : 0));
  if (json) {
    printJson({ registry: registry.folder, models: models.map(documentOf), damaged });
    return;
  }
  if (models.length === 0 && damaged.length === 0) say(`No models in ${registry.folder}. prae train makes one.`);
  const rows = models.map(({ digest, model, card }) => [
    digest.slice(0, SHORT_DIGITS),
    model.architecture,
    model.target,
    card.data.name,
    duration(model.stepMs),
    `${model.lookBack}→${model.horizon}`,
    score(card.metrics["sql"]),
    card.made.at.slice(0, 16).replace("T", " "),
  ]);
  if (rows.length > 0) sayTable([["ID", "MODEL", "TARGET", "TRAINED ON", "STEP", "STEPS", "SQL", "MADE (UTC)"], ...rows]);
  for (const { problem } of damaged) sayMeanwhile(`prae: ${problem}`);
};

export const showModels: Action = async (registry, ids, json) => {
  wanted(ids, "an id", 1, 1, "show");
  const [stored] = await readAll(registry, ids);
  const { digest, model, card } = stored as StoredModel;
  if (json) {
    printJson({ registry: registry.folder, ...documentOf(stored as StoredModel) });
    return;
  }
  const { data, split, training, made } = card;
  say(`${digest}\n`);
  sayTable([
    ["model", `${model.architecture}, ${training.parameters} parameters in ${model.weights.length} tensors`],
    ["target", `${model.target}, steps of ${duration(model.stepMs)}, from ${model.lookBack} steps to ${model.horizon}`],
    ["levels", model.levelsPpm.length === 0 ? "chances of arrival" : model.levelsPpm.map((level) => level / 1e6).join(" ")],
    ["trained on", `${data.name} (${data.digest.slice(0, SHORT_DIGITS)}), ${data.series} series`],
    [
      "",
      `learned from ${data.window.startMs} ms until ${split.trainEndMs} ms, chosen by what came until ${split.validationEndMs} ms`,
    ],
    ["features", card.features.length === 0 ? "none" : card.features.join(", ")],
    ["epochs", `${training.epochs}, the best after ${training.bestEpoch}`],
    ["seed", String(card.seed)],
    ["backend", `${card.backend.name} ${card.backend.version}`],
    ["made", `${made.at} by ${made.codeRevision}, Node ${made.node}, ${made.platform}`],
    ["cost", `${seconds(made.cpuMs)} CPU, ${seconds(made.wallMs)} in all, ${made.peakMemoryMiB} MiB at most`],
    ["file", registry.path(digest)],
  ]);
  say("\nOn the validation part:");
  sayTable(Object.entries(card.metrics).map(([name, value]) => [`  ${name}`, score(value)]));
  say("\nOptions:");
  sayTable(Object.entries(model.options).map(([name, value]) => [`  ${name}`, JSON.stringify(value)]));
};

export const compareModels: Action = async (registry, ids, json) => {
  wanted(ids, "at least two ids", 2, Number.POSITIVE_INFINITY, "compare");
  const models = await readAll(registry, ids);
  const metrics = rowsOf(models, ({ card }) => card.metrics);
  const differing = rowsOf(models, settingsOf).filter(
    ({ values }) => new Set(values.map((value) => JSON.stringify(value))).size > 1,
  );
  if (json) {
    printJson({ registry: registry.folder, models: models.map(({ digest }) => digest), metrics, differences: differing });
    return;
  }
  sayTable([
    ["", ...models.map(({ digest }) => digest.slice(0, SHORT_DIGITS))],
    ...metrics.map(({ name, values }) => [name, ...values.map((value) => score(value as number | null | undefined))]),
  ]);
  say(differing.length === 0 ? "\nThey differ in no option." : "\nWhere they differ:");
  sayTable(differing.map(({ name, values }) => [`  ${name}`, ...values.map((value) => JSON.stringify(value) ?? "–")]));
};

/** By name alone: a damaged file can be deleted, too. */
export const deleteModels: Action = async (registry, ids, json) => {
  wanted(ids, "at least one id", 1, Number.POSITIVE_INFINITY, "delete");
  const digests = ids.map((id) => registry.resolve(id, "prae models delete"));
  for (const digest of new Set(digests)) await registry.delete(digest);
  if (json) printJson({ registry: registry.folder, deleted: [...new Set(digests)] });
  else for (const digest of new Set(digests)) say(`deleted ${digest}`);
};

function wanted(ids: readonly string[], expected: string, least: number, most: number, action: string): void {
  if (ids.length >= least && ids.length <= most) return;
  const found = ids.length === 0 ? "none" : ids.join(" ");
  throw new InputError([{ where: `prae models ${action}`, expected, found, hint: "prae models list shows the ids" }]);
}

async function readAll(registry: Registry, ids: readonly string[]): Promise<StoredModel[]> {
  const digests = ids.map((id) => registry.resolve(id, "prae models"));
  const models: StoredModel[] = [];
  for (const digest of digests) models.push(await registry.read(digest));
  return models;
}

/** A model without its weights' values. */
function documentOf({ digest, model, card }: StoredModel): object {
  const { weights, ...rest } = model;
  return { id: digest, ...rest, weights: weights.map(({ name, shape }) => ({ name, shape })), card };
}

/** All that a model was made with. */
function settingsOf({ model, card }: StoredModel): Readonly<Record<string, unknown>> {
  const { weights: _, options, ...rest } = model;
  const { data, split, features, backend, seed, training } = card;
  return {
    ...rest,
    ...Object.fromEntries(Object.entries(options).map(([name, value]) => [`options.${name}`, value])),
    data: data.name,
    dataDigest: data.digest,
    series: data.series,
    trainEndMs: split.trainEndMs,
    validationEndMs: split.validationEndMs,
    features,
    backend: `${backend.name} ${backend.version}`,
    seed,
    parameters: training.parameters,
    epochs: training.epochs,
  };
}

interface ComparedRow {
  readonly name: string;
  /** One a model; `undefined`: it has none. */
  readonly values: readonly unknown[];
}

function rowsOf(models: readonly StoredModel[], pick: (model: StoredModel) => Readonly<Record<string, unknown>>): ComparedRow[] {
  const picked = models.map(pick);
  const names = [...new Set(picked.flatMap((one) => Object.keys(one)))];
  return names.map((name) => ({ name, values: picked.map((one) => one[name] ?? null) }));
}

function score(value: number | null | undefined): string {
  return typeof value === "number" ? value.toPrecision(4) : "–";
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function duration(ms: number): string {
  for (const [unit, size] of [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1000],
  ] as const) {
    if (ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}
