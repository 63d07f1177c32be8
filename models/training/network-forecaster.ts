import type { Forecaster } from "../forecaster.ts";
import type { TrainedModel } from "./trained-model.ts";

/** A forecaster that runs a trained network on the active tfjs backend. `dispose` frees its tensors. */
export interface NetworkForecaster extends Forecaster {
  dispose(): void;
}

export function forecasterOf(_trained: TrainedModel): NetworkForecaster {
  throw new Error("not yet");
}
