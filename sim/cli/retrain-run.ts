import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseDurationMs } from "../../allocator/policy-document.ts";
import { SHORT_DIGITS } from "../../allocator/promotion/keys.ts";
import { InputError } from "../../datasets/issues.ts";
import { loadTrace, writeLargeTrace } from "../../datasets/store.ts";
import type { Trace } from "../../datasets/trace.ts";
import { openBackend } from "../../models/backend/open-backend.ts";
import { FEATURE_GROUPS } from "../../models/panel/feature-spec.ts";
import { panelFromTrace } from "../../models/panel/panel-from-trace.ts";
import type { StoredModel } from "../../models/registry/model-file.ts";
import { Registry, registryFolder } from "../../models/registry/registry.ts";
import { recipeIn } from "../../models/training/recipe.ts";
import { type Architecture, trainingSpec } from "../../models/training/training-spec.ts";
import { parseGates } from "../../reports/promotion/gates.ts";
import { loadJournal } from "./import-journal.ts";
import { type NamedPolicy, readCluster, readPrices, readSeed, readUsage, readYaml } from "./inputs.ts";
import { journalPath } from "./journal-file.ts";
import { withModel } from "./live/promoted-policy.ts";
import { heldAgainst, type Rivalry } from "./model-rivals.ts";
import { say, sayMeanwhile } from "./output.ts";
import { sayVerdict } from "./promote-run.ts";
import { passGate } from "./promotion-gate.ts";
import { type OpenedStore, openStore, refusals } from "./promotion-store.ts";
import type { RetrainArguments } from "./retrain.ts";
import type { Scenario } from "./run-policy.ts";
import { trainTelling } from "./train-run.ts";
import { splitBefore } from "./training-split.ts";

const HELD_OUT_SHARE = 0.25;

/** What `prae retrain` does: history → training → backtest → the gate. */
export async function retrain(args: RetrainArguments): Promise<void> {
  const seed = readSeed(args.seed);
  const gates = args.gates === undefined ? null : parseGates(await readYaml(args.gates), args.gates);
  const prices = await readPrices(args.prices);
  const usage = readUsage(args.limit, args.grace);
  const opened = openStore(args);
  opened.checkKey();
  const registry = new Registry(registryFolder(args.registry));
  const { incumbent, model: old } = await inForce(opened, registry);
  const history = await readHistory(args);
  const { trace } = history;
  const heldOutMs = heldOutFrom(args.heldOut, trace, old);
  refuseSeen(old, trace, heldOutMs);
  const { target, stepMs, horizon } = old.model;
  const panel = panelFromTrace(trace, { target, stepMs });
  const split = splitBefore(panel, heldOutMs, horizon, "--held-out");
  const backend = await openBackend();
  sayMeanwhile(
    `training ${old.model.architecture} on the ${target} of ${trace.manifest.name}, as ${short(old)} was; seed ${seed}`,
  );
  const spec = specLike(old, seed, args.epochs);
  const next = `prae retrain --trace ${history.path} with the same flags goes on from here`;
  const made = await trainTelling({ trace, panel, split, spec, backend, registry }, args.json, next);
  if (made === null) return;
  const rivalry = await heldAgainst(made, old, panel, split, seed, backend);
  const candidate = withOther(incumbent, made);
  const cluster = await readCluster(args.cluster, trace);
  const scenario: Scenario = { trace, cluster, evaluateFromMs: heldOutMs, seed, prices, usage };
  const note = args.note ?? `retrained on ${trace.manifest.name} until ${heldOutMs} ms`;
  const challenge = { candidate, incumbent, scenarios: [scenario], gates, registry: args.registry, note };
  const verdict = await passGate(challenge, opened);
  if (verdict.kept === null) history.discard();
  if (!args.json) sayRivalry(rivalry);
  const path = verdict.kept === null && args.trace === undefined ? null : history.path;
  sayVerdict(verdict, args.json, { history: { path, heldOutMs }, backtest: rivalry });
}

/** The policy that runs and its one trained model. */
async function inForce(
  { store, trusted }: OpenedStore,
  registry: Registry,
): Promise<{ incumbent: NamedPolicy; model: StoredModel }> {
  const active = refusals(() => store.active(trusted()));
  const policy = active === null ? null : withModel(active.body, "--store");
  if (active === null || policy?.feed?.fitted === undefined) {
    const found = active === null ? "none is in force" : `“${active.body.policy.text}”, which forecasts with none`;
    const hint = "prae train, then prae promote --candidate predictive:model=ID";
    throw new InputError([{ where: "--store", expected: "a promotion with a trained model", found, hint }]);
  }
  const model = await registry.read(registry.resolve(policy.feed.model, "the promotion's model"));
  return { incumbent: { text: active.body.policy.text, policy }, model };
}

