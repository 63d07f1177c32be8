import type { Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.ts";
import type { Dropout } from "./dropout.ts";
import type { Parameters } from "./parameters.ts";

/** A product with a matrix and a sum with a vector, over the last axis. */
export interface Linear {
  (x: Tensor2D): Tensor2D;
  readonly outputs: number;
  readonly matrix: Tensor2D;
  readonly vector: Tensor1D;
}

/** What a recurrent cell keeps from tick to tick, `[rows][width]`. */
export interface RecurrentCell {
  /** The part of a tick that needs no state: `[rows][inputs]` to `[rows][3 × width]`. */
  readonly ofInput: Linear;
  readonly ofState: Linear;
  /** The next state, from the two parts of the tick and the state; all may have any, equal, leading axes. */
  step<T extends Tensor2D | Tensor3D>(ofInput: T, ofState: T, state: T): T;
}

/** Declares the weights of layers and gives the layers as functions. */
export class Layers {
  readonly tf: TensorFlow;
  readonly parameters: Parameters;

  constructor(tf: TensorFlow, parameters: Parameters) {
    this.tf = tf;
    this.parameters = parameters;
  }

  /** Weights begin uniform within ±1 ⁄ √inputs, biases too unless `bias` is given. */
  linear(name: string, inputs: number, outputs: number, bound = 1 / Math.sqrt(inputs), bias?: number): Linear {
    const { tf, parameters } = this;
    const matrix = parameters.uniform(`${name}.matrix`, [inputs, outputs], bound) as unknown as Tensor2D;
    const vector = (bias === undefined
      ? parameters.uniform(`${name}.bias`, [outputs], bound)
      : parameters.constant(`${name}.bias`, [outputs], bias)) as unknown as Tensor1D;
    return Object.assign((x: Tensor2D): Tensor2D => tf.add(tf.matMul(x, matrix), vector), { outputs, matrix, vector });
  }

  /** `layer` over the last axis of a tensor with three. */
  over(layer: Linear, x: Tensor3D): Tensor3D {
    const [rows, steps, inputs] = x.shape;
    return this.tf.reshape(layer(this.tf.reshape(x, [rows * steps, inputs])), [rows, steps, layer.outputs]);
  }

  /** Ba, Kiros and Hinton, "Layer Normalization", 2016; over the last axis. */
  layerNorm(name: string, width: number): (x: Tensor3D) => Tensor3D {
    const { tf, parameters } = this;
    const gain = parameters.constant(`${name}.gain`, [width], 1) as unknown as Tensor1D;
    const bias = parameters.constant(`${name}.bias`, [width], 0) as unknown as Tensor1D;
    return (x) => {
      const centred = tf.sub(x, tf.mean(x, -1, true));
      const variance = tf.mean(tf.square(centred), -1, true);
      return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5))), gain), bias);
    };
  }

  /** Self-attention of several heads (Vaswani et al., "Attention Is All You Need", 2017), without dropout within. */
  attention(name: string, width: number, heads: number): (x: Tensor3D) => Tensor3D {
    const { tf } = this;
    const [query, key, value, out] = ["query", "key", "value", "out"].map((part) =>
      this.linear(`${name}.${part}`, width, width),
    ) as [Linear, Linear, Linear, Linear];
    const each = width / heads;
    return (x) => {
      const [rows, steps] = x.shape;
      const split = (layer: Linear): Tensor4D =>
        tf.transpose(tf.reshape(this.over(layer, x), [rows, steps, heads, each]), [0, 2, 1, 3]);
      const weights = tf.softmax(tf.mul(tf.matMul(split(query), split(key), false, true), 1 / Math.sqrt(each)));
      const mixed = tf.transpose(tf.matMul(weights, split(value)) as Tensor4D, [0, 2, 1, 3]);
      return this.over(out, tf.reshape(mixed, [rows, steps, width]));
    };
  }

  /** One layer of a transformer, normalised after each of its two parts. */
  transformerLayer(name: string, width: number, heads: number, hidden: number): TransformerLayer {
    const { tf } = this;
    const attention = this.attention(`${name}.attention`, width, heads);
    const first = this.layerNorm(`${name}.norm1`, width);
    const widen = this.linear(`${name}.widen`, width, hidden);
    const narrow = this.linear(`${name}.narrow`, hidden, width);
    const second = this.layerNorm(`${name}.norm2`, width);
    return (x, dropout, rate) => {
      const attended = first(tf.add(x, dropout(attention(x), rate)));
      return second(tf.add(attended, dropout(this.over(narrow, tf.relu(this.over(widen, attended))), rate)));
    };
  }

  /**
   * Gated recurrent unit whose reset gate acts after the product with the state (Cho et al., 2014, in the form of cuDNN), so that a
   * tick is one product with the input, which needs no state, and one with the state.
   */
  gru(name: string, inputs: number, width: number): RecurrentCell {
    const { tf } = this;
    const bound = 1 / Math.sqrt(width);
    return {
      ofInput: this.linear(`${name}.input`, inputs, 3 * width, bound),
      ofState: this.linear(`${name}.state`, width, 3 * width, bound),
      step<T extends Tensor2D | Tensor3D>(ofInput: T, ofState: T, state: T): T {
        const axis = ofInput.rank - 1;
        const [inputReset, inputUpdate, inputNew] = tf.split(ofInput, 3, axis) as [T, T, T];
        const [stateReset, stateUpdate, stateNew] = tf.split(ofState, 3, axis) as [T, T, T];
        const reset = tf.sigmoid(tf.add(inputReset, stateReset));
        const update = tf.sigmoid(tf.add(inputUpdate, stateUpdate));
        const fresh = tf.tanh(tf.add(inputNew, tf.mul(reset, stateNew)));
        return tf.add(fresh, tf.mul(update, tf.sub(state, fresh)));
      },
    };
  }
}

export type TransformerLayer = (x: Tensor3D, dropout: Dropout, rate: number) => Tensor3D;
