import { openBackend } from "../backend/open-backend.ts";
import { calibrateModel } from "../calibration/calibrate-model.ts";
import type { FitOptions } from "../catalogue.ts";
import type { Split } from "../forecaster.ts";
import type { Panel } from "../panel/panel.ts";
import { forecasterOf, type NetworkForecaster } from "./network-forecaster.ts";
import { trainNetwork } from "./train-network.ts";
import { type Architecture, trainingSpec } from "./training-spec.ts";

/**
 * Trains a network on the backend that works best here, for one use: nothing is kept. Signed values are those of a benchmark, in
 * which a point is asked for: the mean.
 */
export async function fitNetwork(
  architecture: Architecture,
  panel: Panel,
  split: Split,
  { horizon, seed, lookBack, without, onProgress }: FitOptions,
): Promise<NetworkForecaster> {
  const backend = await openBackend();
  const spec = trainingSpec(architecture, panel, {
    horizon: horizon.steps,
    seed,
    ...(lookBack === undefined ? {} : { lookBack }),
    ...(without === undefined ? {} : { without }),
  });
  const trained = await trainNetwork(panel, split, spec, backend, {
    onEpoch: ({ epoch, maxEpochs }) => onProgress?.(epoch / maxEpochs),
  });
  return forecasterOf(await calibrateModel(trained, panel, split, backend), backend);
}
