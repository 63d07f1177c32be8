import { log } from "../../allocator/core/math.ts";
import type { Panel } from "../panel/panel.ts";

/** Chances are counted in bins with these upper ends: narrow where chances are small, as most are. */
export const CHANCE_BINS: readonly number[] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/** A chance is taken as at least this far from 0 and 1: what was called impossible and happened costs 13.8, not infinity. */
const CERTAIN = 1e-6;

const SUMS = ["atRisk", "arrivals", "chance", "logLoss", "brier"] as const;
type ArrivalSum = (typeof SUMS)[number];

/**
 * The scores of one model's chances of arrival, kept for every series and origin. Only steps at risk count: up to and including
 * the first with an arrival, since a chance is given none before. An unobserved step ends the count, as nobody knows whether there
 * was an arrival in it.
 */
export class ArrivalScores {
  readonly panel: Panel;
  readonly origins: readonly number[];
  readonly steps: number;
  /** Row-major `[series][origin]`. */
  readonly sums: Readonly<Record<ArrivalSum, Float64Array>>;
  /** Log loss and steps at risk by steps ahead. */
  readonly byStep: { readonly atRisk: Float64Array; readonly logLoss: Float64Array };
  /** By chance bin: steps at risk, arrivals, sum of chances. */
  readonly bins: { readonly atRisk: Float64Array; readonly arrivals: Float64Array; readonly chance: Float64Array };

  constructor(panel: Panel, frame: { readonly origins: readonly number[]; readonly steps: number }) {
    this.panel = panel;
    this.origins = frame.origins;
    this.steps = frame.steps;
    const cells = panel.series.length * frame.origins.length;
    this.sums = Object.fromEntries(SUMS.map((name) => [name, new Float64Array(cells)])) as Record<ArrivalSum, Float64Array>;
    this.byStep = { atRisk: new Float64Array(frame.steps), logLoss: new Float64Array(frame.steps) };
    const perBin = () => new Float64Array(CHANCE_BINS.length);
    this.bins = { atRisk: perBin(), arrivals: perBin(), chance: perBin() };
  }

  /** Scores the forecast made at the origin of this number, chances as `Forecaster.forecast` gives them. Once an origin. */
  add(origin: number, forecast: Float32Array): void {
    const { panel, steps, sums, byStep, bins } = this;
    const first = this.origins[origin] as number;
    for (let series = 0; series < panel.series.length; series += 1) {
      const cell = series * this.origins.length + origin;
      for (let step = 0; step < steps; step += 1) {
        const arrivals = panel.values[series * panel.steps + first + step] as number;
        if (Number.isNaN(arrivals)) break;
        const chance = forecast[series * steps + step] as number;
        const happened = arrivals > 0 ? 1 : 0;
        const loss = logLoss(chance, happened);
        bump(sums.atRisk, cell, 1);
        bump(sums.arrivals, cell, happened);
        bump(sums.chance, cell, chance);
        bump(sums.logLoss, cell, loss);
        bump(sums.brier, cell, (chance - happened) * (chance - happened));
        bump(byStep.atRisk, step, 1);
        bump(byStep.logLoss, step, loss);
        const bin = CHANCE_BINS.findIndex((end) => chance <= end);
        bump(bins.atRisk, bin, 1);
        bump(bins.arrivals, bin, happened);
        bump(bins.chance, bin, chance);
        if (happened === 1) break;
      }
    }
  }
}

/** −ln of the chance that was given to what happened. */
export function logLoss(chance: number, happened: 0 | 1): number {
  const given = Math.min(1 - CERTAIN, Math.max(CERTAIN, chance));
  return -log(happened === 1 ? given : 1 - given);
}

/** Means over the steps at risk of some series and all origins; `null`: there is none. */
export interface ArrivalMetrics {
  readonly at_risk_steps: number;
  /** Shares of steps at risk with an arrival, and with one by the forecasts. */
  readonly arrival_rate: number | null;
  readonly forecast_rate: number | null;
  /** −ln of the chance given to what happened, in nats. */
  readonly log_loss: number | null;
  /** (chance − 1 or 0)² (Brier, Verification of forecasts expressed in terms of probability, 1950). */
  readonly brier: number | null;
  /** Mean distance between chance and observed share over the bins, weighted by their steps (expected calibration error). */
  readonly calibration_error: number | null;
}

/** @param series which; all unless told. The calibration error is that of all series, whatever is chosen. */
export function arrivalMetrics(scores: ArrivalScores, series: Iterable<number> = scores.panel.series.keys()): ArrivalMetrics {
  const { sums, bins } = scores;
  const origins = scores.origins.length;
  const total: Record<ArrivalSum, number> = { atRisk: 0, arrivals: 0, chance: 0, logLoss: 0, brier: 0 };
  for (const one of series) {
    for (let cell = one * origins; cell < (one + 1) * origins; cell += 1) {
      for (const name of SUMS) total[name] += sums[name][cell] as number;
    }
  }
  const mean = (sum: number) => (total.atRisk === 0 ? null : sum / total.atRisk);
  const distance = CHANCE_BINS.reduce(
    (sum, _, bin) => sum + Math.abs((bins.chance[bin] as number) - (bins.arrivals[bin] as number)),
    0,
  );
  const all = bins.atRisk.reduce((sum, count) => sum + count, 0);
  return {
    at_risk_steps: total.atRisk,
    arrival_rate: mean(total.arrivals),
    forecast_rate: mean(total.chance),
    log_loss: mean(total.logLoss),
    brier: mean(total.brier),
    calibration_error: all === 0 ? null : distance / all,
  };
}

function bump(sums: Float64Array, at: number, by: number): void {
  sums[at] = (sums[at] as number) + by;
}
