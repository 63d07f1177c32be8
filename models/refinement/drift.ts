import type { Forecaster, Horizon } from "../forecaster.ts";
import { History, type Panel } from "../panel/panel.ts";
import { ValidationScore } from "../training/validation.ts";
import { PageHinkley } from "./page-hinkley.ts";

/** A model's losses over the time since it was trained, and whether they have risen. */
export interface Drift {
  /** First steps of the forecasts that were scored, a horizon apart. */
  readonly origins: readonly number[];
  /** Of each, the loss in units of the one expected. */
  readonly losses: readonly number[];
  /** The origin with which a lasting rise showed; `null`: none did. */
  readonly shownAt: number | null;
}

/** A rise of a tenth is let pass; one by half shows after five forecasts. */
const WATCH = { tolerance: 0.1, threshold: 2, warmUp: 5 } as const;

/**
 * Scores the forecasts made a horizon apart from step `from` until `until`, and watches the losses for a rise (Page-Hinkley): the sign
 * that a model should be trained anew.
 *
 * @param expected the loss on the validation part, by the same score.
 */
export async function watchDrift(
  forecaster: Forecaster,
  panel: Panel,
  { from, until, horizon, expected }: { from: number; until: number; horizon: Horizon; expected: number },
): Promise<Drift> {
  const arrival = panel.target === "arrival";
  const score = new ValidationScore(panel, from, arrival ? "hazard" : "quantile", arrival ? [] : horizon.levelsPpm);
  const detector = new PageHinkley(WATCH);
  const origins: number[] = [];
  const losses: number[] = [];
  let shownAt: number | null = null;
  for (let origin = from; origin + horizon.steps <= until; origin += horizon.steps) {
    const values = await forecaster.forecast(new History(panel, origin), horizon);
    const windows = panel.series.map((_, series) => ({ series, origin }));
    const loss = score.of(windows, values) / expected;
    origins.push(origin);
    losses.push(loss);
    if (detector.observe(loss) && shownAt === null) shownAt = origin;
  }
  return { origins, losses, shownAt };
}
