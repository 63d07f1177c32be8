import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { atMiddles } from "./head.ts";
import { type Build, sizeOf } from "./network-shape.ts";

/**
 * A transformer over patches of the window, flattened into one linear map to every step ahead (Nie et al., "A Time Series is Worth
 * 64 Words", ICLR 2023). Patches overlap by half, and the last one repeats the window's last value. How far the levels lie apart
 * follows from the mean over the patches.
 */
export const transformer: Build = (layers, shape) => {
  const { tf } = layers;
  const { lookBack, horizon, outputs } = shape;
  const stride = Math.min(sizeOf(shape, "stride", lookBack < 192 ? 8 : 16), lookBack);
  const width = sizeOf(shape, "width", 16);
  const rate = sizeOf(shape, "dropout", 0.2);
  // A patch is two strides long.
  const patches = Math.ceil(lookBack / stride);
  const embed = layers.linear("embed", 2 * stride, width);
  const place = layers.parameters.uniform("place", [patches, width], 0.02) as unknown as Tensor2D;
  const depth = sizeOf(shape, "layers", 2);
  const stack = Array.from({ length: depth }, (_, i) =>
    layers.transformerLayer(`layer${i + 1}`, width, sizeOf(shape, "heads", 4), sizeOf(shape, "hidden", 4 * width)),
  );
  const out = layers.linear("out", patches * width, horizon);
  const spread = outputs > 1 ? layers.linear("spread", width, horizon * outputs) : null;
  const middles = atMiddles(tf, shape, 1);
  const front = patches * stride - lookBack;
  return ({ window }, dropout) => {
    const rows = window.shape[0];
    const first = tf.tile(tf.slice(window, [0, 0], [rows, 1]), [1, front]);
    const last = tf.tile(tf.slice(window, [0, lookBack - 1], [rows, 1]), [1, stride]);
    const padded = tf.concat(front > 0 ? [first, window, last] : [window, last], 1);
    const strides: Tensor3D = tf.reshape(padded, [rows, patches + 1, stride]);
    const pairs = tf.concat(
      [tf.slice(strides, [0, 0, 0], [rows, patches, stride]), tf.slice(strides, [0, 1, 0], [rows, patches, stride])],
      2,
    );
    let x: Tensor3D = dropout(tf.add(layers.over(embed, pairs), place), rate);
    for (const layer of stack) x = layer(x, dropout, rate);
    const flat: Tensor2D = dropout(tf.reshape(x, [rows, patches * width]), rate);
    const centre = out(flat);
    if (spread === null) return tf.reshape(centre, [rows, horizon, 1]);
    const around = tf.reshape(spread(tf.mean(x, 1)), [rows * horizon, outputs]);
    return tf.reshape(tf.add(around, middles(tf.reshape(centre, [rows * horizon, 1]))), [rows, horizon, outputs]);
  };
};
