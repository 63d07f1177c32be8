import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "../../../datasets/atomic.ts";
import { adapted } from "../../../models/feed/adapted.ts";
import { forecastBatches } from "../../../models/feed/forecast-batches.ts";
import { type ForecastPlan, forecastPlans } from "../../../models/feed/forecast-plan.ts";
import { storeBatch } from "../../../models/forecast-set.ts";
import { ForecastSetWriter } from "../../../models/forecast-store.ts";
import type { Panel } from "../../../models/panel/panel.ts";
import { panelFromTrace } from "../../../models/panel/panel-from-trace.ts";
import { Registry, registryFolder } from "../../../models/registry/registry.ts";
import type { ForecastOrigin } from "../../run-record.ts";
import { digestOf, type NamedPolicy, policyOn } from "../inputs.ts";
import { Progress } from "../progress.ts";
import type { Scenario } from "../run-policy.ts";
import { codeRevision } from "../version.ts";
import { type FeedModel, feedModel } from "./feed-model.ts";

/** A forecast set on disk, and where it came from. */
export interface PreparedForecasts {
  /** Folder of `set.arrow.gz`, `index.json` and `origin.json`. */
  readonly folder: string;
  readonly origin: ForecastOrigin;
}

/** By the digest of the plan. Data, so that it can be sent to other threads. */
export type Prepared = Readonly<Record<string, PreparedForecasts>>;

/** Forecasts begin so long before the evaluation, so that it finds policies at work; or two cadences, where those are longer. */
const WARM_UP_MS = 3_600_000;

/**
 * Makes the forecasts that the policies ask for, once a plan, or finds them where they were made before; in
 * `forecasts/` of the registry, by content. What is made depends on trace, model and plan alone.
 * @throws InputError when a model cannot be had, or cannot forecast what is asked for.
 */
export async function prepareForecasts(
  scenario: Scenario,
  policies: readonly NamedPolicy[],
  registryOption: string | undefined,
): Promise<Prepared> {
  const { trace, evaluateFromMs } = scenario;
  const plans = policies.flatMap((named) => forecastPlans(policyOn(trace, named), trace));
  const registry = new Registry(registryFolder(registryOption));
  const panels = new Map<string, Panel>();
  const prepared: Record<string, PreparedForecasts> = {};
  for (const plan of plans) {
    const key = digestOf(plan);
    if (Object.hasOwn(prepared, key)) continue;
    const { target, stepMs } = plan;
    const panelKey = `${target} ${stepMs}`;
    const panel = panels.get(panelKey) ?? panelFromTrace(trace, { target, stepMs });
    panels.set(panelKey, panel);
    const model = await feedModel({ trace, panel, plan, evaluateFromMs, registry });
    prepared[key] = await forecastsOf(scenario, panel, plan, model, registry);
  }
  return prepared;
}

async function forecastsOf(
  { trace, evaluateFromMs }: Scenario,
  panel: Panel,
  plan: ForecastPlan,
  model: FeedModel,
  registry: Registry,
): Promise<PreparedForecasts> {
  const { startMs } = panel;
  const fromMs = Math.max(startMs, evaluateFromMs - Math.max(WARM_UP_MS, 2 * (plan.everyMs + plan.latencyMs)));
  const { about } = model;
  const ingredients = { trace: trace.manifest.digest, plan, fromMs, model: about.modelDigest, backend: about.backend };
  const key = digestOf({ ...ingredients, code: codeRevision() });
  const folder = join(registry.folder, "forecasts", key.slice(0, 32));
  const originPath = join(folder, "origin.json");
  if (!existsSync(originPath)) {
    await writeAtomically(folder, { replace: true }, async (temporary) => {
      await mkdir(temporary);
      const forecaster = await model.open();
      const writer = await ForecastSetWriter.create(join(temporary, "set.arrow.gz"));
      const progress = new Progress(`forecasting with ${plan.model}`);
      const issues = { fromMs, onProgress: (share: number) => progress.update(share, 1) };
      for await (const batch of forecastBatches(adapted(forecaster, plan), panel, trace, plan, issues))
        writer.append(storeBatch(batch));
      progress.end();
      forecaster.dispose?.();
      const batches = writer.count;
      const index = writer.finish();
      await writeFile(join(temporary, "index.json"), JSON.stringify(index));
      const { target, everyMs, stepMs, steps, levelsPpm, latencyMs, seed } = plan;
      const asked = { everyMs, stepMs, steps, levelsPpm, latencyMs };
      const made = { set: index.digest, batches, target, model: plan.model, seed };
      const origin: ForecastOrigin = { ...made, ...about, issuedFromMs: fromMs, ...asked };
      await writeFile(join(temporary, "origin.json"), `${JSON.stringify(origin, null, 1)}\n`);
    });
  }
  const origin = JSON.parse(await readFile(originPath, "utf8")) as ForecastOrigin;
  return { folder, origin };
}
