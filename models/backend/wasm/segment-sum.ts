import type { TensorInfo } from "@tensorflow/tfjs-core";
import { difference, heapView, type WasmKernel } from "./wasm-kernel.ts";

/** Sums of rows by segment: the gradient of looking up rows of a table, such as an embedding. The package has none. */
export const SEGMENT_SUM: WasmKernel = {
  name: "UnsortedSegmentSum",
  make(_, backend) {
    return ({ inputs, attrs }) => {
      const { x, segmentIds } = inputs as { x: TensorInfo; segmentIds: TensorInfo };
      const segments = (attrs as unknown as { numSegments: number }).numSegments;
      const sums = backend.makeOutput([segments, ...x.shape.slice(segmentIds.shape.length)], x.dtype);
      const rows = heapView(backend, x);
      const ids = heapView(backend, segmentIds);
      const out = heapView(backend, sums).fill(0);
      const width = ids.length === 0 ? 0 : rows.length / ids.length;
      for (let row = 0; row < ids.length; row += 1) {
        const segment = ids[row] as number;
        // As in TensorFlow: what belongs to no segment is left out.
        if (segment < 0 || segment >= segments) continue;
        for (let i = 0; i < width; i += 1) {
          out[segment * width + i] = (out[segment * width + i] as number) + (rows[row * width + i] as number);
        }
      }
      return sums;
    };
  },
  check(tf) {
    const [sums, gradient] = tf.tidy(() => {
      const ids = tf.tensor1d([1, 3, 3, -1], "int32");
      const rows = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]);
      const table = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
      const lookUp = (t: typeof table) => tf.sum(tf.square(tf.gather(t, tf.tensor1d([2, 0, 2], "int32"))));
      return [
        tf.unsortedSegmentSum(rows, ids, 4).dataSync(),
        tf
          .grad(lookUp as never)(table)
          .dataSync(),
      ];
    });
    return (
      difference("sums by segment", sums, [0, 0, 1, 2, 0, 0, 8, 10]) ?? difference("a gradient", gradient, [2, 4, 0, 0, 20, 24])
    );
  },
};
