import type { Scalar, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.ts";
import type { Loss } from "./training-spec.ts";

/** What a loss compares a forecast with; all in the scale of each window. */
export interface Expected {
  /** `[rows][horizon]` */
  readonly target: Tensor2D;
  /** `[rows][horizon]`: 1 where the target counts. */
  readonly counts: Tensor2D;
  /** `[rows][1]`: how much an error of 1 weighs. */
  readonly weight: Tensor2D;
}

export type LossFunction = (forecast: Tensor3D, expected: Expected) => Scalar;

/** Weight of the Huber loss of the median beside the pinball loss. */
const HUBER_WEIGHT = 0.1;

/** The mean over what counts. */
export function lossFunction(tf: TensorFlow, loss: Loss, levelsPpm: readonly number[], middle: number): LossFunction {
  const meanOf = (losses: Tensor3D, { counts }: Expected): Scalar => {
    const columns = losses.shape[2];
    const sum: Scalar = tf.sum(tf.mul(losses, tf.expandDims(counts, 2)));
    return tf.div(sum, tf.mul(tf.maximum(tf.sum(counts), 1), columns));
  };
  const errors = (forecast: Tensor3D, { target, weight }: Expected): Tensor3D =>
    tf.mul(tf.sub(tf.expandDims(target, 2), forecast), tf.expandDims(weight, 2));
  if (loss === "mse") return (forecast, expected) => meanOf(tf.square(errors(forecast, expected)), expected);
  if (loss === "mae") return (forecast, expected) => meanOf(tf.abs(errors(forecast, expected)), expected);
  if (loss === "hazard") {
    // −ln of the chance that was given to what came, from logits: max(x, 0) − x·y + ln(1 + e^−|x|).
    return (logits, expected) => {
      const came = tf.expandDims(expected.target, 2);
      const entropy = tf.add(tf.sub(tf.relu(logits), tf.mul(logits, came)), tf.log1p(tf.exp(tf.neg(tf.abs(logits))))) as Tensor3D;
      return meanOf(entropy, expected);
    };
  }
  const levels = levelsPpm.map((ppm) => ppm / 1e6);
  const above = Float32Array.from(levels);
  return (forecast, expected) => {
    const error = errors(forecast, expected);
    // max(q·e, (q − 1)·e) is q·e + max(−e, 0).
    const pinball: Tensor3D = tf.add(tf.mul(error, tf.tensor1d(above)), tf.relu(tf.neg(error)));
    const [rows, horizon] = error.shape;
    const median = tf.slice(error, [0, 0, middle], [rows, horizon, 1]);
    // Huber's loss with its bend at 1: ½e² up to it, |e| − ½ beyond.
    const size = tf.abs(median);
    const beyond = tf.relu(tf.sub(size, 1));
    const huber: Tensor3D = tf.sub(tf.mul(tf.square(size), 0.5), tf.mul(tf.square(beyond), 0.5));
    return tf.add(meanOf(pinball, expected), tf.mul(meanOf(huber, expected), HUBER_WEIGHT));
  };
}
