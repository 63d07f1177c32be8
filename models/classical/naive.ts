import type { Forecaster } from "../forecaster.ts";
import type { Panel } from "../panel/panel.ts";
import type { PointMethod } from "./point-method.ts";
import { residualForecaster } from "./residual-forecaster.ts";

/** The last value observed, however far ahead (the random walk's forecast; "Repeat" in tables of long-horizon forecasts). */
export const NAIVE: PointMethod = {
  name: "naive",
  points(values, origins, steps, out) {
    let last = Number.NaN;
    let read = 0;
    for (const [row, origin] of origins.entries()) {
      for (; read < origin; read += 1) if (!Number.isNaN(values[read])) last = values[read] as number;
      out.fill(last, row * steps, (row + 1) * steps);
    }
  },
};

/** @param residualWindowMs so much of the past its errors are taken from; default: that of `residualForecaster`. */
export function naive({ target }: Pick<Panel, "target">, residualWindowMs?: number): Forecaster {
  return residualForecaster(NAIVE, target, residualWindowMs);
}
