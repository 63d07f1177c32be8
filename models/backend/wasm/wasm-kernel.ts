import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend.ts";

/** A kernel that PRAE brings to the wasm backend, because the stock one is slow or there is none. */
export interface WasmKernel {
  readonly name: string;
  /** @param stock the package's own, for the cases that it does well; undefined where there is none. */
  make(tf: TensorFlow, backend: BackendWasm, stock: KernelFunc | undefined): KernelFunc;
  /** Runs it through tfjs on small tensors. @returns what differs from a plain reference; null when nothing does. */
  check(tf: TensorFlow): string | null;
}

/** Views of the heap are void once it grows: take them after the last allocation, and keep none. */
export function heapView(backend: BackendWasm, tensor: TensorInfo): Float32Array | Int32Array | Uint8Array {
  return backend.typedArrayFromHeap(tensor) as Float32Array | Int32Array | Uint8Array;
}

/** A kernel of the backend that needs no attributes, to be used by another: its inputs by name, and a new tensor for the result. */
export function kernelOf(
  tf: TensorFlow,
  backend: BackendWasm,
  name: string,
): (inputs: Readonly<Record<string, TensorInfo>>) => TensorInfo {
  const { kernelFunc } = tf.getKernel(name, "wasm");
  return (inputs) => kernelFunc({ inputs, backend, attrs: {} }) as TensorInfo;
}

/** Numbers in [−1, 1) with 8 binary places, so that small products and sums of them are exact in 32-bit floats. */
export function exactNumbers(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => (((i * 2_654_435_761) >>> 8) % 512) / 256 - 1);
}

/** @returns in words, the first difference; null when the tensors hold the same numbers. */
export function difference(what: string, found: ArrayLike<number>, expected: ArrayLike<number>): string | null {
  if (found.length !== expected.length) return `${what} has ${found.length} values instead of ${expected.length}`;
  for (let i = 0; i < found.length; i += 1) {
    if (found[i] !== expected[i]) return `${what} gave ${found[i]} instead of ${expected[i]}`;
  }
  return null;
}
