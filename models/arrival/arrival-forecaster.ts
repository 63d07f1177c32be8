import type { Forecaster, Horizon, Split } from "../forecaster.ts";
import { History, type Panel } from "../panel/panel.ts";
import { ArrivalScores, arrivalMetrics } from "../scoring/arrival-scores.ts";

/** Writes the chances of one series, of the `steps` steps from the history's end on, to `out` from `offset` on. */
export type Chances = (history: History, series: number, steps: number, out: Float32Array, offset: number) => void;

export function arrivalForecaster(name: string, chances: Chances): Forecaster {
  return {
    name,
    target: "arrival",
    forecast: async (history, { steps }) => {
      const out = new Float32Array(history.frame.series.length * steps);
      for (let series = 0; series < history.frame.series.length; series += 1)
        chances(history, series, steps, out, series * steps);
      return out;
    },
  };
}

/** Origins of the validation steps at which candidates are compared, at most. */
const MOST_ORIGINS = 6;

/** The candidate with the least log loss on the validation steps; the first, where there is nothing to compare on. */
export async function bestOnValidation(
  candidates: readonly Forecaster[],
  panel: Panel,
  { trainEnd, validationEnd }: Split,
  horizon: Horizon,
): Promise<Forecaster> {
  const steps = Math.min(horizon.steps, validationEnd - trainEnd);
  const last = validationEnd - steps;
  const count = steps === 0 ? 0 : Math.min(MOST_ORIGINS, last - trainEnd + 1);
  const origins = Array.from(
    { length: count },
    (_, i) => trainEnd + Math.round(((last - trainEnd) * i) / Math.max(1, count - 1)),
  );
  let best = candidates[0] as Forecaster;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const scores = new ArrivalScores(panel, { origins, steps });
    for (const [i, origin] of origins.entries()) {
      scores.add(i, await candidate.forecast(new History(panel, origin), { ...horizon, steps }));
    }
    const loss = arrivalMetrics(scores).log_loss;
    if (loss === null || loss >= least) continue;
    least = loss;
    best = candidate;
  }
  return best;
}
