import type { Rank, Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.ts";
import type { Dropout } from "./dropout.ts";
import type { Layers, RecurrentCell } from "./layers.ts";
import { type Build, type NetworkShape, sizeOf } from "./network-shape.ts";
import { middleOnly } from "./nlinear.ts";

/** A recurrent network that takes steps one by one and can forecast after each. */
export interface StepNetwork {
  readonly cell: RecurrentCell;
  readonly width: number;
  /**
   * Every step ahead at once.
   * @param state `[rows][width]`
   * @param last `[rows][1]`: the last value, in the scale of its series; the forecast is measured from it.
   */
  forecast(state: Tensor2D, last: Tensor2D, dropout: Dropout): Tensor3D;
}

export function stepNetwork(layers: Layers, shape: NetworkShape): StepNetwork {
  const { tf } = layers;
  const { inputs, horizon, outputs, middle } = shape;
  const width = sizeOf(shape, "width", 48);
  const rate = sizeOf(shape, "dropout", 0.1);
  const cell = layers.gru("cell", inputs, width);
  const out = layers.linear("out", width, horizon * outputs);
  const atMiddle = middleOnly(outputs, middle);
  return {
    cell,
    width,
    forecast(state, last, dropout) {
      const rows = state.shape[0];
      const ahead: Tensor3D = tf.reshape(out(dropout(state, rate)), [rows, horizon, outputs]);
      return tf.add(ahead, tf.mul(tf.reshape(last, [rows, 1, 1]), tf.tensor1d(atMiddle)));
    },
  };
}

/** The step network over a window from an empty state: how it is trained. Of each step the first number is the value. */
export const gru: Build = (layers, shape) => {
  const { tf } = layers;
  const { lookBack, inputs } = shape;
  const { cell, width, forecast } = stepNetwork(layers, shape);
  return ({ window }, dropout) => {
    const rows = window.shape[0];
    const steps = tf.unstack(tf.transpose(tf.reshape(window, [rows, lookBack, inputs]), [1, 0, 2])) as Tensor2D[];
    let state: Tensor2D = tf.zeros([rows, width]);
    for (const step of steps) state = cell.step(cell.ofInput(step), cell.ofState(state), state);
    return forecast(state, tf.slice(steps[lookBack - 1] as Tensor2D, [0, 0], [rows, 1]), dropout);
  };
};

/**
 * One tick of the cell as one product: `[rows][inputs + width]` by a matrix whose columns are the reset and update gates, the part of
 * the candidate that comes from the input and the part that comes from the state.
 */
export class FusedCell {
  readonly #tf: TensorFlow;
  readonly #matrix: Tensor2D;
  readonly #vector: Tensor1D;

  constructor(tf: TensorFlow, { ofInput, ofState }: RecurrentCell) {
    this.#tf = tf;
    const [inputs, columns] = ofInput.matrix.shape;
    const width = columns / 3;
    const gates = (matrix: Tensor2D, from: number, count: number) =>
      tf.slice(matrix, [0, from * width], [matrix.shape[0], count * width]);
    this.#matrix = tf.tidy(() => {
      const top = tf.concat([ofInput.matrix, tf.zeros<Rank.R2>([inputs, width])], 1);
      const none = tf.zeros<Rank.R2>([width, width]);
      return tf.concat([top, tf.concat([gates(ofState.matrix, 0, 2), none, gates(ofState.matrix, 2, 1)], 1)], 0);
    });
    this.#vector = tf.tidy(() => {
      const both = tf.add<Tensor1D>(ofInput.vector, ofState.vector);
      const part = (vector: Tensor1D, from: number, count: number) => tf.slice(vector, [from * width], [count * width]);
      return tf.concat([part(both, 0, 2), part(ofInput.vector, 2, 1), part(ofState.vector, 2, 1)]);
    });
  }

  tick(inputs: Tensor2D, state: Tensor2D): Tensor2D {
    const tf = this.#tf;
    const all = tf.add<Tensor2D>(tf.matMul(tf.concat([inputs, state], 1), this.#matrix), this.#vector);
    const [reset, update, ofInput, ofState] = tf.split(all, 4, 1) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
    const fresh = tf.tanh(tf.add<Tensor2D>(ofInput, tf.mul(tf.sigmoid(reset), ofState)));
    return tf.add(fresh, tf.mul(tf.sigmoid(update), tf.sub(state, fresh)));
  }

  dispose(): void {
    this.#tf.dispose([this.#matrix, this.#vector]);
  }
}
