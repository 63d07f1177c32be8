import type { Tensor3D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.ts";
import { noDropout } from "../network/dropout.ts";
import type { Network } from "../network/network.ts";
import type { KnownInput, NetworkInput } from "../network/network-shape.ts";
import type { Recipe } from "./recipe.ts";
import { type BatchShape, WindowBatch } from "./window-batch.ts";
import type { WindowReader } from "./window-reader.ts";

/** A window by its series and the first step after it. */
export interface WindowPlace {
  readonly series: number;
  readonly origin: number;
}

/** Windows that go through the network at once: enough to keep it busy, few enough to stay small. */
const CHUNK = 2048;

/** The tensors of a batch; to be called within a tidy. */
export function inputTensors(tf: TensorFlow, batch: WindowBatch, { shape }: WindowReader): NetworkInput {
  const window = tf.tensor2d(batch.window, [batch.rows, shape.lookBack * shape.inputs]);
  return { window, ...knownTensors(tf, batch, shape) };
}

export function knownTensors(tf: TensorFlow, batch: WindowBatch, { horizon, futures, statics }: BatchShape): KnownInput {
  const { rows } = batch;
  return {
    futures: futures > 0 ? tf.tensor3d(batch.futures, [rows, horizon, futures]) : null,
    statics: statics > 0 ? tf.tensor2d(batch.statics, [rows, statics]) : null,
  };
}

/** Computes what a network makes of a batch: `[row][horizon][output]`, in the scale of each row's window. */
export type Compute = (batch: WindowBatch, reader: WindowReader) => Promise<Float32Array>;

export function onTfjs(tf: TensorFlow, network: Network): Compute {
  return async (batch, reader) => {
    const output: Tensor3D = tf.tidy(() => network.forward(inputTensors(tf, batch, reader), noDropout));
    const values = (await output.data()) as Float32Array;
    output.dispose();
    return values;
  };
}

/** Runs a network over any number of windows, in the unit of the panel. */
export class Predictor {
  readonly #compute: Compute;
  readonly #recipe: Recipe;
  readonly #outputs: number;
  #batch: WindowBatch | null = null;

  constructor(compute: Compute, recipe: Recipe, outputs: number) {
    this.#compute = compute;
    this.#recipe = recipe;
    this.#outputs = outputs;
  }

  /**
   * `[window][horizon][output]`: amounts, at least 0 unless signed; for arrivals chances.
   * @param valuesOf a series from step 0; nothing at or after a window's origin is read.
   */
  async predict(
    reader: WindowReader,
    windows: readonly WindowPlace[],
    valuesOf: (series: number) => Float32Array,
  ): Promise<Float32Array> {
    const width = reader.shape.horizon * this.#outputs;
    const result = new Float32Array(windows.length * width);
    for (let start = 0; start < windows.length; start += CHUNK) {
      const chunk = windows.slice(start, start + CHUNK);
      if (this.#batch?.rows !== chunk.length) this.#batch = new WindowBatch(chunk.length, reader.shape);
      const batch = this.#batch;
      chunk.forEach(({ series, origin }, row) => {
        reader.readInput(batch, row, series, valuesOf(series), origin);
      });
      const made = await this.#compute(batch, reader);
      const part = result.subarray(start * width, (start + chunk.length) * width);
      if (reader.plan.hazard) writeChances(made, part);
      else writeAmounts(made, batch, this.#recipe, part);
    }
    return result;
  }
}

/** From the scale of each row's window to the unit of the panel; no amount is below 0. */
export function writeAmounts(
  values: Float32Array,
  { rows, centre, scale }: WindowBatch,
  { signed }: Recipe,
  into: Float32Array,
): void {
  const lowest = signed ? Number.NEGATIVE_INFINITY : 0;
  const width = values.length / rows;
  for (let row = 0, i = 0; row < rows; row += 1) {
    const middle = centre[row] as number;
    const deviation = scale[row] as number;
    for (const end = i + width; i < end; i += 1) {
      const level = (values[i] as number) * deviation + middle;
      // NaN stays NaN, for the check of forecasts to find.
      into[i] = level < lowest ? lowest : level;
    }
  }
}

function writeChances(logits: Float32Array, into: Float32Array): void {
  for (let i = 0; i < logits.length; i += 1) into[i] = 1 / (1 + Math.exp(-(logits[i] as number)));
}
