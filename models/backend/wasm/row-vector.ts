import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import { difference, exactNumbers, heapView, type WasmKernel } from "./wasm-kernel.ts";

/**
 * Sums and products of every row with one short vector, as with every bias. The stock kernel takes one row at a time: as fast per row,
 * whether it has 8 numbers or 64. The vector is repeated until rows are as long as they may be.
 */
export const ADD = withRowVector("Add", (a, b) => a + b);
export const MULTIPLY = withRowVector("Multiply", (a, b) => a * b);

/** Most numbers of a row that is made of several. */
const LONG = 128;

function withRowVector(name: string, operation: (a: number, b: number) => number): WasmKernel {
  return {
    name,
    make(tf, backend, stock) {
      const plain = stock as KernelFunc;
      return (args) => {
        const { a, b } = args.inputs as { a: TensorInfo; b: TensorInfo };
        const width = b.shape[0] ?? 0;
        const float = a.dtype === "float32" && b.dtype === "float32";
        if (!float || b.shape.length !== 1 || a.shape.at(-1) !== width) return plain(args);
        const rows = tf.util.sizeFromShape(a.shape.slice(0, -1));
        let times = 1;
        while (rows % (2 * times) === 0 && 2 * times * width <= LONG && times < rows) times *= 2;
        if (times === 1) return plain(args);
        const vector = backend.makeOutput([times * width], b.dtype);
        const from = heapView(backend, b);
        const to = heapView(backend, vector);
        for (let i = 0; i < to.length; i += 1) to[i] = from[i % width] as number;
        const matrix: TensorInfo = { dataId: a.dataId, shape: [rows / times, times * width], dtype: a.dtype };
        const { dataId, dtype } = plain({ ...args, inputs: { a: matrix, b: vector } }) as TensorInfo;
        backend.disposeData(vector.dataId);
        return { dataId, shape: a.shape, dtype };
      };
    },
    check(tf) {
      for (const shape of [
        [8, 3],
        [5, 3],
        [2, 6, 3],
      ]) {
        const [a, b] = [exactNumbers(tf.util.sizeFromShape(shape)), exactNumbers(3).reverse()];
        const expected = a.map((value, i) => operation(value, b[i % 3] as number));
        const found = tf.tidy(() => {
          const inputs = { a: tf.tensor(a, shape), b: tf.tensor1d(b) };
          return (tf.engine().runKernel(name, inputs) as ReturnType<typeof tf.tensor>).dataSync();
        });
        const fault = difference(`${name} of ${shape.join("×")} and a vector`, found, expected);
        if (fault !== null) return fault;
      }
      return null;
    },
  };
}
