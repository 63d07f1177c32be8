import { RandomStream } from "../../allocator/core/random.ts";
import { errorScales } from "../backtest/error-scales.ts";
import { panelPart } from "../backtest/panel-part.ts";
import { checkForecast, type Forecaster, type Horizon, LEVELS_PPM, type Split } from "../forecaster.ts";
import { History, type Panel } from "../panel/panel.ts";
import { demandMetrics } from "../scoring/demand-metrics.ts";
import { DemandScores } from "../scoring/demand-scores.ts";

/** Parameters are few and shared by all series, so that some series and instants suffice to choose them. */
const MOST_SERIES = 96;
const ORIGINS = 6;

/** Where candidates are tried: some series, drawn from the seed, and instants spread over the validation part. */
export interface Trial {
  readonly panel: Panel;
  readonly origins: readonly number[];
  readonly scales: Float64Array;
  readonly horizon: Horizon;
}

/** `null`: the validation part is shorter than the horizon, so that nothing can be tried. */
export function trialOn(panel: Panel, split: Split, horizon: Horizon, seed: number): Trial | null {
  const first = Math.max(1, split.trainEnd);
  const last = split.validationEnd - horizon.steps;
  if (last < first || panel.series.length === 0) return null;
  const random = new RandomStream(seed, "series to tune on");
  const all = [...panel.series.keys()];
  // The first of a shuffle: every choice of series is as likely.
  const chosen = Math.min(MOST_SERIES, all.length);
  for (let at = 0; at < chosen; at += 1) {
    const other = at + random.below(all.length - at);
    [all[at], all[other]] = [all[other] as number, all[at] as number];
  }
  const part = panelPart(
    panel,
    split.validationEnd,
    all.slice(0, chosen).sort((a, b) => a - b),
  );
  const count = Math.min(ORIGINS, last - first + 1);
  // In the middle of equal parts, and no whole number of days apart: a choice by one hour of the day would be one for it.
  const origins = Array.from(
    { length: count },
    (_, k) => first + Math.floor(((k + random.float()) * (last - first + 1)) / count),
  );
  return { panel: part, origins, scales: errorScales(part, origins), horizon: { steps: horizon.steps, levelsPpm: LEVELS_PPM } };
}

/**
 * The candidate with the lowest SQL in the trial; the earlier of equals, and the first of all where nothing can be tried. Where no
 * series has a scale, by their loss unscaled.
 */
export async function bestOf(candidates: readonly Forecaster[], trial: Trial | null): Promise<Forecaster> {
  const [first] = candidates as readonly [Forecaster, ...Forecaster[]];
  if (trial === null || candidates.length === 1) return first;
  let best = { candidate: first, score: Number.POSITIVE_INFINITY };
  for (const candidate of candidates) {
    const score = await trialScore(candidate, trial);
    if (score < best.score) best = { candidate, score };
  }
  return best.candidate;
}

async function trialScore(candidate: Forecaster, { panel, origins, scales, horizon }: Trial): Promise<number> {
  const scores = new DemandScores(panel, { origins, ...horizon, seed: 0 }, scales);
  for (const [index, origin] of origins.entries()) {
    const history = new History(panel, origin);
    const values = await candidate.forecast(history, horizon);
    checkForecast(candidate, values, history, horizon);
    scores.add(index, values);
  }
  const { sql, apart_loss } = demandMetrics(scores);
  return sql ?? apart_loss ?? Number.POSITIVE_INFINITY;
}
