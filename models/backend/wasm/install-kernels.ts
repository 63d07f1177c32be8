import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { KernelCheck, TensorFlow } from "../backend.ts";
import { IDENTITY } from "./identity.ts";
import { MAT_MUL } from "./mat-mul.ts";
import { ADD, MULTIPLY } from "./row-vector.ts";
import { SEGMENT_SUM } from "./segment-sum.ts";
import { SLICE, SPLIT, UNPACK } from "./slice.ts";
import { SOFTPLUS } from "./softplus.ts";
import { SUM } from "./sum.ts";
import { TANH } from "./tanh.ts";
import { TILE } from "./tile.ts";
import type { WasmKernel } from "./wasm-kernel.ts";

const KERNELS: readonly WasmKernel[] = [
  ...[IDENTITY, ADD, MULTIPLY, MAT_MUL, SLICE, UNPACK, SPLIT, SUM, SEGMENT_SUM, TILE, TANH, SOFTPLUS],
];

/**
 * Puts PRAE's kernels into the wasm backend, which has to be the one set, and compares each with a plain reference. A kernel that
 * differs is taken out again: the stock one runs in its place, and the check says so.
 */
export function installKernels(tf: TensorFlow, kernels: readonly WasmKernel[] = KERNELS): KernelCheck[] {
  return kernels.map((kernel) => {
    const fault = install(tf, kernel);
    return { kernel: kernel.name, used: fault === null, fault };
  });
}

function install(tf: TensorFlow, kernel: WasmKernel): string | null {
  const id = { kernelName: kernel.name, backendName: "wasm" };
  const stock = tf.getKernel(kernel.name, "wasm");
  const remove = () => tf.unregisterKernel(kernel.name, "wasm");
  let fault: string | null = null;
  if (stock !== undefined) remove();
  try {
    tf.registerKernel({ ...id, kernelFunc: kernel.make(tf, tf.backend() as BackendWasm, stock?.kernelFunc) });
    fault = kernel.check(tf);
  } catch (error) {
    fault = error instanceof Error ? error.message : String(error);
  }
  if (fault === null) return null;
  if (tf.getKernel(kernel.name, "wasm") !== undefined) remove();
  if (stock !== undefined) tf.registerKernel(stock);
  return fault;
}
