import type { FitOptions } from "../catalogue.ts";
import type { Forecaster, Split } from "../forecaster.ts";
import type { Panel } from "../panel/panel.ts";
import { crostonSba } from "./croston-sba.ts";
import { holtWinters } from "./holt-winters.ts";
import { hourOfWeek } from "./hour-of-week.ts";
import { movingQuantile } from "./moving-quantile.ts";
import { naive } from "./naive.ts";
import type { PointMethod } from "./point-method.ts";
import { residualForecaster } from "./residual-forecaster.ts";
import { seasonSteps } from "./season.ts";
import { seasonalNaive } from "./seasonal-naive.ts";
import { theta } from "./theta.ts";
import { tsb } from "./tsb.ts";
import { bestOf, trialOn } from "./tune.ts";

type Candidates = (panel: Panel) => Forecaster[];

const HOUR_MS = 3_600_000;
/** 1: a trend is carried on; below, it fades. */
const DAMPED = 0.98;

/** Of each model, the parameters that are tried on the validation part; the first where there is none. */
const LADDER: Readonly<Record<string, Candidates>> = {
  naive: (panel) =>
    [28 * 24, 7 * 24, 24, 6, 2].map((hours) => ({
      ...naive(panel, hours * HOUR_MS),
      chosen: `errors of the last ${hours < 48 ? `${hours} h` : `${hours / 24} days`}`,
    })),
  "seasonal-naive": (panel) => [seasonalNaive(panel, "day")],
  "seasonal-naive-week": (panel) => [seasonalNaive(panel, "week")],
  "moving-quantile": (panel) => {
    // A sample of fewer than eight has no quantiles worth the name.
    const windows = [24, 1, 2, 3, 6, 12, 72, 168].map((hours) => Math.max(8, Math.round((hours * HOUR_MS) / panel.stepMs)));
    return [...new Set(windows)].map((window) => ({ ...movingQuantile(panel, window), chosen: `the last ${window} steps` }));
  },
  "hour-of-week": (panel) =>
    [0, 1, 3, 6].flatMap((around) =>
      [4, 2].map((weeks) => ({
        ...hourOfWeek(panel, { weeks, around }),
        chosen: `${weeks} weeks, ${around} steps on either side`,
      })),
    ),
  "holt-winters": (panel) =>
    [0.1, 0.3, 0.6, 0.9].flatMap((alpha) =>
      [
        { beta: 0, phi: 1, gamma: 0.05 },
        { beta: 0.1, phi: DAMPED, gamma: 0.05 },
        { beta: 0, phi: 1, gamma: 0.3 },
      ].map(({ beta, phi, gamma }) =>
        tunable(
          holtWinters({ alpha, beta, gamma, phi }, seasonSteps(panel, "day")),
          panel,
          `alpha ${alpha}, ${beta === 0 ? "no change of trend" : `beta ${beta}, damped ${phi}`}, gamma ${gamma}`,
        ),
      ),
    ),
  theta: (panel) =>
    [0.1, 0.2, 0.4, 0.6, 0.8].flatMap((alpha) =>
      [seasonSteps(panel, "day"), 1].map((season) =>
        tunable(theta(alpha, season), panel, `alpha ${alpha}, ${season === 1 ? "no season" : "season 24 h"}`),
      ),
    ),
  "croston-sba": (panel) => [0.1, 0.02, 0.05, 0.2, 0.4].map((alpha) => tunable(crostonSba(alpha), panel, `alpha ${alpha}`)),
  tsb: (panel) =>
    [0.1, 0.3].flatMap((alpha) =>
      [0.1, 0.02, 0.3].map((beta) => tunable(tsb(alpha, beta), panel, `alpha ${alpha}, beta ${beta}`)),
    ),
};

function tunable(method: PointMethod, panel: Panel, chosen: string): Forecaster {
  return { ...residualForecaster(method, panel.target), chosen };
}

/** The model of this name with the parameters that score best on the validation part. */
export async function tuned(name: string, panel: Panel, split: Split, options: FitOptions): Promise<Forecaster> {
  const candidates = (LADDER[name] as Candidates)(panel);
  return bestOf(candidates, candidates.length === 1 ? null : trialOn(panel, split, options.horizon, options.seed));
}

/** The best of all classical models, each tuned, by its score on the validation part: what a learned model has to beat. */
export async function bestClassical(panel: Panel, split: Split, options: FitOptions): Promise<Forecaster> {
  const trial = trialOn(panel, split, options.horizon, options.seed);
  const names = Object.keys(LADDER);
  const finalists: Forecaster[] = [];
  for (const [done, name] of names.entries()) {
    finalists.push(await bestOf((LADDER[name] as Candidates)(panel), trial));
    options.onProgress?.((done + 1) / (names.length + 1));
  }
  const best = await bestOf(finalists, trial);
  const chosen = best.chosen === undefined ? best.name : `${best.name}: ${best.chosen}`;
  return { ...best, name: "best-classical", chosen };
}
