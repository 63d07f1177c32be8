import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend.ts";
import { difference, exactNumbers, heapView, type WasmKernel } from "./wasm-kernel.ts";

/**
 * Products of matrices. The stock kernel reaches XNNPACK for plain products of two matrices only; every backward pass transposes,
 * and was 10 to 30 times slower. Transposing first costs little beside that.
 */
export const MAT_MUL: WasmKernel = {
  name: "BatchMatMul",
  make(tf, backend, stock) {
    const stockProduct = stock as KernelFunc;
    const transpose = tf.getKernel("Transpose", "wasm").kernelFunc;
    const transposed = (x: TensorInfo): TensorInfo => {
      const perm = x.shape.map((_, axis) => axis);
      perm.push(...perm.splice(-2).reverse());
      return transpose({ inputs: { x }, backend, attrs: { perm } }) as TensorInfo;
    };
    return (args) => {
      const { a, b } = args.inputs as { a: TensorInfo; b: TensorInfo };
      const { transposeA, transposeB } = args.attrs as unknown as { transposeA: boolean; transposeB: boolean };
      if (batches(a) > 1 || batches(b) > 1) return stockProduct(args);
      const left = transposeA ? transposed(a) : a;
      const right = transposeB ? transposed(b) : b;
      const product = plainProduct(backend, stockProduct, left, right);
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
    return checkReshaped(tf);
  },
};

/** Data that XNNPACK has packed as a right factor: the rows that it had then. */
const packedRows = new WeakMap<object, number>();

/**
 * The product of two matrices by the stock kernel. That remembers what it packed of a right factor by its data alone, whatever its
 * shape: the same data in another shape, as a reshaped gradient is, would be read and written past its end. Such data are copied.
 */
export function plainProduct(backend: BackendWasm, stock: KernelFunc, a: TensorInfo, b: TensorInfo): TensorInfo {
  const rows = b.shape.at(-2) as number;
  const packed = packedRows.get(b.dataId);
  const attrs = { transposeA: false, transposeB: false };
  if (packed === undefined || packed === rows) {
    packedRows.set(b.dataId, rows);
    return stock({ inputs: { a, b }, backend, attrs }) as TensorInfo;
  }
  const copy = backend.makeOutput(b.shape, b.dtype);
  heapView(backend, copy).set(heapView(backend, b));
  const product = stock({ inputs: { a, b: copy }, backend, attrs }) as TensorInfo;
  backend.disposeData(copy.dataId);
  return product;
}

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

/** The same data as a right factor in two shapes. */
function checkReshaped(tf: TensorFlow): string | null {
  const numbers = exactNumbers(12);
  const sums = (width: number) =>
    Array.from({ length: width }, (_, column) => numbers.filter((_, i) => i % width === column).reduce((sum, x) => sum + x));
  const [first, second] = tf.tidy(() => {
    const b = tf.tensor2d(numbers, [4, 3]);
    const product = tf.matMul(tf.ones([1, 4]), b).dataSync();
    return [product, tf.matMul(tf.ones([1, 6]), tf.reshape(b, [6, 2])).dataSync()];
  });
  return difference("a product", first, sums(3)) ?? difference("a product with a reshaped factor", second, sums(2));
}
