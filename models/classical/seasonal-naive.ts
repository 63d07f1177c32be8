import type { Forecaster } from "../forecaster.ts";
import type { Panel } from "../panel/panel.ts";
import type { PointMethod } from "./point-method.ts";
import { residualForecaster } from "./residual-forecaster.ts";
import { type SeasonName, seasonSteps } from "./season.ts";

/**
 * What the same step of the last season was that is known at the origin: y(t + h − m·⌈h ⁄ m⌉) for season m (Hyndman and
 * Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., 5.2). Where it was not observed, the season before; where no
 * season has it, the last value observed.
 */
export function seasonalNaiveMethod(season: number, name: string): PointMethod {
  return {
    name,
    points(values, origins, steps, out) {
      let last = Number.NaN;
      let read = 0;
      for (const [row, origin] of origins.entries()) {
        for (; read < origin; read += 1) if (!Number.isNaN(values[read])) last = values[read] as number;
        for (let step = 0; step < steps; step += 1) {
          let at = origin + step - season * Math.ceil((step + 1) / season);
          while (at >= 0 && Number.isNaN(values[at])) at -= season;
          out[row * steps + step] = at >= 0 ? (values[at] as number) : last;
        }
      }
    },
  };
}

export function seasonalNaive(panel: Pick<Panel, "stepMs" | "target">, season: SeasonName): Forecaster {
  const name = season === "day" ? "seasonal-naive" : "seasonal-naive-week";
  return residualForecaster(seasonalNaiveMethod(seasonSteps(panel, season), name), panel.target);
}