interface History {
  readonly trace: Trace;
  /** Its trace directory. */
  readonly path: string;
  /** Takes away what was written for it: nobody needs it to repeat any evidence. */
  discard(): void;
}

async function readHistory({ state, trace: given, keep }: RetrainArguments): Promise<History> {
  if (given !== undefined) {
    if (keep !== undefined) throw new InputError([{ where: "--keep", expected: "--state with it", found: "--trace" }]);
    return { trace: await loadTrace(given), path: given, discard() {} };
  }
  if (state === undefined) {
    const hint = "prae retrain --help";
    throw new InputError([{ where: "prae retrain", expected: "either --state or --trace", found: "neither", hint }]);
  }
  journalPath(state);
  const time = new Date().toISOString().replace(/[:.]/g, "-");
  const path = join(keep ?? join(state, "retrain"), time);
  const trace = await writeLargeTrace(path, { replace: false }, () => loadJournal(state, { defaults: {} }, () => {}, null));
  return { trace, path, discard: () => rmSync(path, { recursive: true, force: true }) };
}

/** The first instant that is held out, at a step of the model. */
function heldOutFrom(text: string | undefined, { manifest }: Trace, { model: { stepMs } }: StoredModel): number {
  const { startMs, endMs } = manifest.window;
  const heldOutMs = text === undefined ? (endMs - startMs) * HELD_OUT_SHARE : parseDurationMs(text);
  if (heldOutMs === null || heldOutMs <= 0 || heldOutMs >= endMs - startMs) {
    const expected = `a duration shorter than the history's ${endMs - startMs} ms, such as 2d`;
    throw new InputError([{ where: "--held-out", expected, found: JSON.stringify(text) }]);
  }
  return startMs + Math.floor((endMs - startMs - heldOutMs) / stepMs) * stepMs;
}

/** Said before the training and not only by the gate behind it. */
function refuseSeen(old: StoredModel, { manifest }: Trace, heldOutMs: number): void {
  const { data, split } = old.card;
  if (data.name !== manifest.name || split.validationEndMs <= heldOutMs) return;
  const expected = `a part that the present model has not seen: what came after ${split.validationEndMs} ms`;
  const hint = "a shorter --held-out, or wait: too little has happened since it was trained";
  throw new InputError([{ where: "--held-out", expected, found: `one from ${heldOutMs} ms on`, hint }]);
}

/** Another training of the same kind: what the old model was not shown, the new one is not shown either. */
function specLike({ model, card }: StoredModel, seed: number, epochs: number | undefined) {
  const { architecture, target, stepMs, lookBack, horizon, levelsPpm } = model;
  if (epochs !== undefined && !(Number.isInteger(epochs) && epochs >= 1 && epochs <= 100_000)) {
    throw new InputError([{ where: "--epochs", expected: "a whole number from 1 to 100000", found: String(epochs) }]);
  }
  const without = FEATURE_GROUPS.filter((group) => !card.features.includes(group));
  const { sizes } = recipeIn(model);
  const more = epochs === undefined ? {} : { maxEpochs: epochs };
  const same = { lookBack, horizon, levelsPpm, without, sizes, seed, ...more };
  return trainingSpec(architecture as Architecture, { target, stepMs }, same);
}

function withOther({ text, policy }: NamedPolicy, made: StoredModel): NamedPolicy {
  const { feed } = policy;
  if (feed === null) throw new Error("the policy forecasts");
  const base = text.replace(/, retrained: [0-9a-f]+$/, "");
  return { text: `${base}, retrained: ${short(made)}`, policy: { ...policy, feed: { ...feed, model: made.digest } } };
}

function sayRivalry({ metric, made, old, ratio, interval, origins }: Rivalry): void {
  const drawn = interval === null ? "" : ` [${interval.map((end) => end.toPrecision(3)).join(", ")}]`;
  const compared = ratio === null ? "" : `, × ${ratio.toPrecision(3)}${drawn}`;
  say(`Forecasts held out, ${origins} origins: ${metric} ${figure(made.score)} (${made.id.slice(0, SHORT_DIGITS)})`);
  say(`  was ${figure(old.score)} (${old.id.slice(0, SHORT_DIGITS)})${compared}; below 1 the new model is better\n`);
}

function figure(score: number | null): string {
  return score === null ? "–" : score.toPrecision(4);
}

function short({ digest }: StoredModel): string {
  return digest.slice(0, SHORT_DIGITS);
}
