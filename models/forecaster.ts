import type { ForecastTarget } from "../allocator/core/forecast.ts";
import type { History } from "./panel/panel.ts";

/** The levels that models learn and are scored on, ascending, in parts per million. */
export const LEVELS_PPM: readonly number[] = [50_000, 100_000, 250_000, 500_000, 750_000, 900_000, 950_000, 990_000];

/**
 * From what is known of a panel to what is expected of it. Fitted before; it keeps no state between calls, so that the same
 * history gives the same forecast whatever was asked before.
 */
export interface Forecaster {
  readonly name: string;
  readonly target: ForecastTarget;
  /** What was chosen when it was fitted, for people to read: "alpha 0.3, damped". */
  readonly chosen?: string;
  /**
   * For every series of the panel, row-major `[series][step][level]` over the `horizon.steps` steps from `history.steps` on. For
   * target `arrival` there is one value a step instead of levels: the chance in [0, 1] of at least one arrival in the step, given
   * none in the steps of the horizon before it.
   */
  forecast(history: History, horizon: Horizon): Promise<Float32Array>;
}

export interface Horizon {
  readonly steps: number;
  /** Ascending, in parts per million. Not used for target `arrival`. */
  readonly levelsPpm: readonly number[];
}

/** What a fit may see: it learns from steps `[0, trainEnd)` and chooses by `[trainEnd, validationEnd)`. Nothing later exists for it. */
export interface Split {
  readonly trainEnd: number;
  readonly validationEnd: number;
}

/** A model said something that is no forecast. Never replaced by another forecast in silence. */
export class ForecastFault extends Error {}

/** Throws a ForecastFault that names model, series, step and value: not a number, negative demand, crossed levels, not a chance. */
export function checkForecast(forecaster: Forecaster, values: Float32Array, history: History, horizon: Horizon): void {
  const { series, signed } = history.frame;
  const arrival = forecaster.target === "arrival";
  const width = arrival ? 1 : horizon.levelsPpm.length;
  const expected = series.length * horizon.steps * width;
  const fault = (i: number, what: string): never => {
    const name = series[Math.floor(i / (horizon.steps * width))]?.name;
    const step = Math.floor(i / width) % horizon.steps;
    throw new ForecastFault(`${forecaster.name} gave ${what} for ${name}, ${step + 1} steps after step ${history.steps}`);
  };
  if (values.length !== expected) {
    throw new ForecastFault(`${forecaster.name} gave ${values.length} values where ${expected} were asked for`);
  }
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) fault(i, String(value));
    if (arrival) {
      if (value < 0 || value > 1) fault(i, `a chance of ${value}`);
      continue;
    }
    if (value < 0 && !signed) fault(i, `a demand of ${value}`);
    if (i % width > 0 && value < (values[i - 1] as number)) fault(i, `${value} at a level above that of ${values[i - 1]}`);
  }
}
