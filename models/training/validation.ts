import type { Split } from "../forecaster.ts";
import type { Panel } from "../panel/panel.ts";
import type { WindowPlace } from "./predictor.ts";
import { middleOf } from "./recipe.ts";
import type { Loss } from "./training-spec.ts";

const DAY_MS = 86_400_000;

/**
 * At most `most` windows whose targets lie in `[trainEnd, validationEnd)`, spread evenly over series and time.
 * @throws RangeError when not even one fits.
 */
export function validationWindows(
  panel: Panel,
  { trainEnd, validationEnd }: Split,
  horizon: number,
  most: number,
): WindowPlace[] {
  const origins = validationEnd - horizon - trainEnd + 1;
  if (origins < 1) {
    throw new RangeError(`validation has ${validationEnd - trainEnd} steps, fewer than a horizon of ${horizon}`);
  }
  const all = panel.series.length * origins;
  const taken = Math.min(all, most);
  return Array.from({ length: taken }, (_, i) => {
    const index = Math.floor((i * all) / taken);
    return { series: Math.floor(index / origins), origin: trainEnd + (index % origins) };
  });
}

/** What forecasts for validation windows are worth; less is better. */
export class ValidationScore {
  readonly #panel: Panel;
  readonly #loss: Loss;
  readonly #levels: readonly number[];
  readonly #middle: number;
  readonly #errorOfNaive: Float64Array;

  constructor(panel: Panel, trainEnd: number, loss: Loss, levelsPpm: readonly number[]) {
    this.#panel = panel;
    this.#loss = loss;
    this.#levels = levelsPpm.map((ppm) => ppm / 1e6);
    this.#middle = middleOf(levelsPpm);
    this.#errorOfNaive = Float64Array.from(panel.series, (_, series) =>
      loss === "quantile" ? seasonalError(valuesOf(panel, series).subarray(0, trainEnd), panel.stepMs) : 1,
    );
  }

  /**
   * The mean over all observed steps: of the pinball loss by the series' error of the seasonal naive forecast in training (series
   * without any are left out), of squared or absolute errors, or of −ln of the chance given to what came.
   */
  of(windows: readonly WindowPlace[], forecasts: Float32Array): number {
    const width = forecasts.length / windows.length;
    let sum = 0;
    let count = 0;
    windows.forEach(({ series, origin }, index) => {
      const unit = this.#errorOfNaive[series] as number;
      if (!(unit > 0)) return;
      const forecast = forecasts.subarray(index * width, (index + 1) * width);
      const scored = this.#scoreOne(forecast, valuesOf(this.#panel, series), origin);
      sum += scored.sum / unit;
      count += scored.count;
    });
    return sum / Math.max(1, count);
  }

  #scoreOne(forecast: Float32Array, values: Float32Array, origin: number): { sum: number; count: number } {
    const outputs = Math.max(1, this.#levels.length);
    const horizon = forecast.length / outputs;
    let sum = 0;
    let count = 0;
    for (let step = 0; step < horizon; step += 1) {
      const value = values[origin + step] as number;
      if (Number.isNaN(value)) continue;
      count += 1;
      const at = step * outputs;
      if (this.#loss === "hazard") {
        const chance = forecast[at] as number;
        sum -= Math.log(Math.max(1e-7, value > 0 ? chance : 1 - chance));
        if (value > 0) break;
        continue;
      }
      const middle = value - (forecast[at + this.#middle] as number);
      if (this.#loss === "mse") sum += middle * middle;
      else if (this.#loss === "mae") sum += Math.abs(middle);
      else sum += meanPinball(value, forecast, at, this.#levels);
    }
    return { sum, count };
  }
}

function meanPinball(value: number, forecast: Float32Array, at: number, levels: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < levels.length; i += 1) {
    const error = value - (forecast[at + i] as number);
    const level = levels[i] as number;
    sum += Math.max(level * error, (level - 1) * error);
  }
  return sum / levels.length;
}

export function valuesOf({ values, steps }: Panel, series: number): Float32Array {
  return values.subarray(series * steps, (series + 1) * steps);
}

/** Mean error of the value a day before, or of the last value where a day is not whole steps: the denominator of MASE. */
function seasonalError(values: Float32Array, stepMs: number): number {
  const season = DAY_MS % stepMs === 0 && DAY_MS / stepMs < values.length ? DAY_MS / stepMs : 1;
  let sum = 0;
  let count = 0;
  for (let i = season; i < values.length; i += 1) {
    const error = Math.abs((values[i] as number) - (values[i - season] as number));
    if (Number.isNaN(error)) continue;
    sum += error;
    count += 1;
  }
  return count > 0 ? sum / count : 0;
}
