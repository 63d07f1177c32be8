import { availableParallelism, totalmem } from "node:os";
import { findOnnxRuntime, RUNTIME_ADVICE } from "../onnx/onnx-runtime.ts";
import { BACKEND_NAMES, type BackendName, type KernelCheck, type TensorFlow } from "./backend.ts";
import { cacheFolder } from "./cache-folder.ts";
import { availability, type Search, searchHere } from "./native/native-backends.ts";
import { openBackend } from "./open-backend.ts";

/** What PRAE finds where it runs. */
export interface Diagnosis {
  readonly node: string;
  readonly platform: string;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly tfjs: string;
  readonly backends: readonly BackendFinding[];
  /** What `auto` means here; null where nothing works. */
  readonly auto: BackendName | null;
  readonly onnxRuntime: { readonly version: string | null; readonly advice: string | null };
  readonly cache: string;
}

export interface BackendFinding {
  readonly name: BackendName;
  /** Null where it is not installed. */
  readonly version: string | null;
  readonly usable: boolean;
  readonly fault: string | null;
  readonly advice: string | null;
  readonly kernels: readonly KernelCheck[];
  /** 10⁹ additions and multiplications a second in a product of matrices: an indication, taken once. */
  readonly gflops: number | null;
}

/** Tries every backend anew, native ones in a process of their own before they are opened here. */
export async function diagnose(search: Search = searchHere(true)): Promise<Diagnosis> {
  const backends: BackendFinding[] = [];
  let auto: BackendName | null = null;
  for (const name of BACKEND_NAMES) {
    const found = await examine(name, search);
    backends.push(found);
    if (found.usable && name !== "webgpu") auto ??= name;
  }
  const runtime = findOnnxRuntime();
  const { version_core: tfjs } = await import("@tensorflow/tfjs-core");
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    tfjs,
    backends,
    auto,
    onnxRuntime: { version: runtime?.version ?? null, advice: runtime === null ? RUNTIME_ADVICE : null },
    cache: cacheFolder(),
  };
}

async function examine(name: BackendName, search: Search): Promise<BackendFinding> {
  const nothing = { name, version: null, usable: false, fault: null, advice: null, kernels: [], gflops: null };
  if (name !== "wasm" && name !== "cpu") {
    const found = await availability(name, search);
    if (!found.usable) return { ...nothing, ...found };
  }
  try {
    const { version, kernels, tf } = await openBackend(name, { ...search, anew: false });
    return { ...nothing, version, usable: true, kernels, gflops: await speed(tf) };
  } catch (error) {
    return { ...nothing, fault: error instanceof Error ? error.message : String(error) };
  }
}

async function speed(tf: TensorFlow): Promise<number> {
  const side = 256;
  const a = tf.ones([side, side]);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 4; i += 1) {
    const start = performance.now();
    const product = tf.matMul(a, a);
    await product.data();
    best = Math.min(best, performance.now() - start);
    product.dispose();
  }
  a.dispose();
  return Number(((2 * side ** 3) / (best * 1e6)).toPrecision(2));
}
