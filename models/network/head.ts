import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.ts";
import type { Layers } from "./layers.ts";
import type { KnownInput, NetworkShape } from "./network-shape.ts";

/** Hidden units between what is known beforehand and the forecast. */
const KNOWN_WIDTH = 16;

/** Adds what follows from the features of the steps ahead and of the series to what follows from history. */
export function covariates(layers: Layers, shape: NetworkShape): (raw: Tensor3D, input: KnownInput) => Tensor3D {
  const { tf } = layers;
  const { horizon, futures, statics, outputs } = shape;
  if (futures + statics === 0) return (raw) => raw;
  const ofFuture = futures > 0 ? layers.linear("known.future", futures, KNOWN_WIDTH) : null;
  const direct = futures > 0 ? layers.linear("known.direct", futures, outputs, 0, 0) : null;
  const ofSeries = statics > 0 ? layers.linear("known.series", statics, KNOWN_WIDTH) : null;
  const out = layers.linear("known.out", KNOWN_WIDTH, outputs, 0, 0);
  return (raw, input) => {
    const rows = raw.shape[0];
    const parts: Tensor3D[] = [];
    if (ofFuture !== null && input.futures !== null) parts.push(layers.over(ofFuture, input.futures));
    if (ofSeries !== null && input.statics !== null) {
      parts.push(tf.reshape(ofSeries(input.statics as Tensor2D), [rows, 1, KNOWN_WIDTH]));
    }
    const hidden = tf.relu(parts.reduce((sum, part) => tf.add(sum, part)));
    const bent = layers.over(out, hidden);
    const all = bent.shape[1] === horizon ? bent : tf.tile(bent, [1, horizon, 1]);
    const sum: Tensor3D = tf.add(raw, all);
    return direct !== null && input.futures !== null ? tf.add(sum, layers.over(direct, input.futures)) : sum;
  };
}

/**
 * One number a row, of `[rows][1]`, at the middle output of each of `steps` steps, from which the other outputs are measured; 0 at those.
 * @returns `[rows][steps × outputs]`
 */
export function atMiddles(tf: TensorFlow, { outputs, middle }: NetworkShape, steps: number): (column: Tensor2D) => Tensor2D {
  const ones = Float32Array.from({ length: steps * outputs }, (_, i) => (i % outputs === middle ? 1 : 0));
  return (column) => tf.matMul(column, tf.tensor2d(ones, [1, ones.length]));
}

/**
 * Levels that cannot cross: the middle output as it is, each further one away from it by ln(1 + eˣ) of its own more.
 */
export function orderedLevels(tf: TensorFlow, { outputs, middle }: NetworkShape): (raw: Tensor3D) => Tensor3D {
  if (outputs === 1) return (raw) => raw;
  // Column j sums the distances between the middle and level j.
  const sums = new Float32Array(outputs * outputs);
  for (let level = 0; level < outputs; level += 1) {
    const sign = level > middle ? 1 : -1;
    for (let i = level; i !== middle; i -= sign) sums[i * outputs + level] = sign;
  }
  // Every column is the middle one. As a product, which takes half as long as to cut the column out and add it to all.
  const middles = new Float32Array(outputs * outputs).fill(1, middle * outputs, (middle + 1) * outputs);
  return (raw) => {
    const [rows, horizon] = raw.shape;
    const flat = tf.reshape(raw, [rows * horizon, outputs]);
    const apart = tf.matMul(tf.softplus(flat), tf.tensor2d(sums, [outputs, outputs]));
    const centre = tf.matMul(flat, tf.tensor2d(middles, [outputs, outputs]));
    return tf.reshape(tf.add(apart, centre), [rows, horizon, outputs]);
  };
}
