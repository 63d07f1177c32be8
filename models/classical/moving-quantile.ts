import type { Forecaster } from "../forecaster.ts";
import type { Panel } from "../panel/panel.ts";
import { Peers } from "./peers.ts";
import { quantileOf } from "./quantiles.ts";
import { ownValues, withoutBeginning } from "./residual-forecaster.ts";

/**
 * The quantiles of the last `window` steps' observed values, however far ahead; of all values where none of those was observed,
 * and of the peers where there is no value at all.
 */
export function movingQuantile({ target }: Pick<Panel, "target">, window: number): Forecaster {
  return {
    name: "moving-quantile",
    target,
    forecast: async (history, { steps, levelsPpm }) => {
      const { series, signed } = history.frame;
      const peers = new Peers(history);
      const width = levelsPpm.length;
      const out = new Float32Array(series.length * steps * width);
      for (const [index, { resource }] of series.entries()) {
        const sample = ownValues(withoutBeginning(history.values(index)), window);
        const start = index * steps * width;
        for (const [level, levelPpm] of levelsPpm.entries()) {
          const value = sample.length === 0 ? peers.quantile(resource, levelPpm) : quantileOf(sample, levelPpm);
          out[start + level] = signed ? value : Math.max(0, value);
        }
        for (let step = 1; step < steps; step += 1) out.copyWithin(start + step * width, start, start + width);
      }
      return out;
    },
  };
}
