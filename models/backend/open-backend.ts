import type { Backend, BackendChoice } from "./backend.ts";
import { loadTfjs } from "./load-tfjs.ts";
import { openWasm } from "./wasm/open-wasm.ts";

/** Sets tfjs to a backend, for the whole process. */
export async function openBackend(choice: BackendChoice = "auto"): Promise<Backend> {
  return choice === "cpu" ? openCpu() : openWasm();
}

/** Plain JavaScript: some 20 times slower than wasm, for comparison. */
async function openCpu(): Promise<Backend> {
  const tf = await loadTfjs();
  const { version_cpu: version } = await import("@tensorflow/tfjs-backend-cpu");
  await tf.setBackend("cpu");
  return { name: "cpu", version, tf, repeatable: true, kernels: [] };
}
