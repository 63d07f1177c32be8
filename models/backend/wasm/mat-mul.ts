import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend.ts";
import { difference, exactNumbers, type WasmKernel } from "./wasm-kernel.ts";

/**
 * Products with transposed factors. The stock kernel reaches XNNPACK for plain products of two matrices only; every backward pass
 * transposes, and was 10 to 30 times slower. Transposing first costs little beside that.
 */
export const MAT_MUL: WasmKernel = {
  name: "BatchMatMul",
  make(tf, backend, stock) {
    const multiply = stock as KernelFunc;
    const transpose = tf.getKernel("Transpose", "wasm").kernelFunc;
    const transposed = (x: TensorInfo): TensorInfo => {
      const perm = x.shape.map((_, axis) => axis);
      perm.push(...perm.splice(-2).reverse());
      return transpose({ inputs: { x }, backend, attrs: { perm } }) as TensorInfo;
    };
    return (args) => {
      const { a, b } = args.inputs as { a: TensorInfo; b: TensorInfo };
      const { transposeA, transposeB } = args.attrs as unknown as { transposeA: boolean; transposeB: boolean };
      if (!(transposeA || transposeB) || batches(a) > 1 || batches(b) > 1) return multiply(args);
      const left = transposeA ? transposed(a) : a;
      const right = transposeB ? transposed(b) : b;
      const product = multiply({
        inputs: { a: left, b: right },
        backend,
        attrs: { transposeA: false, transposeB: false },
      });
      if (transposeA) backend.disposeData(left.dataId);
      if (transposeB) backend.disposeData(right.dataId);
      return product;
    };
  },
  check(tf) {
    for (const [m, k, n] of [
      [5, 7, 3],
      [1, 9, 4],
      [8, 1, 6],
    ] as const) {
      for (const [transposeA, transposeB] of [
        [false, false],
        [true, false],
        [false, true],
        [true, true],
      ] as const) {
        const fault = checkProduct(tf, m, k, n, transposeA, transposeB);
        if (fault !== null) return fault;
      }
    }
    return null;
  },
};

function batches(x: TensorInfo): number {
  return x.shape.slice(0, -2).reduce((product, size) => product * size, 1);
}

function checkProduct(tf: TensorFlow, m: number, k: number, n: number, transposeA: boolean, transposeB: boolean): string | null {
  const a = exactNumbers(m * k);
  const b = exactNumbers(k * n).reverse();
  const expected = new Float32Array(m * n);
  for (let i = 0; i < m; i += 1) {
    for (let j = 0; j < n; j += 1) {
      let sum = 0;
      for (let l = 0; l < k; l += 1) {
        sum += (a[transposeA ? l * m + i : i * k + l] as number) * (b[transposeB ? j * k + l : l * n + j] as number);
      }
      expected[i * n + j] = sum;
    }
  }
  const found = tf.tidy(() => {
    const left = tf.tensor2d(a, transposeA ? [k, m] : [m, k]);
    return tf.matMul(left, tf.tensor2d(b, transposeB ? [n, k] : [k, n]), transposeA, transposeB).dataSync();
  });
  return difference(`a product of ${m}×${k} by ${k}×${n}`, found, expected);
}
