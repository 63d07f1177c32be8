/**
 * The thread of `prae live` that forecasts: it reads the journal, as anyone can, and so knows what was known at an instant, and nothing later. A
 * slow model keeps nobody waiting.
 */
import { mkdirSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { JournalTail } from "../../../allocator/live/journal-tail.ts";
import { writeAtomically } from "../../../datasets/atomic.ts";
import { openBackend } from "../../../models/backend/open-backend.ts";
import { AdaptiveForecaster } from "../../../models/calibration/adaptive.ts";
import { adapted } from "../../../models/feed/adapted.ts";
import { BatchIssuer } from "../../../models/feed/forecast-batches.ts";
import type { ForecastPlan } from "../../../models/feed/forecast-plan.ts";
import { JournalHistory } from "../../../models/feed/journal-history.ts";
import { ForecastSet, storeBatch } from "../../../models/forecast-set.ts";
import { writeForecastSet } from "../../../models/forecast-store.ts";
import type { Forecaster } from "../../../models/forecaster.ts";
import { panelFromTrace } from "../../../models/panel/panel-from-trace.ts";
import { Registry } from "../../../models/registry/registry.ts";
import { forecasterOf } from "../../../models/training/network-forecaster.ts";
import type { ForecastOrder, ForecastWork, FromForecaster, IssuedBatch } from "./forecast-messages.ts";
import { KeptCorrections } from "./kept-corrections.ts";

const port = parentPort!;
const work = workerData as ForecastWork;
const history = new JournalHistory();
const tail = new JournalTail(work.journal);
const send = (message: FromForecaster) => port.postMessage(message);
const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function modelOf(plan: ForecastPlan): Promise<Forecaster> {
  const registry = new Registry(work.registry);
  const stored = await registry.read(registry.resolve(plan.model, "feed.model"));
  const forecaster = await forecasterOf(stored.model, await openBackend("auto"));
  return adapted(forecaster, plan, new KeptCorrections(work.sets, plan).read());
}

async function issue({ plan: index, atMs, byte }: ForecastOrder, forecaster: Forecaster): Promise<IssuedBatch[]> {
  const plan = work.plans[index]!;
  for await (const steps of tail.steps(byte)) {
    for (const { event, decisions } of steps) history.onStep(event, decisions);
  }
  const fromMs = floorTo(Math.max(atMs - work.historyMs, history.firstMs ?? atMs), plan.stepMs);
  if (fromMs >= atMs) return []; // not one step is over yet
  const trace = history.trace(fromMs, atMs);
  const { target, stepMs } = plan;
  if (trace.requests.count === 0 && trace.usage === null) return [];
  const panel = panelFromTrace(trace, { target, stepMs });
  if (panel.series.length === 0) return [];
  const batches = await new BatchIssuer(forecaster, panel, trace, plan).batchesAt(panel.steps);
  if (batches.length === 0) return [];
  const stored = batches.map(storeBatch);
  const set = new ForecastSet(stored);
  await keep(set);
  if (forecaster instanceof AdaptiveForecaster) await new KeptCorrections(work.sets, plan).keep(forecaster.corrections);
  return batches.map((batch, i) => ({ setDigest: set.digest, batchIndex: i, batchDigest: set.batchDigest(i), batch }));
}

/** Whole and synced before the journal can refer to it. */
async function keep(set: ForecastSet): Promise<void> {
  mkdirSync(work.sets, { recursive: true });
  const path = join(work.sets, `${set.digest}.arrow.gz`);
  await writeAtomically(path, { replace: true }, async (temporary) => {
    await writeForecastSet(set, temporary);
    const file = await open(temporary, "r+");
    await file.sync();
    await file.close();
  });
  const folder = await open(work.sets, "r");
  await folder.sync();
  await folder.close();
}

/** Of all groups and levels, in scales; `null`: it corrects nothing. */
function largestCorrection(forecaster: Forecaster): number | null {
  if (!(forecaster instanceof AdaptiveForecaster)) return null;
  return Math.max(0, ...Object.values(forecaster.corrections).flat().map(Math.abs));
}

function floorTo(ms: number, stepMs: number): number {
  return Math.floor(ms / stepMs) * stepMs;
}

try {
  const forecasters = await Promise.all(work.plans.map(modelOf));
  // One after another: each goes on in the journal where the one before stopped.
  let last: Promise<void> = Promise.resolve();
  port.on("message", (order: ForecastOrder) => {
    last = last.then(async () => {
      const beganMs = performance.now();
      try {
        const batches = await issue(order, forecasters[order.plan]!);
        const correction = largestCorrection(forecasters[order.plan]!);
        send({ kind: "issued", order, batches, elapsedMs: performance.now() - beganMs, correction });
      } catch (error) {
        send({ kind: "failed", order, message: reasonOf(error) });
      }
    });
  });
  send({ kind: "ready" });
} catch (error) {
  send({ kind: "failed", order: null, message: reasonOf(error) });
}
