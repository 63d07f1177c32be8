import type { Forecaster } from "../forecaster.ts";
import type { Panel } from "../panel/panel.ts";
import { Peers } from "./peers.ts";
import { quantileOf } from "./quantiles.ts";
import { ownValues, withoutBeginning } from "./residual-forecaster.ts";
import { seasonSteps } from "./season.ts";

export interface HourOfWeekParameters {
  /** Weeks to look back. */
  readonly weeks: number;
  /** Steps on either side of the same step of the week that count like it. */
  readonly around: number;
}

/** With fewer values than this of the same hour of the week, or then of the day, they are too few to have quantiles. */
const FEWEST_VALUES = 8;

/**
 * The quantiles of what was observed at the same hour of the week, over the last weeks. Where that is too little, at the same hour
 * of the day over the last `7·weeks` days; then of all the series' values of as many weeks; without any, of its peers.
 */
export function hourOfWeek(panel: Pick<Panel, "target" | "stepMs">, parameters: HourOfWeekParameters): Forecaster {
  const day = seasonSteps(panel, "day");
  const week = seasonSteps(panel, "week");
  const { weeks, around } = parameters;
  return {
    name: "hour-of-week",
    target: panel.target,
    forecast: async (history, { steps, levelsPpm }) => {
      const { series, signed } = history.frame;
      const peers = new Peers(history);
      const width = levelsPpm.length;
      const out = new Float32Array(series.length * steps * width);
      for (const [index, { resource }] of series.entries()) {
        const values = withoutBeginning(history.values(index));
        let whole: Float64Array | null = null;
        for (let step = 0; step < steps; step += 1) {
          let sample = sameHour(values, values.length + step, week, weeks, around);
          if (sample.length < FEWEST_VALUES) sample = sameHour(values, values.length + step, day, 7 * weeks, around);
          if (sample.length < FEWEST_VALUES) {
            whole ??= ownValues(values, weeks * week);
            sample = whole;
          }
          for (const [level, levelPpm] of levelsPpm.entries()) {
            const value = sample.length === 0 ? peers.quantile(resource, levelPpm) : quantileOf(sample, levelPpm);
            out[(index * steps + step) * width + level] = signed ? value : Math.max(0, value);
          }
        }
      }
      return out;
    },
  };
}

/** What was observed around the steps that are one, two, … seasons before `at`; ascending. */
function sameHour(values: Float32Array, at: number, season: number, seasons: number, around: number): Float64Array {
  const found: number[] = [];
  // Seasons are counted from the last one that lies before the origin.
  const newest = Math.max(1, Math.ceil((at - values.length + 1) / season));
  for (let back = newest; back < newest + seasons; back += 1) {
    const middle = at - back * season;
    if (middle + around < 0) break;
    for (let one = Math.max(0, middle - around); one <= middle + around && one < values.length; one += 1) {
      const value = values[one] as number;
      if (!Number.isNaN(value)) found.push(value);
    }
  }
  return Float64Array.from(found).sort();
}
