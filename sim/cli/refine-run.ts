import { InputError, type Issue } from "../../datasets/issues.ts";
import { loadTrace } from "../../datasets/store.ts";
import { openBackend } from "../../models/backend/open-backend.ts";
import { calibrateModel } from "../../models/calibration/calibrate-model.ts";
import { panelFromTrace } from "../../models/panel/panel-from-trace.ts";
import { type Drift, watchDrift } from "../../models/refinement/drift.ts";
import { refine } from "../../models/refinement/refine.ts";
import type { ModelCard } from "../../models/registry/model-card.ts";
import { Registry, registryFolder, SHORT_DIGITS } from "../../models/registry/registry.ts";
import { forecasterOf } from "../../models/training/network-forecaster.ts";
import { readEvaluateFrom, readSeed } from "./inputs.ts";
import { printJson, say, sayMeanwhile } from "./output.ts";
import type { RefineArguments } from "./refine.ts";
import { codeRevision } from "./version.ts";

/** Of the feedback, the last part is held out: both the old and the refined model are scored on it. */
const HELD_OUT_SHARE = 0.25;

/** What `prae refine` does. */
export async function refineModel(args: RefineArguments): Promise<void> {
  const startedCpu = process.cpuUsage();
  const startedMs = performance.now();
  const seed = readSeed(args.seed);
  if (!(Number.isInteger(args.steps) && args.steps >= 1 && args.steps <= 1000)) {
    throw new InputError([{ where: "--steps", expected: "a whole number from 1 to 1000", found: String(args.steps) }]);
  }
  const registry = new Registry(registryFolder(args.registry));
  const { digest, model, card } = await registry.read(registry.resolve(args.model, "prae refine"));
  const trace = await loadTrace(args.trace);
  const { target, stepMs, horizon, levelsPpm } = model;
  const untilMs = args.until === undefined ? trace.manifest.window.endMs : readEvaluateFrom(args.until, trace, "--until");
  const fromMs = args.from === undefined ? card.split.validationEndMs : readEvaluateFrom(args.from, trace, "--from");
  const panel = panelFromTrace(trace, { target, stepMs, untilMs });
  const parts = partsOf((fromMs - panel.startMs) / stepMs, panel.steps, horizon);
  const backend = await openBackend();
  const short = digest.slice(0, SHORT_DIGITS);
  sayMeanwhile(`refining ${model.architecture} ${short} by ${panel.steps - parts.newFrom} steps of ${trace.manifest.name} …`);
  const { expected, drift } = await watched();
  const refinement = await refine(model, panel, parts, backend, { seed, steps: args.steps });
  let id: string | null = null;
  if (refinement.accepted) {
    const known = { trainEnd: parts.heldOutFrom, validationEnd: parts.until };
    id = await registry.put(await calibrateModel(refinement.model, panel, known, backend), refinedCard());
  }
  tell();

  async function watched(): Promise<{ expected: number | null; drift: Drift | null }> {
    const [score] = Object.values(card.metrics);
    if (score === undefined || score === null || !(score > 0)) return { expected: null, drift: null };
    const forecaster = forecasterOf(model, backend);
    try {
      const span = { from: parts.newFrom, until: parts.until, horizon: { steps: horizon, levelsPpm }, expected: score };
      return { expected: score, drift: await watchDrift(forecaster, panel, span) };
    } finally {
      forecaster.dispose();
    }
  }

  function refinedCard(): ModelCard {
    const [name = "score"] = Object.keys(card.metrics);
    const { user, system } = process.cpuUsage(startedCpu);
    const atMs = (step: number) => panel.startMs + step * stepMs;
    return {
      ...card,
      data: {
        ...card.data,
        name: trace.manifest.name,
        digest: trace.manifest.digest,
        window: { startMs: panel.startMs, endMs: atMs(parts.until) },
        series: panel.series.length,
      },
      split: { trainEndMs: atMs(parts.heldOutFrom), validationEndMs: atMs(parts.until) },
      metrics: { [name]: refinement.after },
      backend: { name: backend.name, version: backend.version },
      seed,
      made: {
        at: new Date().toISOString(),
        codeRevision: codeRevision(),
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
        cpuMs: Math.round((user + system) / 1000),
        wallMs: Math.round(performance.now() - startedMs),
        peakMemoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
      },
    };
  }

  function tell(): void {
    const { accepted, before, after } = refinement;
    const atMs = (step: number) => panel.startMs + step * stepMs;
    const driftAtMs = drift === null || drift.shownAt === null ? null : atMs(drift.shownAt);
    if (args.json) {
      const heldOut = { fromMs: atMs(parts.heldOutFrom), untilMs: atMs(parts.until) };
      const losses = drift === null ? null : { atMs: drift.origins.map(atMs), ratio: drift.losses };
      printJson({ model: digest, accepted, id, before, after, heldOut, expected, drift: { shownAtMs: driftAtMs, losses } });
      return;
    }
    const scores = `${before.toPrecision(4)} before, ${after.toPrecision(4)} after, on the part held out`;
    say(id === null ? `rolled back: ${scores}; ${short} stays as it is` : `${id}`);
    if (id !== null) say(`  accepted: ${scores}; prae models show ${id.slice(0, SHORT_DIGITS)}`);
    if (drift === null) say("  drift: cannot be told, the card has no score to expect");
    else if (driftAtMs === null) say("  drift: none shows");
    else say(`  drift: the loss has risen for good since ${driftAtMs} ms; train anew`);
  }
}

/** @throws InputError when the feedback has no room for learning and a part held out. */
function partsOf(from: number, steps: number, horizon: number): { newFrom: number; heldOutFrom: number; until: number } {
  const newFrom = Math.max(1, Math.ceil(from));
  const heldOut = Math.max(2 * horizon, Math.round((steps - newFrom) * HELD_OUT_SHARE));
  const heldOutFrom = steps - heldOut;
  if (heldOutFrom - newFrom >= 2 * horizon) return { newFrom, heldOutFrom, until: steps };
  const issue: Issue = {
    where: "--trace",
    expected: `at least ${4 * horizon} steps after what the model knows, for feedback and a part held out`,
    found: String(Math.max(0, steps - newFrom)),
    hint: "--from earlier, --until later, or a trace that goes on",
  };
  throw new InputError([issue]);
}
