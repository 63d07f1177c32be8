import type { Backend } from "../backend/backend.ts";
import { type Calibration, correctBy } from "../calibration/conformal.ts";
import { type Forecaster, ForecastFault, type Horizon } from "../forecaster.ts";
import { buildNetwork, type Network } from "../network/network.ts";
import type { History } from "../panel/panel.ts";
import { type Compute, onTfjs, Predictor } from "./predictor.ts";
import { networkShape, recipeIn, windowReader } from "./recipe.ts";
import { StepForecaster } from "./step-forecaster.ts";
import type { TrainedModel } from "./trained-model.ts";
import type { Architecture } from "./training-spec.ts";

/** A forecaster that runs a trained network. `dispose` frees its tensors. */
export interface NetworkForecaster extends Forecaster {
  dispose(): void;
}

/**
 * A forecaster that computes with tfjs. One of architecture `gru` takes every step of a history once: asked again of the same panel,
 * later, it goes on from where it stood.
 */
export function forecasterOf(trained: TrainedModel, backend: Backend): NetworkForecaster {
  return trained.architecture === "gru" ? steppedForecasterOf(trained, backend) : windowForecasterOf(trained, backend);
}

function steppedForecasterOf(trained: TrainedModel, backend: Backend): NetworkForecaster {
  let taken: { readonly frame: History["frame"]; readonly steps: StepForecaster } | null = null;
  const after = (history: History): StepForecaster => {
    if (taken === null || taken.frame !== history.frame || taken.steps.steps > history.steps) {
      taken?.steps.dispose();
      taken = { frame: history.frame, steps: new StepForecaster(trained, backend, history) };
    }
    taken.steps.advance(history);
    return taken.steps;
  };
  return {
    name: trained.architecture,
    target: trained.target,
    async forecast(history, horizon) {
      checkAsked(trained, history, horizon);
      const made = await after(history).forecast(history);
      correctBy(calibrationIn(trained), made, history, trained.horizon);
      return asAsked(made, trained, horizon, history.frame.series.length);
    },
    dispose() {
      taken?.steps.dispose();
      taken = null;
    },
  };
}

/** Looks at windows alone, whatever the architecture. */
export function windowForecasterOf(trained: TrainedModel, { tf }: Backend): NetworkForecaster {
  const { architecture, levelsPpm, weights } = trained;
  let network: Network | null = null;
  // How many features there are shows once a panel is there, so the network is built for the first one.
  const compute: Compute = (batch, reader) => {
    if (network === null) {
      network = buildNetwork(tf, networkShape(architecture as Architecture, recipeIn(trained), reader, levelsPpm), 0);
      network.parameters.load(weights);
    }
    return onTfjs(tf, network)(batch, reader);
  };
  return {
    ...forecasterBy(trained, compute),
    dispose() {
      network?.parameters.dispose();
      network = null;
    },
  };
}

/**
 * It forecasts up to the trained horizon, at the trained levels or between them: other levels are interpolated in a straight line.
 * A panel with other steps than it was trained on, a longer horizon or levels beyond the trained ones are a ForecastFault.
 */
export function forecasterBy(trained: TrainedModel, compute: Compute): Forecaster {
  const { architecture, target, levelsPpm } = trained;
  const recipe = recipeIn(trained);
  const predictor = new Predictor(compute, recipe, Math.max(1, levelsPpm.length));
  return {
    name: architecture,
    target,
    async forecast(history: History, horizon: Horizon): Promise<Float32Array> {
      checkAsked(trained, history, horizon);
      const windows = history.frame.series.map((_, series) => ({ series, origin: history.steps }));
      const reader = windowReader(recipe, trained, history);
      const made = await predictor.predict(reader, windows, (series) => history.values(series));
      correctBy(calibrationIn(trained), made, history, trained.horizon);
      return asAsked(made, trained, horizon, windows.length);
    },
  };
}

/** What a model was trained for, as far as it limits what it can be asked. */
type Trained = Pick<TrainedModel, "architecture" | "target" | "stepMs" | "horizon" | "levelsPpm">;

/** @throws ForecastFault when the model was not trained for what is asked. */
export function checkAsked(
  { architecture, stepMs, horizon, target, levelsPpm }: Trained,
  { frame }: History,
  asked: Horizon,
): void {
  const fault = (what: string): never => {
    throw new ForecastFault(`${architecture} ${what}`);
  };
  if (frame.stepMs !== stepMs) fault(`was trained on steps of ${stepMs} ms, the panel has steps of ${frame.stepMs} ms`);
  if (frame.target !== target) fault(`forecasts ${target}, the panel is of ${frame.target}`);
  if (asked.steps > horizon) fault(`was trained to forecast ${horizon} steps, ${asked.steps} are asked for`);
  if (target === "arrival") return;
  const [lowest, highest] = [levelsPpm[0] as number, levelsPpm[levelsPpm.length - 1] as number];
  for (const ppm of asked.levelsPpm) {
    if (ppm < lowest || ppm > highest) fault(`was trained for levels from ${lowest} to ${highest} ppm, ${ppm} is asked for`);
  }
}

/** What was learned of the levels after the training, if anything was. */
function calibrationIn({ options }: TrainedModel): Calibration | null {
  return (options["calibration"] as Calibration | undefined) ?? null;
}

/**
 * From `[series][trained horizon][trained level]` to the steps and levels asked for. Quantiles of a concurrency become whole, as those
 * of a number of instances are.
 */
export function asAsked(made: Float32Array, trained: Trained, asked: Horizon, series: number): Float32Array {
  const result = atLevels(made, trained, asked, series);
  if (trained.target === "concurrency") for (let i = 0; i < result.length; i += 1) result[i] = Math.round(result[i] as number);
  return result;
}

function atLevels(made: Float32Array, { horizon, levelsPpm, target }: Trained, asked: Horizon, series: number): Float32Array {
  const from = Math.max(1, levelsPpm.length);
  const mixes = target === "arrival" ? [{ below: 0, above: 0, share: 0 }] : asked.levelsPpm.map((ppm) => mixOf(levelsPpm, ppm));
  const to = mixes.length;
  if (asked.steps === horizon && to === from && mixes.every(({ below, share }, i) => below === i && share === 0)) return made;
  const result = new Float32Array(series * asked.steps * to);
  for (let row = 0; row < series * asked.steps; row += 1) {
    const start = (Math.floor(row / asked.steps) * horizon + (row % asked.steps)) * from;
    for (let level = 0; level < to; level += 1) {
      const { below, above, share } = mixes[level] as LevelMix;
      const low = made[start + below] as number;
      result[row * to + level] = low + share * ((made[start + above] as number) - low);
    }
  }
  return result;
}

interface LevelMix {
  readonly below: number;
  readonly above: number;
  /** Of the way from the level below to the one above. */
  readonly share: number;
}

function mixOf(levelsPpm: readonly number[], ppm: number): LevelMix {
  const above = levelsPpm.findIndex((level) => level >= ppm);
  if (levelsPpm[above] === ppm) return { below: above, above, share: 0 };
  const below = above - 1;
  const [low, high] = [levelsPpm[below] as number, levelsPpm[above] as number];
  return { below, above, share: (ppm - low) / (high - low) };
}
