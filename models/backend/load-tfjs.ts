import type { TensorFlow } from "./backend.ts";

/** The core of tfjs, able to train. */
export async function loadTfjs(): Promise<TensorFlow> {
  const tf = await import("@tensorflow/tfjs-core");
  // The core is published without gradients: they are a module of its own, which Node cannot load as it is, so the build takes it
  // in. It registers them with the engine that the core has just made, of which there is one in a process.
  await import("../../node_modules/@tensorflow/tfjs-core/dist/register_all_gradients.js");
  // Says what the backends would rather say on the console, in a place that PRAE has chosen: `prae doctor`.
  tf.enableProdMode();
  return tf;
}
