import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend.ts";
import { difference, exactNumbers, heapView, type WasmKernel } from "./wasm-kernel.ts";

/** Parts of tensors. The stock kernels copy the whole source for each part that they take. */
export const SLICE: WasmKernel = {
  name: "Slice",
  make(tf, backend, stock) {
    return (args) => {
      const x = args.inputs["x"] as TensorInfo;
      if (!isNumeric(x)) return (stock as KernelFunc)(args);
      const { begin, size } = args.attrs as unknown as { begin: number[]; size: number[] };
      const [first, extent] = tf.slice_util.parseSliceParams(x as never, begin, size);
      return copyPart(backend, x, first as number[], extent as number[]);
    };
  },
  check(tf) {
    const parts: [number[], number[]][] = [
      [
        [1, 2, 3],
        [2, 2, 3],
      ],
      [
        [2, 0, 0],
        [2, 6, 7],
      ],
      [
        [2, 1, 0],
        [2, 3, 7],
      ],
      [
        [0, 5, 6],
        [4, 1, 1],
      ],
      [
        [3, 2, 0],
        [0, 1, 7],
      ],
    ];
    for (const [begin, size] of parts) {
      const found = tf.tidy(() => tf.slice(sample(tf), begin, size).dataSync());
      const fault = difference(`a part of ${size.join("×")}`, found, expectedPart(begin, size));
      if (fault !== null) return fault;
    }
    return null;
  },
};

export const UNPACK: WasmKernel = {
  name: "Unpack",
  make(_, backend, stock) {
    return (args) => {
      const x = args.inputs["value"] as TensorInfo;
      if (!isNumeric(x)) return (stock as KernelFunc)(args);
      const given = (args.attrs as unknown as { axis: number }).axis;
      const axis = given < 0 ? given + x.shape.length : given;
      const size = x.shape.with(axis, 1);
      const shape = x.shape.toSpliced(axis, 1);
      return Array.from({ length: x.shape[axis] as number }, (_, i) => {
        const part = copyPart(
          backend,
          x,
          x.shape.map((_, k) => (k === axis ? i : 0)),
          size,
        );
        return { dataId: part.dataId, dtype: part.dtype, shape };
      });
    };
  },
  check(tf) {
    for (const axis of [0, 1, 2]) {
      const found = tf.tidy(() => tf.unstack(sample(tf), axis).map((part) => part.dataSync()));
      for (const [i, part] of found.entries()) {
        const begin = SAMPLE.map((_, k) => (k === axis ? i : 0));
        const fault = difference(`part ${i} along axis ${axis}`, part, expectedPart(begin, SAMPLE.with(axis, 1)));
        if (fault !== null) return fault;
      }
    }
    return null;
  },
};

export const SPLIT: WasmKernel = {
  name: "SplitV",
  make(tf, backend, stock) {
    return (args) => {
      const x = args.inputs["x"] as TensorInfo;
      if (!isNumeric(x)) return (stock as KernelFunc)(args);
      const { numOrSizeSplits, axis: given } = args.attrs as unknown as { numOrSizeSplits: number | number[]; axis: number };
      const axis = given < 0 ? given + x.shape.length : given;
      let start = 0;
      return tf.backend_util.prepareSplitSize(x as never, numOrSizeSplits, axis).map((extent) => {
        const begin = x.shape.map((_, k) => (k === axis ? start : 0));
        start += extent;
        return copyPart(backend, x, begin, x.shape.with(axis, extent));
      });
    };
  },
  check(tf) {
    const cases: [number[], number][] = [
      [[1, 3], 0],
      [[2, 4], 1],
      [[2, 5], 2],
    ];
    for (const [sizes, axis] of cases) {
      const found = tf.tidy(() => tf.split(sample(tf), sizes, axis).map((part) => part.dataSync()));
      let start = 0;
      for (const [i, extent] of sizes.entries()) {
        const expected = expectedPart(
          SAMPLE.map((_, k) => (k === axis ? start : 0)),
          SAMPLE.with(axis, extent),
        );
        const fault = difference(`part ${i} of a split along axis ${axis}`, found[i] as Float32Array, expected);
        if (fault !== null) return fault;
        start += extent;
      }
    }
    return null;
  },
};

function isNumeric(x: TensorInfo): boolean {
  return x.dtype === "float32" || x.dtype === "int32" || x.dtype === "bool";
}

/** A new tensor with the part of `x` that begins at `begin` and extends by `size` along each axis. */
function copyPart(backend: BackendWasm, x: TensorInfo, begin: readonly number[], size: readonly number[]): TensorInfo {
  const part = backend.makeOutput([...size], x.dtype);
  const from = heapView(backend, x);
  const to = heapView(backend, part);
  const { shape } = x;
  // What one copy can take: the innermost axes that are taken whole, and one more.
  let outer = Math.max(shape.length - 1, 0);
  let run = size[outer] ?? 1;
  while (outer > 0 && size[outer] === shape[outer]) {
    outer -= 1;
    run *= size[outer] as number;
  }
  if (to.length === 0) return part;
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    strides[axis] = stride;
    stride *= shape[axis] as number;
  }
  let source = begin.reduce((offset, index, axis) => offset + index * (strides[axis] as number), 0);
  const index = new Array<number>(outer).fill(0);
  for (let target = 0; ; ) {
    copyRun(from, source, to, target, run);
    target += run;
    if (target === to.length) return part;
    // Like an odometer: to the next run, axis by axis from the inside.
    let axis = outer - 1;
    for (; ; axis -= 1) {
      index[axis] = (index[axis] as number) + 1;
      source += strides[axis] as number;
      if ((index[axis] as number) < (size[axis] as number)) break;
      source -= (strides[axis] as number) * (size[axis] as number);
      index[axis] = 0;
    }
  }
}

type Numbers = Float32Array | Int32Array | Uint8Array;

function copyRun(from: Numbers, source: number, to: Numbers, target: number, length: number): void {
  // Below this, making the view costs more than the loop.
  if (length >= 32) to.set(from.subarray(source, source + length), target);
  else for (let i = 0; i < length; i += 1) to[target + i] = from[source + i] as number;
}

const SAMPLE = [4, 6, 7];

function sample(tf: TensorFlow) {
  return tf.tensor(exactNumbers(4 * 6 * 7), SAMPLE);
}

function expectedPart(begin: readonly number[], size: readonly number[]): number[] {
  const numbers = exactNumbers(4 * 6 * 7);
  const [i0 = 0, j0 = 0, k0 = 0] = begin;
  const [rows = 0, columns = 0, depth = 0] = size;
  const part: number[] = [];
  for (let i = i0; i < i0 + rows; i += 1) {
    for (let j = j0; j < j0 + columns; j += 1) {
      for (let k = k0; k < k0 + depth; k += 1) part.push(numbers[(i * 6 + j) * 7 + k] as number);
    }
  }
  return part;
}
