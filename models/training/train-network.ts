import type { Backend } from "../backend/backend.ts";
import type { Split } from "../forecaster.ts";
import { History, type Panel } from "../panel/panel.ts";
import { Optimization } from "./optimization.ts";
import { onTfjs, Predictor } from "./predictor.ts";
import { networkShape, recipeOf, windowReader } from "./recipe.ts";
import { Sampler } from "./sampler.ts";
import type { TrainedModel, Weights } from "./trained-model.ts";
import type { TrainingSpec } from "./training-spec.ts";
import type { EpochScore, TrainingPosition, TrainingState } from "./training-state.ts";
import { ValidationScore, validationWindows, valuesOf } from "./validation.ts";
import { WindowBatch } from "./window-batch.ts";

export interface TrainingOptions {
  /** Continues from here; its spec must be the one given. */
  readonly resume?: TrainingState;
  /** After every epoch. */
  readonly onEpoch?: (progress: TrainingProgress) => void;
  /** Called between two steps every `saveEverySteps` (default 200), after each epoch, and when the signal stops training. */
  readonly onState?: (state: TrainingState) => void | Promise<void>;
  readonly saveEverySteps?: number;
  /** Stops after the step under way; `onState` then has the last state and `trainNetwork` throws TrainingStopped. */
  readonly signal?: AbortSignal;
}

export interface TrainingProgress extends EpochScore {
  readonly maxEpochs: number;
  readonly bestEpoch: number;
  readonly bestValidation: number;
  /** Wall time until `maxEpochs`, at the pace so far; early stopping may end it sooner. */
  readonly leftMs: number;
}

/** The signal asked training to stop; it can be resumed from the last state. */
export class TrainingStopped extends Error {}

/**
 * Learns from `[0, trainEnd)`, keeps the weights that score best on `[trainEnd, validationEnd)` and reads nothing later. The same
 * panel, split, spec and repeatable backend give the same weights bit for bit, interrupted and resumed or not.
 *
 * @throws ForecastFault when the loss is no longer a number.
 * @throws RangeError when the split is too short for the horizon, or `resume` is of another spec.
 * @throws TrainingStopped after the signal.
 */
export async function trainNetwork(
  panel: Panel,
  split: Split,
  spec: TrainingSpec,
  { tf }: Backend,
  options: TrainingOptions = {},
): Promise<TrainedModel> {
  const { resume = null, onEpoch, onState, saveEverySteps = 200, signal } = options;
  if (resume !== null && JSON.stringify(resume.spec) !== JSON.stringify(spec)) {
    throw new RangeError("the training to resume was begun with another spec");
  }
  const recipe = recipeOf(panel, split.trainEnd, spec);
  const sides = { lookBack: spec.lookBack, horizon: spec.horizon, target: panel.target };
  const reader = windowReader(recipe, sides, new History(panel, split.validationEnd));
  const shape = networkShape(spec.architecture, recipe, reader, spec.levelsPpm);
  const sampler = new Sampler(panel, split.trainEnd, spec.horizon, spec.seed);
  const windows = validationWindows(panel, split, spec.horizon, spec.validationWindows);
  const score = new ValidationScore(panel, split.trainEnd, spec.loss, spec.levelsPpm);
  const optimization = await Optimization.begin(tf, spec, shape, resume);
  try {
    const predictor = new Predictor(onTfjs(tf, optimization.network), recipe, shape.outputs);
    const batch = new WindowBatch(spec.batchWindows, reader.shape);
    const epochSteps = Math.max(1, Math.ceil(spec.epochWindows / spec.batchWindows));
    let bestWeights: readonly Weights[] | null = resume?.bestWeights ?? null;
    let position: TrainingPosition = resume?.position ?? { steps: 0, epochs: 0, epochLossSum: 0, best: null, curve: [] };
    const save = async () => onState?.(stateOf(spec, position, optimization, bestWeights));
    const startedMs = performance.now();
    const startedSteps = position.steps;
    while (!isOver(position, spec)) {
      while (position.steps < (position.epochs + 1) * epochSteps) {
        sampler.fill(batch, reader, position.steps);
        const rate = spec.learningRate * spec.decay ** position.epochs;
        const loss = await optimization.step(batch, reader, position.steps, rate);
        position = { ...position, steps: position.steps + 1, epochLossSum: position.epochLossSum + loss };
        if (signal?.aborted) {
          await save();
          throw new TrainingStopped(`stopped after ${position.steps} steps`);
        }
        if (position.steps % saveEverySteps === 0) await save();
      }
      const forecasts = await optimization.averaged(() =>
        predictor.predict(reader, windows, (series) => valuesOf(panel, series)),
      );
      const validation = score.of(windows, forecasts);
      position = nextEpoch(position, epochSteps, validation);
      if (position.best?.epoch === position.epochs) bestWeights = optimization.averages();
      await save();
      const leftSteps = spec.maxEpochs * epochSteps - position.steps;
      onEpoch?.({
        ...(position.curve[position.curve.length - 1] as EpochScore),
        maxEpochs: spec.maxEpochs,
        bestEpoch: position.best?.epoch ?? position.epochs,
        bestValidation: position.best?.score ?? validation,
        leftMs: ((performance.now() - startedMs) / (position.steps - startedSteps)) * leftSteps,
      });
      // Lets signals and timers through: on wasm and cpu nothing above waits for anything.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { architecture, lookBack, horizon, levelsPpm } = spec;
    const weights = bestWeights ?? optimization.averages();
    const sidesOf = { architecture, target: panel.target, stepMs: panel.stepMs, lookBack, horizon, levelsPpm };
    return { ...sidesOf, options: { ...recipe }, weights };
  } finally {
    optimization.dispose();
  }
}

function isOver({ epochs, best }: TrainingPosition, { maxEpochs, patience }: TrainingSpec): boolean {
  return epochs >= maxEpochs || (best !== null && epochs - best.epoch >= patience);
}

function nextEpoch(position: TrainingPosition, epochSteps: number, validation: number): TrainingPosition {
  const epoch = position.epochs + 1;
  const { best, curve, steps, epochLossSum } = position;
  const isBest = best === null || validation < best.score;
  return {
    steps,
    epochs: epoch,
    epochLossSum: 0,
    best: isBest ? { epoch, score: validation } : best,
    curve: [...curve, { epoch, loss: epochLossSum / epochSteps, validation }],
  };
}

function stateOf(
  spec: TrainingSpec,
  position: TrainingPosition,
  optimization: Optimization,
  bestWeights: readonly Weights[] | null,
): TrainingState {
  const { first, second } = optimization.moments();
  const moments = { firstMoments: first, secondMoments: second };
  return { spec, position, weights: optimization.weights(), ...moments, averages: optimization.averages(), bestWeights };
}
