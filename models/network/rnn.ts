import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { atMiddles } from "./head.ts";
import { type Build, sizeOf } from "./network-shape.ts";

/**
 * A recurrent network over segments of the window, which then forecasts every segment ahead at once, each from the last state and
 * an embedding of its place and of the series (Lin et al., "SegRNN", 2023). Windows are taken less their last value.
 */
export const rnn: Build = (layers, shape) => {
  const { tf } = layers;
  const { lookBack, horizon, outputs, statics } = shape;
  // The default is of models whose spec does not say; a training spec does.
  const segment = Math.min(sizeOf(shape, "segment", Math.min(24, horizon)), lookBack);
  const width = sizeOf(shape, "width", 64);
  const rate = sizeOf(shape, "dropout", 0.3);
  const behind = Math.floor(lookBack / segment);
  const ahead = Math.ceil(horizon / segment);
  // Of a segment that reaches beyond what is asked, only that.
  const steps = Math.min(segment, horizon);
  const embed = layers.linear("embed", segment, width);
  const cell = layers.gru("cell", width, width);
  const place = layers.parameters.normal("place", [ahead, width], 1) as unknown as Tensor2D;
  const ofSeries = statics > 0 ? layers.linear("series", statics, 3 * width) : null;
  const out = layers.linear("out", width, steps * outputs);
  const middles = atMiddles(tf, shape, horizon);
  return ({ window, statics: known }, dropout) => {
    const rows = window.shape[0];
    const last = tf.slice(window, [0, lookBack - 1], [rows, 1]);
    const recent = tf.slice(tf.sub(window, last), [0, lookBack - behind * segment], [rows, behind * segment]);
    const embedded = tf.relu(embed(tf.reshape(recent, [rows * behind, segment])));
    const inputs = tf.transpose(tf.reshape(cell.ofInput(embedded), [rows, behind, 3 * width]), [1, 0, 2]);
    let state: Tensor2D = tf.zeros([rows, width]);
    for (const input of tf.unstack(inputs, 0) as Tensor2D[]) state = cell.step(input, cell.ofState(state), state);
    let query: Tensor3D = tf.reshape(cell.ofInput(place), [1, ahead, 3 * width]);
    if (ofSeries !== null && known !== null) query = tf.add(query, tf.reshape(ofSeries(known), [rows, 1, 3 * width]));
    const ofState: Tensor3D = tf.reshape(cell.ofState(state), [rows, 1, 3 * width]);
    const decoded = cell.step(query, ofState, tf.reshape(state, [rows, 1, width]) as Tensor3D);
    const forecast = out(dropout(tf.reshape(decoded, [rows * ahead, width]), rate));
    const all: Tensor3D = tf.reshape(forecast, [rows, ahead * steps, outputs]);
    const asked = ahead * steps === horizon ? all : tf.slice(all, [0, 0, 0], [rows, horizon, outputs]);
    return tf.add(asked, tf.reshape(middles(last), [rows, horizon, outputs]));
  };
};
