import type { Backend } from "../backend/backend.ts";
import type { Split } from "../forecaster.ts";
import type { Panel } from "../panel/panel.ts";
import { forecasterOf } from "../training/network-forecaster.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import { calibrate } from "./conformal.ts";

/** Forecasts of one series that a calibration is learned from, at most, unless there are too few instants: it is not to cost more than training. */
const MOST_FORECASTS = 20_000;
const FEWEST_INSTANTS = 4;
const MOST_INSTANTS = 48;

/**
 * The model with a calibration learned on the validation part, which its forecasters apply from then on. Quantiles only: a model of
 * arrivals, of a benchmark's signed values, or with a single level is given back as it is.
 */
export async function calibrateModel(model: TrainedModel, panel: Panel, split: Split, backend: Backend): Promise<TrainedModel> {
  const { levelsPpm, horizon, lookBack } = model;
  if (levelsPpm.length < 2 || panel.signed) return model;
  const origins = instantsOf(split, horizon, panel.series.length);
  const { calibration: _, ...plain } = model.options;
  const forecaster = forecasterOf({ ...model, options: plain }, backend);
  try {
    const calibration = await calibrate(forecaster, panel, origins, { steps: horizon, levelsPpm }, lookBack);
    return { ...model, options: { ...plain, calibration } };
  } finally {
    forecaster.dispose();
  }
}

/** Ascending, evenly over the validation part; each forecast ends within it. */
function instantsOf({ trainEnd, validationEnd }: Split, horizon: number, series: number): number[] {
  const room = validationEnd - horizon - trainEnd + 1;
  const wanted = Math.min(MOST_INSTANTS, Math.max(FEWEST_INSTANTS, Math.floor(MOST_FORECASTS / series)));
  const count = Math.min(room, wanted);
  return Array.from({ length: count }, (_, i) => trainEnd + Math.floor(((i + 0.5) * room) / count));
}
