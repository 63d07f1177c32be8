import type { Tensor } from "@tensorflow/tfjs-core";
import { RandomStream } from "../../allocator/core/random.ts";
import type { TensorFlow } from "../backend/backend.ts";

/** Silences values in training: `rate` is the share of them. What is left is scaled up, so that forecasts need no dropout. */
export type Dropout = <T extends Tensor>(x: T, rate: number) => T;

/** For validation and forecasts. */
export const noDropout: Dropout = (x) => x;

/**
 * Masks from a stream of their own, one byte of it a value: rates are multiples of 1 ⁄ 256.
 * @param step of the optimizer; with the seed it decides the masks.
 */
export function seededDropout(tf: TensorFlow, seed: number, step: number): Dropout {
  const stream = new RandomStream(seed, `dropout of step ${step}`);
  return (x, rate) => {
    const silenced = Math.round(rate * 256);
    if (silenced === 0) return x;
    const kept = 256 / (256 - silenced);
    const mask = new Float32Array(x.size);
    for (let i = 0; i < mask.length; i += 4) {
      const word = stream.uint32();
      if ((word & 0xff) >= silenced) mask[i] = kept;
      if (((word >>> 8) & 0xff) >= silenced) mask[i + 1] = kept;
      if (((word >>> 16) & 0xff) >= silenced) mask[i + 2] = kept;
      if (word >>> 24 >= silenced) mask[i + 3] = kept;
    }
    return tf.mul(x, tf.tensor(mask, x.shape));
  };
}
