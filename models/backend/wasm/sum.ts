import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import { plainProduct } from "./mat-mul.ts";
import { difference, exactNumbers, heapView, type WasmKernel } from "./wasm-kernel.ts";

/**
 * Sums over the first axes, as the gradient of every bias is: a product with a row of ones, by XNNPACK. The stock kernel transposes
 * first, and took 6 to 90 times as long.
 */
export const SUM: WasmKernel = {
  name: "Sum",
  make(tf, backend, stock) {
    const multiply = tf.getKernel("BatchMatMul", "wasm").kernelFunc;
    return (args) => {
      const x = args.inputs["x"] as TensorInfo;
      const { axis, keepDims } = args.attrs as unknown as { axis: number | number[]; keepDims: boolean };
      const axes = tf.util.parseAxisParam(axis, x.shape);
      const kept = x.shape.slice(axes.length);
      const rows = tf.util.sizeFromShape(x.shape.slice(0, axes.length));
      const width = tf.util.sizeFromShape(kept);
      const leading = kept.length > 0 && axes.length > 0 && axes.every((_, i) => axes.includes(i));
      if (!leading || x.dtype !== "float32" || rows * width === 0) return (stock as KernelFunc)(args);
      const ones = backend.makeOutput([1, rows], "float32");
      heapView(backend, ones).fill(1);
      const matrix = { dataId: x.dataId, shape: [rows, width], dtype: x.dtype };
      const sums = plainProduct(backend, multiply, ones, matrix);
      backend.disposeData(ones.dataId);
      const shape = keepDims ? x.shape.map((size, i) => (i < axes.length ? 1 : size)) : kept;
      return { dataId: sums.dataId, shape, dtype: x.dtype };
    };
  },
  check(tf) {
    const numbers = exactNumbers(6 * 5 * 4);
    for (const leading of [1, 2]) {
      const width = leading === 1 ? 20 : 4;
      const expected = Array.from({ length: width }, (_, column) => numbers.filter((_, i) => i % width === column).reduce(add));
      const axes = leading === 1 ? [0] : [1, 0];
      for (const keepDims of [false, true]) {
        const [shape, found] = tf.tidy(() => {
          const sums = tf.sum(tf.tensor3d(numbers, [6, 5, 4]), axes, keepDims);
          return [sums.shape.join("×"), sums.dataSync()] as const;
        });
        const wanted = [...(keepDims ? axes.map(() => 1) : []), ...[6, 5, 4].slice(leading)].join("×");
        if (shape !== wanted) return `a sum over ${leading} axes has shape ${shape} instead of ${wanted}`;
        const fault = difference(`a sum over ${leading} axes`, found, expected);
        if (fault !== null) return fault;
      }
    }
    return null;
  },
};

function add(a: number, b: number): number {
  return a + b;
}
