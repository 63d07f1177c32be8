import { type ArrivalScores, arrivalMetrics, CHANCE_BINS } from "../scoring/arrival-scores.ts";
import type { Metrics, ModelResult } from "./backtest-result.ts";
import type { BlockLosses, Blocks } from "./paired-bootstrap.ts";
import type { SeriesGroup } from "./summarise-demand.ts";

type Summary = Pick<ModelResult, "metrics" | "groups" | "by_step" | "calibration">;

/** Everything about one model but its intervals. */
export function summariseArrivals(
  scores: ArrivalScores,
  groups: readonly SeriesGroup[],
  references: { readonly simple: ArrivalScores | null; readonly classical: ArrivalScores | null },
): Summary {
  const ratioTo = (other: ArrivalScores | null, own: number | null, series?: readonly number[]) => {
    const loss = other === null ? null : arrivalMetrics(other, series).log_loss;
    return own === null || loss === null || loss === 0 ? null : own / loss;
  };
  const withRatios = (series?: readonly number[]): Metrics => {
    const metrics = arrivalMetrics(scores, series);
    return {
      ...metrics,
      log_loss_ratio: ratioTo(references.simple, metrics.log_loss, series),
      log_loss_ratio_classical: ratioTo(references.classical, metrics.log_loss, series),
    };
  };
  const { byStep, bins } = scores;
  return {
    metrics: withRatios(),
    groups: groups.map(({ kind, name, series }) => ({
      kind,
      name,
      series: series.length,
      metrics: { ...withRatios(series), calibration_error: null },
    })),
    by_step: {
      log_loss: Array.from(byStep.logLoss, (sum, step) =>
        byStep.atRisk[step] === 0 ? null : sum / (byStep.atRisk[step] as number),
      ),
    },
    calibration: {
      of: "chances",
      bins: CHANCE_BINS.flatMap((_, bin) => {
        const steps = bins.atRisk[bin] as number;
        if (steps === 0) return [];
        return [{ steps, chance: (bins.chance[bin] as number) / steps, share: (bins.arrivals[bin] as number) / steps }];
      }),
    },
  };
}

/** Log loss and steps at risk by series and block. */
export function arrivalBlockLosses({ panel, sums, origins }: ArrivalScores, { blockOf, blocks }: Blocks): BlockLosses {
  const loss = new Float64Array(panel.series.length * blocks);
  const count = new Float64Array(loss.length);
  for (let series = 0; series < panel.series.length; series += 1) {
    for (let origin = 0; origin < origins.length; origin += 1) {
      const cell = series * origins.length + origin;
      const at = series * blocks + (blockOf[origin] as number);
      loss[at] = (loss[at] as number) + (sums.logLoss[cell] as number);
      count[at] = (count[at] as number) + (sums.atRisk[cell] as number);
    }
  }
  return { loss, count };
}
