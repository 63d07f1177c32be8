import type { Scalar, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.ts";
import type { Loss } from "./training-spec.ts";

/** What a loss compares a forecast with; all in the scale of each window. */
export interface Expected {
  /** `[rows][horizon]` */
  readonly target: Tensor2D;
  /** `[rows][horizon]`: 1 where the target counts. */
  readonly counts: Tensor2D;
  /** `[rows][horizon]`: 1 where nothing was used of what cannot be negative: a quantile below that is no error. */
  readonly censored: Tensor2D;
  /** `[rows][1]`: how much an error of 1 weighs. */
  readonly weight: Tensor2D;
}

export type LossFunction = (forecast: Tensor3D, expected: Expected) => Scalar;

/** Weight of the Huber loss of the median beside the pinball loss. */
const HUBER_WEIGHT = 0.1;

/** The mean over what counts. */
export function lossFunction(tf: TensorFlow, loss: Loss, levelsPpm: readonly number[], middle: number): LossFunction {
  const meanOf = (losses: Tensor3D, { counts }: Expected): Scalar => {
    const sum: Scalar = tf.sum(tf.mul(losses, tf.expandDims(counts, 2)));
    return tf.div(sum, tf.mul(tf.maximum(tf.sum(counts), 1), losses.shape[2]));
  };
  if (loss === "hazard") return (logits, expected) => meanOf(crossEntropy(tf, logits, expected.target), expected);
  const errors = (forecast: Tensor3D, { target, weight }: Expected): Tensor3D =>
    tf.mul(tf.sub(tf.expandDims(target, 2), forecast), tf.expandDims(weight, 2));
  const middleOf = (error: Tensor3D): Tensor3D => tf.slice(error, [0, 0, middle], [error.shape[0], error.shape[1], 1]);
  const levels = levelsPpm.map((ppm) => ppm / 1e6);
  if (loss === "quantile") {
    return (forecast, expected) => {
      const error = censoredErrors(tf, errors(forecast, expected), expected);
      const huber = meanOf(huberLoss(tf, middleOf(error)), expected);
      return tf.add(meanOf(pinballLoss(tf, error, levels), expected), tf.mul(huber, HUBER_WEIGHT));
    };
  }
  const distance = (error: Tensor3D): Tensor3D => (loss === "mse" ? tf.square(error) : tf.abs(error));
  if (levels.length === 1) return (forecast, expected) => meanOf(distance(errors(forecast, expected)), expected);
  return (forecast, expected) => {
    const error = errors(forecast, expected);
    return tf.add(meanOf(distance(middleOf(error)), expected), meanOf(pinballLoss(tf, error, levels), expected));
  };
}

/**
 * Forecasts of amounts are raised to 0 before anyone sees them, so one below 0 where the truth is 0 errs by nothing (Powell, Censored
 * regression quantiles, Journal of Econometrics 32, 1986). Where the truth is above 0 the error stays that of the forecast as it is,
 * unlike Powell's: raised there too, a forecast that is far too low would have no gradient that brings it back.
 */
function censoredErrors(tf: TensorFlow, error: Tensor3D, { censored }: Expected): Tensor3D {
  return tf.sub(error, tf.mul(tf.relu(error), tf.expandDims(censored, 2)));
}

/** max(q·e, (q − 1)·e), which is q·e + max(−e, 0). */
function pinballLoss(tf: TensorFlow, error: Tensor3D, levels: readonly number[]): Tensor3D {
  return tf.add(tf.mul(error, tf.tensor1d([...levels])), tf.relu(tf.neg(error)));
}

/** ½e² up to 1, |e| − ½ beyond. */
function huberLoss(tf: TensorFlow, error: Tensor3D): Tensor3D {
  const size = tf.abs(error);
  const beyond = tf.relu(tf.sub(size, 1));
  return tf.sub(tf.mul(tf.square(size), 0.5), tf.mul(tf.square(beyond), 0.5));
}

/** −ln of the chance given to what came, from logits x: max(x, 0) − x·y + ln(1 + e^−|x|). */
function crossEntropy(tf: TensorFlow, logits: Tensor3D, target: Tensor2D): Tensor3D {
  const excess = tf.log1p(tf.exp(tf.neg(tf.abs(logits))));
  return tf.add(tf.sub(tf.relu(logits), tf.mul(logits, tf.expandDims(target, 2))), excess);
}
