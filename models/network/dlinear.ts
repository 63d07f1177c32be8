import type { Tensor2D } from "@tensorflow/tfjs-core";
import { type Build, sizeOf } from "./network-shape.ts";

/** One linear map of the window's moving average and one of what is left of it, summed (Zeng et al., as in nlinear.ts). */
export const dlinear: Build = (layers, shape) => {
  const { tf } = layers;
  const { lookBack, horizon, outputs } = shape;
  const trend = layers.linear("trend", lookBack, horizon * outputs);
  const rest = layers.linear("rest", lookBack, horizon * outputs);
  const averaging = movingAverage(lookBack, sizeOf(shape, "average", 25));
  return ({ window }) => {
    const smooth: Tensor2D = tf.matMul(window, tf.tensor2d(averaging, [lookBack, lookBack]));
    return tf.reshape(tf.add(trend(smooth), rest(tf.sub(window, smooth))), [window.shape[0], horizon, outputs]);
  };
};

/** The matrix of a centred moving average over `width` steps; the ends of the window are repeated. */
function movingAverage(steps: number, width: number): Float32Array {
  const matrix = new Float32Array(steps * steps);
  const reach = Math.floor((width - 1) / 2);
  for (let to = 0; to < steps; to += 1) {
    for (let offset = -reach; offset <= reach; offset += 1) {
      const from = Math.min(steps - 1, Math.max(0, to + offset));
      matrix[from * steps + to] = (matrix[from * steps + to] as number) + 1 / (2 * reach + 1);
    }
  }
  return matrix;
}
