import { type FitOptions, modelKind } from "../catalogue.ts";
import { trialOn } from "../classical/tune.ts";
import type { Forecaster, Split } from "../forecaster.ts";
import type { Panel } from "../panel/panel.ts";
import { ensembleOf, ensembleWeights } from "./ensemble.ts";

/** Who is asked; those that there are for the panel's target. */
const MEMBERS = ["best-classical", "idle-hazard", "seasonal-poisson", "nlinear", "rnn", "transformer"];

/** Fits every member and weighs them on the validation part. */
export async function fitEnsemble(panel: Panel, split: Split, options: FitOptions): Promise<Forecaster> {
  const kinds = MEMBERS.flatMap((name) => modelKind(name, panel.target) ?? []);
  const members: Forecaster[] = [];
  for (const [done, kind] of kinds.entries()) {
    const onProgress = (share: number) => options.onProgress?.((done + share) / (kinds.length + 1));
    members.push(await kind.fit(panel, split, { ...options, onProgress }));
  }
  return ensembleOf(members, await ensembleWeights(members, trialOn(panel, split, options.horizon, options.seed)));
}
