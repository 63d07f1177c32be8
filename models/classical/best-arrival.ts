import type { FitOptions, ModelKind } from "../catalogue.ts";
import { checkForecast, type Forecaster, type Split } from "../forecaster.ts";
import { History, type Panel } from "../panel/panel.ts";
import { ArrivalScores, arrivalMetrics } from "../scoring/arrival-scores.ts";
import { trialOn } from "./tune.ts";

/** The best of the classical models of arrivals, by its log loss on the validation part; the first where nothing can be tried. */
export async function bestArrival(
  kinds: readonly ModelKind[],
  panel: Panel,
  split: Split,
  options: FitOptions,
): Promise<Forecaster> {
  const trial = trialOn(panel, split, options.horizon, options.seed);
  let best: { forecaster: Forecaster; loss: number } | null = null;
  for (const [done, kind] of kinds.entries()) {
    const onProgress = (share: number) => options.onProgress?.((done + share) / kinds.length);
    const forecaster = await kind.fit(panel, split, { ...options, onProgress });
    let loss = 0;
    if (trial !== null) {
      // A model of arrivals may know the series of the panel that it was fitted on, by their places: it is asked for all.
      const scores = new ArrivalScores(panel, { origins: trial.origins, steps: options.horizon.steps });
      for (const [index, origin] of trial.origins.entries()) {
        const history = new History(panel, origin);
        const values = await forecaster.forecast(history, options.horizon);
        checkForecast(forecaster, values, history, options.horizon);
        scores.add(index, values);
      }
      loss = arrivalMetrics(scores).log_loss ?? Number.POSITIVE_INFINITY;
    }
    if (best === null || loss < best.loss) best = { forecaster, loss };
  }
  const { forecaster } = best as { forecaster: Forecaster };
  return { ...forecaster, name: "best-classical", chosen: forecaster.name };
}
