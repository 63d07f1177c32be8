import type { Backend } from "../backend/backend.ts";
import { History, type Panel } from "../panel/panel.ts";
import { Optimization } from "../training/optimization.ts";
import { onTfjs, Predictor } from "../training/predictor.ts";
import { networkShape, recipeIn, windowReader } from "../training/recipe.ts";
import type { TrainedModel, Weights } from "../training/trained-model.ts";
import { type Architecture, trainingSpec } from "../training/training-spec.ts";
import type { TrainingState } from "../training/training-state.ts";
import { ValidationScore, validationWindows, valuesOf } from "../training/validation.ts";
import { WindowBatch } from "../training/window-batch.ts";
import { ReplayMix } from "./replay-mix.ts";

export interface RefinementOptions {
  /** Steps of the optimizer; few, so that nothing is forgotten. Default 40. */
  readonly steps?: number;
  /** Of the optimizer; a tenth of that of a training. Default 1e-4. */
  readonly learningRate?: number;
  /** Default 256. */
  readonly batchWindows?: number;
  readonly seed: number;
}

/** What became of a refinement. */
export interface Refinement {
  /** The refined model if it is better on the part held out, else the one given. */
  readonly model: TrainedModel;
  readonly accepted: boolean;
  /** Scores on the part held out; less is better. */
  readonly before: number;
  readonly after: number;
}

/** The steps that a refinement uses: it learns from windows of which half end in the latest part. */
export interface RefinementParts {
  /** Where the feedback begins that the model has not learned from. */
  readonly newFrom: number;
  /** Where the part held out begins; it ends at `until`. */
  readonly heldOutFrom: number;
  readonly until: number;
}

/** Windows that both scores are taken of. */
const HELD_OUT_WINDOWS = 2048;

/**
 * A few steps of training on a mix of old and new windows, kept only if they improve the score on the steps held out, else rolled
 * back. The same input gives the same weights, bit for bit on wasm and cpu.
 *
 * @throws RangeError when the new part or the one held out is shorter than the horizon.
 */
export async function refine(
  model: TrainedModel,
  panel: Panel,
  { newFrom, heldOutFrom, until }: RefinementParts,
  { tf }: Backend,
  options: RefinementOptions,
): Promise<Refinement> {
  const { steps = 40, learningRate = 1e-4, batchWindows = 256, seed } = options;
  const recipe = recipeIn(model);
  const reader = windowReader(recipe, model, new History(panel, until));
  const { architecture, lookBack, horizon, levelsPpm } = model;
  const chosen = { lookBack, horizon, levelsPpm, seed, batchWindows, learningRate };
  const spec = trainingSpec(architecture as Architecture, model, chosen);
  const shape = networkShape(spec.architecture, recipe, reader, levelsPpm);
  const mix = new ReplayMix(panel, { newFrom, end: heldOutFrom, horizon }, seed);
  const windows = validationWindows(panel, { trainEnd: heldOutFrom, validationEnd: until }, horizon, HELD_OUT_WINDOWS);
  const score = new ValidationScore(panel, heldOutFrom, spec.loss, levelsPpm);
  const optimization = await Optimization.begin(tf, spec, shape, startOf(spec, model.weights));
  try {
    const predictor = new Predictor(onTfjs(tf, optimization.network), recipe, shape.outputs);
    const scored = async () => score.of(windows, await predictor.predict(reader, windows, (series) => valuesOf(panel, series)));
    const before = await scored();
    const batch = new WindowBatch(batchWindows, reader.shape);
    for (let step = 0; step < steps; step += 1) {
      mix.fill(batch, reader, step);
      await optimization.step(batch, reader, step, learningRate);
    }
    const after = await scored();
    const accepted = after < before;
    return { model: accepted ? { ...model, weights: optimization.weights() } : model, accepted, before, after };
  } finally {
    optimization.dispose();
  }
}

/** The state of an optimizer that begins at these weights, and remembers no gradient. */
function startOf(spec: TrainingState["spec"], weights: readonly Weights[]): TrainingState {
  const zeros = () => weights.map(({ name, shape, values }) => ({ name, shape, values: new Float32Array(values.length) }));
  const position = { steps: 0, epochs: 0, epochLossSum: 0, best: null, curve: [] };
  return { spec, position, weights, firstMoments: zeros(), secondMoments: zeros(), averages: weights, bestWeights: null };
}
