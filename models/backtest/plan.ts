import { RandomStream } from "../../allocator/core/random.ts";
import { InputError } from "../../datasets/issues.ts";
import { type Horizon, LEVELS_PPM, type Split } from "../forecaster.ts";
import type { Panel } from "../panel/panel.ts";

/** What is backtested, and where: the same for every model. */
export interface BacktestPlan {
  readonly panel: Panel;
  readonly split: Split;
  /** Steps between what a model may be chosen by and the first one that it is scored on. */
  readonly embargoSteps: number;
  /** First steps of the forecasts that are scored, ascending. */
  readonly origins: readonly number[];
  readonly horizon: Horizon;
  readonly seed: number;
}

/** Of the panel's steps; the rest is for the test. */
const TRAIN_SHARE = 0.6;
const VALIDATION_SHARE = 0.15;
/** With fewer instants to forecast from there is nothing to draw intervals from. */
export const FEWEST_ORIGINS = 4;

/**
 * Walk-forward: models learn from the first 60 % of the steps and choose by the next 15 %; one horizon is left out; in what follows
 * one origin is drawn from the seed in each of `origins` equal parts, so that they fall at all hours of the day.
 * @throws InputError when the panel is too short, or has no series.
 */
export function walkForward(panel: Panel, horizonSteps: number, origins: number, seed: number): BacktestPlan {
  const trainEnd = Math.floor(panel.steps * TRAIN_SHARE);
  const validationEnd = trainEnd + Math.floor(panel.steps * VALIDATION_SHARE);
  const { room } = testPart(panel, validationEnd, horizonSteps);
  if (panel.series.length === 0) {
    throw new InputError([{ where: "panel", expected: "at least one series", found: "none: nothing is asked for or used" }]);
  }
  if (room < origins || validationEnd - trainEnd < horizonSteps) {
    const needed = Math.ceil(Math.max((2 * horizonSteps + origins) / 0.25, horizonSteps / VALIDATION_SHARE));
    throw new InputError([
      {
        where: "panel",
        expected: `about ${needed} steps or more, for a horizon of ${horizonSteps} and ${origins} origins`,
        found: `${panel.steps} steps of ${panel.stepMs} ms`,
        hint: "choose shorter steps, a shorter horizon or fewer origins",
      },
    ]);
  }
  return planAfter(panel, { trainEnd, validationEnd }, horizonSteps, origins, seed);
}

/** What is left for the test: the first step of a forecast that may be scored, and from how many steps on one may begin. */
export function testPart({ steps }: Panel, validationEnd: number, horizonSteps: number): { first: number; room: number } {
  const first = validationEnd + horizonSteps;
  return { first, room: steps - horizonSteps - first + 1 };
}

/**
 * For models that learned from what came before `split.validationEnd`: the origins lie in what follows, but for one horizon that is left
 * out.
 * @throws InputError when that has no room for so many.
 */
export function planAfter(panel: Panel, split: Split, horizonSteps: number, origins: number, seed: number): BacktestPlan {
  const { first, room } = testPart(panel, split.validationEnd, horizonSteps);
  if (room < origins) {
    const expected = `at least ${2 * horizonSteps + origins} steps of ${panel.stepMs} ms to test on, for a horizon of ${horizonSteps}`;
    throw new InputError([{ where: "panel", expected, found: String(panel.steps - split.validationEnd) }]);
  }
  const random = new RandomStream(seed, "backtest origins");
  return {
    panel,
    split,
    embargoSteps: horizonSteps,
    origins: Array.from({ length: origins }, (_, k) => {
      const from = Math.floor((k * room) / origins);
      const to = Math.floor(((k + 1) * room) / origins);
      return first + from + random.below(to - from);
    }),
    horizon: { steps: horizonSteps, levelsPpm: panel.target === "arrival" ? [] : LEVELS_PPM },
    seed,
  };
}
