import type { Forecaster, Horizon, Split } from "../forecaster.ts";
import { Arrivals } from "../panel/arrivals.ts";
import type { Panel, Series } from "../panel/panel.ts";
import { arrivalForecaster, bestOnValidation, type Chances } from "./arrival-forecaster.ts";
import { drawn, GapList, gapBin, gapsOfBin } from "./gap-bins.ts";
import { GapPools } from "./gap-pools.ts";

/** Gaps of one series that are remembered: it may have been another before. */
const MOST_GAPS = 500;

/** With so many steps' worth each level of the hazard is drawn to the one above it; chosen on the validation steps. */
interface Weights {
  readonly series: number;
  readonly length: number;
}
const WEIGHTS: readonly Weights[] = [10, 50, 250].flatMap((series) => [5, 25, 125].map((length) => ({ series, length })));

/**
 * The empirical hazard of idle times: of the gaps between arrivals that lasted as long as the present one, the share that ended
 * with the next step. From the gaps of the series itself, exactly as long; drawn to its gaps about as long, those to the gaps of the
 * same app in training, and those to all gaps in training. So a series with few gaps has the hazard of its app's others, and one
 * that never had an arrival their overall rate.
 */
export async function idleHazard(panel: Panel, split: Split, horizon: Horizon): Promise<Forecaster> {
  const pools = new GapPools(panel, split.trainEnd);
  const candidates = WEIGHTS.map((weights) => arrivalForecaster("idle-hazard", hazardOf(pools, weights)));
  return bestOnValidation(candidates, panel, split, horizon);
}

function hazardOf(pools: GapPools, weights: Weights): Chances {
  return (history, series, steps, out, offset) => {
    const arrivals = new Arrivals(history.values(series));
    const of = history.frame.series[series] as Series;
    const idle = arrivals.idle(history.steps);
    if (idle === null) {
      out.fill(pools.overall(of), offset, offset + steps);
      return;
    }
    const gaps = new GapList(arrivals.gaps(history.steps, MOST_GAPS), idle);
    for (let k = 0, bin = -1, about = 0, last = 0; k < steps; k += 1) {
      const gap = idle + 1 + k;
      if (gap > last) {
        bin = gapBin(gap);
        const [first, end] = gapsOfBin(bin);
        last = end;
        about = drawn(gaps.ended(first, end), gaps.atRisk(first, end), pools.chance(of, bin), weights.series);
      }
      out[offset + k] = drawn(gaps.ended(gap, gap), gaps.atRisk(gap, gap), about, weights.length);
    }
  };
}
