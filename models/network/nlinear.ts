import type { Tensor3D } from "@tensorflow/tfjs-core";
import type { Build } from "./network-shape.ts";

/**
 * One linear map from the window, less its last value, to every step ahead (Zeng et al., "Are Transformers Effective for Time
 * Series Forecasting?", AAAI 2023).
 */
export const nlinear: Build = (layers, { lookBack, horizon, outputs, middle }) => {
  const { tf } = layers;
  const map = layers.linear("map", lookBack, horizon * outputs);
  const atMiddle = middleOnly(outputs, middle);
  return ({ window }) => {
    const rows = window.shape[0];
    const last = tf.slice(window, [0, lookBack - 1], [rows, 1]);
    const ahead = tf.reshape(map(tf.sub(window, last)), [rows, horizon, outputs]) as Tensor3D;
    return tf.add(ahead, tf.mul(tf.reshape(last, [rows, 1, 1]), tf.tensor1d(atMiddle)));
  };
};

/** 1 at the middle output, from which the others are measured, 0 elsewhere. */
export function middleOnly(outputs: number, middle: number): Float32Array {
  const only = new Float32Array(outputs);
  only[middle] = 1;
  return only;
}
