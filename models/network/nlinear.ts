import { atMiddles } from "./head.ts";
import type { Build } from "./network-shape.ts";

/**
 * One linear map from the window, less its last value, to every step ahead (Zeng et al., "Are Transformers Effective for Time
 * Series Forecasting?", AAAI 2023).
 */
export const nlinear: Build = (layers, shape) => {
  const { tf } = layers;
  const { lookBack, horizon, outputs } = shape;
  const map = layers.linear("map", lookBack, horizon * outputs);
  const middles = atMiddles(tf, shape, horizon);
  return ({ window }) => {
    const rows = window.shape[0];
    const last = tf.slice(window, [0, lookBack - 1], [rows, 1]);
    return tf.reshape(tf.add(map(tf.sub(window, last)), middles(last)), [rows, horizon, outputs]);
  };
};
