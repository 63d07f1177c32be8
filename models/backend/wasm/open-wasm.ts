import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import type { Backend, KernelCheck } from "../backend.ts";
import { loadTfjs } from "../load-tfjs.ts";
import { installKernels } from "./install-kernels.ts";

let kernels: KernelCheck[] | undefined;

/** WebAssembly, on one core: works wherever Node does. */
export async function openWasm(): Promise<Backend> {
  const tf = await loadTfjs();
  const { setWasmPaths, version_wasm: version } = await import("@tensorflow/tfjs-backend-wasm");
  if (kernels === undefined) {
    // The package looks for its binaries beside the program's main file: say where they are, however PRAE is installed.
    setWasmPaths(join(dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm")), sep));
  }
  await withoutNewListeners(async () => {
    if (!(await tf.setBackend("wasm"))) throw new Error("the wasm backend did not start");
  });
  kernels ??= installKernels(tf);
  return { name: "wasm", version, tf, repeatable: true, kernels };
}

/** Emscripten rethrows every uncaught error of the process from handlers of its own, which hides where it came from: not here. */
async function withoutNewListeners(start: () => Promise<void>): Promise<void> {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const before = new Set<unknown>(events.flatMap((event) => process.listeners(event as "uncaughtException")));
  await start();
  for (const event of events) {
    for (const listener of process.listeners(event as "uncaughtException")) {
      if (!before.has(listener)) process.off(event, listener);
    }
  }
}
