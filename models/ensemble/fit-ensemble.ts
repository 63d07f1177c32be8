import type { FitOptions, ModelKind } from "../catalogue.ts";
import { trialOn } from "../classical/tune.ts";
import type { Forecaster, Split } from "../forecaster.ts";
import type { Panel } from "../panel/panel.ts";
import { ensembleOf, ensembleWeights } from "./ensemble.ts";

/** Fits every member and weighs them on the validation part. */
export async function fitEnsemble(
  kinds: readonly ModelKind[],
  panel: Panel,
  split: Split,
  options: FitOptions,
): Promise<Forecaster> {
  const members: Forecaster[] = [];
  for (const [done, kind] of kinds.entries()) {
    const onProgress = (share: number) => options.onProgress?.((done + share) / (kinds.length + 1));
    members.push(await kind.fit(panel, split, { ...options, onProgress }));
  }
  return ensembleOf(members, await ensembleWeights(members, trialOn(panel, split, options.horizon, options.seed)));
}
