import type { Rank, Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.ts";
import type { Dropout } from "./dropout.ts";
import { atMiddles } from "./head.ts";
import type { Layers, RecurrentCell } from "./layers.ts";
import { type Build, type NetworkShape, sizeOf } from "./network-shape.ts";

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
  const { inputs, horizon, outputs } = shape;
  const width = sizeOf(shape, "width", 48);
  const rate = sizeOf(shape, "dropout", 0.1);
  const cell = layers.gru("cell", inputs, width);
  const out = layers.linear("out", width, horizon * outputs);
  const middles = atMiddles(tf, shape, horizon);
  return {
    cell,
    width,
    forecast(state, last, dropout) {
      const rows = state.shape[0];
      return tf.reshape(tf.add(out(dropout(state, rate)), middles(last)), [rows, horizon, outputs]);
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

/** What a part of a tick is: a product and a sum. */
type Part = { readonly matrix: Tensor2D; readonly vector: Tensor1D };

/**
 * One tick of the cell with its weights rearranged: `[rows][inputs + width]` by one matrix for each gate and one for what the candidate
 * takes of the state, whose rows for the input are 0; `[rows][inputs]` by one for what it takes of the input.
 */
export class FusedCell {
  readonly #tf: TensorFlow;
  readonly #parts: Readonly<Record<"reset" | "update" | "ofInput" | "ofState", Part>>;

  constructor(tf: TensorFlow, { ofInput, ofState }: RecurrentCell) {
    this.#tf = tf;
    const width = ofState.matrix.shape[0];
    const part = ({ matrix, vector }: Part, from: number): Part => ({
      matrix: tf.slice(matrix, [0, from * width], [matrix.shape[0], width]),
      vector: tf.slice(vector, [from * width], [width]),
    });
    this.#parts = tf.tidy(() => {
      const gate = (from: number): Part => {
        const [input, state] = [part(ofInput, from), part(ofState, from)];
        return { matrix: tf.concat([input.matrix, state.matrix], 0), vector: tf.add(input.vector, state.vector) };
      };
      const { matrix, vector } = part(ofState, 2);
      const none = tf.zeros<Rank.R2>([ofInput.matrix.shape[0], width]);
      return {
        ...{ reset: gate(0), update: gate(1), ofInput: part(ofInput, 2) },
        ofState: { matrix: tf.concat([none, matrix], 0), vector },
      };
    });
  }

  tick(inputs: Tensor2D, state: Tensor2D): Tensor2D {
    const tf = this.#tf;
    const through = (x: Tensor2D, { matrix, vector }: Part): Tensor2D => tf.add(tf.matMul(x, matrix), vector);
    const { reset, update, ofInput, ofState } = this.#parts;
    const both = tf.concat([inputs, state], 1);
    const kept = tf.mul(tf.sigmoid(through(both, reset)), through(both, ofState));
    const fresh = tf.tanh(tf.add<Tensor2D>(through(inputs, ofInput), kept));
    return tf.add(fresh, tf.mul(tf.sigmoid(through(both, update)), tf.sub(state, fresh)));
  }

  dispose(): void {
    this.#tf.dispose(this.#parts);
  }
}
