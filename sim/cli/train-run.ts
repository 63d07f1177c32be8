import { parseDurationMs } from "../../allocator/policy-document.ts";
import { InputError, type Issue } from "../../datasets/issues.ts";
import { loadTrace } from "../../datasets/store.ts";
import { openBackend } from "../../models/backend/open-backend.ts";
import { FEATURE_GROUPS } from "../../models/panel/feature-spec.ts";
import { panelFromTrace } from "../../models/panel/panel-from-trace.ts";
import type { StoredModel } from "../../models/registry/model-file.ts";
import { Registry, registryFolder } from "../../models/registry/registry.ts";
import { type TrainingProgress, TrainingStopped } from "../../models/training/train-network.ts";
import { type TrainingSpec, trainingSpec } from "../../models/training/training-spec.ts";
import { isUsageTrace } from "../measured-use.ts";
import { readEvaluateFrom, readSeed } from "./inputs.ts";
import { onInterrupt } from "./interrupt.ts";
import { printJson, say, sayMeanwhile } from "./output.ts";
import type { TrainArguments } from "./train.ts";
import { type Training, trainModel } from "./train-model.ts";
import { splitBefore } from "./training-split.ts";

/** What `prae train` does. */
export async function train(args: TrainArguments): Promise<void> {
  const asked = readAsked(args);
  const trace = await loadTrace(args.trace);
  const target = args.target ?? (isUsageTrace(trace) ? "demand" : "concurrency");
  const untilMs =
    args.trainUntil === undefined ? trace.manifest.window.endMs : readEvaluateFrom(args.trainUntil, trace, "--train-until");
  const panel = panelFromTrace(trace, { target, stepMs: asked.stepMs, untilMs });
  const spec = trainingSpec(args.model, { target, stepMs: asked.stepMs }, asked.spec);
  const split = splitBefore(panel, untilMs, spec.horizon, args.trainUntil === undefined ? "--trace" : "--train-until");
  const backend = await openBackend(args.backend);
  const { model, seed } = args;
  const shape = `${panel.series.length} series, ${spec.lookBack} steps of ${args.step} back, ${spec.horizon} ahead`;
  sayMeanwhile(
    `training ${model} on the ${target} of ${trace.manifest.name}: ${shape}; ${backend.name} ${backend.version}, seed ${seed}`,
  );
  const registry = new Registry(registryFolder(args.registry));
  const stored = await trainTelling(
    { trace, panel, split, spec, backend, registry },
    args.json,
    "the same command goes on from here",
  );
  if (stored !== null) sayResult(stored, args);
}

/**
 * Trains, and says how it goes. Interrupted, it stops after its step, says so and sets the exit code.
 * @param next what whoever interrupted it can do. @returns `null`: it was interrupted.
 */
export async function trainTelling(
  training: Omit<Training, "onResume" | "onEpoch" | "signal">,
  json: boolean,
  next: string,
): Promise<StoredModel | null> {
  const stop = new AbortController();
  let interruptedWith: number | null = null;
  onInterrupt((exitCode) => {
    interruptedWith = exitCode;
    sayMeanwhile("\nstopping after this step …");
    stop.abort();
  });
  try {
    return await trainModel({
      ...training,
      onResume: ({ steps, epochs }) => sayMeanwhile(`going on after step ${steps}, in epoch ${epochs + 1}`),
      onEpoch: (progress) => sayMeanwhile(epochLine(progress)),
      signal: stop.signal,
    });
  } catch (error) {
    if (!(error instanceof TrainingStopped) || interruptedWith === null) throw error;
    if (json) printJson({ error: { kind: "interrupted", message: error.message, next } });
    sayMeanwhile(`prae: interrupted, ${error.message}; ${next}`);
    process.exitCode = interruptedWith;
    return null;
  } finally {
    onInterrupt(null);
  }
}

interface Asked {
  readonly stepMs: number;
  readonly spec: Partial<TrainingSpec>;
}

/** Everything that can be read before the trace is. */
function readAsked(args: TrainArguments): Asked {
  const issues: Issue[] = [];
  const seed = readSeed(args.seed);
  const durationOf = (where: string, text: string): number => {
    const ms = parseDurationMs(text);
    if (ms !== null && ms > 0) return ms;
    issues.push({ where, expected: "a duration, such as 5m or 24h", found: JSON.stringify(text) });
    return 1;
  };
  const stepMs = durationOf("--step", args.step);
  const stepsOf = (where: string, text: string): number => {
    const steps = durationOf(where, text) / stepMs;
    if (Number.isInteger(steps)) return steps;
    if (issues.length === 0) issues.push({ where, expected: `a multiple of --step (${args.step})`, found: JSON.stringify(text) });
    return 1;
  };
  const horizon = args.horizon === undefined ? {} : { horizon: stepsOf("--horizon", args.horizon) };
  const lookBack = args.lookBack === undefined ? {} : { lookBack: stepsOf("--look-back", args.lookBack) };
  const { epochs } = args;
  if (epochs !== undefined && !(Number.isInteger(epochs) && epochs >= 1 && epochs <= 100_000)) {
    issues.push({ where: "--epochs", expected: "a whole number from 1 to 100000", found: String(epochs) });
  }
  const without = args.without === undefined ? [] : args.without.split(",").map((name) => name.trim());
  for (const name of without) {
    if (FEATURE_GROUPS.some((group) => group === name)) continue;
    issues.push({ where: "--without", expected: `groups among ${FEATURE_GROUPS.join(", ")}`, found: JSON.stringify(name) });
  }
  if (issues.length > 0) throw new InputError(issues);
  const maxEpochs = epochs === undefined ? {} : { maxEpochs: epochs };
  return { stepMs, spec: { seed, without, ...horizon, ...lookBack, ...maxEpochs } };
}

function epochLine({ epoch, maxEpochs, loss, validation, bestEpoch, bestValidation, leftMs }: TrainingProgress): string {
  const best = bestEpoch === epoch ? "the best so far" : `best ${bestValidation.toPrecision(4)} after ${bestEpoch}`;
  const left = epoch < maxEpochs ? `, at most ${Math.round(leftMs / 1000)} s left` : "";
  return `epoch ${epoch} of at most ${maxEpochs}: loss ${loss.toPrecision(4)}, validation ${validation.toPrecision(4)} (${best})${left}`;
}

function sayResult({ digest, card, model }: StoredModel, { json }: TrainArguments): void {
  if (json) {
    const { architecture, target, stepMs, lookBack, horizon } = model;
    printJson({ id: digest, architecture, target, stepMs, lookBack, horizon, card });
    return;
  }
  const { training, made, metrics } = card;
  const [[name, value] = ["score", null]] = Object.entries(metrics);
  const spent = `${Math.round(made.cpuMs / 1000)} CPU s, ${made.peakMemoryMiB} MiB at most`;
  say(`${digest}`);
  say(
    `  ${name} ${value?.toPrecision(4) ?? "–"} on validation, after epoch ${training.bestEpoch} of ${training.epochs}; ${spent}`,
  );
  say(`  prae models show ${digest.slice(0, 12)}`);
}
