import type { TensorFlow } from "../backend.ts";

/**
 * Loads the packages of a native backend from their folders and sets tfjs to it.
 *
 * It runs in the probing process as well, as text: it refers to nothing outside itself.
 */
export async function loadNative(folders: readonly string[], within: string): Promise<TensorFlow> {
  const { createRequire } = await import("node:module");
  const { pathToFileURL } = await import("node:url");
  const load = async (folder: string | undefined) => {
    const file = createRequire(`${folder}/`).resolve(folder as string);
    const loaded = await import(pathToFileURL(file).href);
    return loaded.default ?? loaded;
  };
  // Not the whole memory of a GPU for one process, and no log of what TensorFlow finds.
  process.env["TF_FORCE_GPU_ALLOW_GROWTH"] ??= "true";
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2";
  const [backend, dawn, whole] = folders;
  if (dawn !== undefined) {
    // Dawn brings WebGPU to Node; tfjs looks for it where browsers have it, when its backend is loaded.
    const { create, globals } = await load(dawn);
    Object.assign(globalThis, globals);
    Object.defineProperty(globalThis, "navigator", { value: { gpu: create([]) }, configurable: true });
  }
  const loaded = await load(backend);
  const tf = (whole === undefined ? loaded : await load(whole)) as TensorFlow;
  if (!(await tf.setBackend(within))) throw new Error(`tfjs has no backend "${within}" after loading it`);
  return tf;
}

/**
 * A product and a training step, compared with what they have to be; text for the probing process too.
 * @returns in words, what was wrong; null when nothing was.
 */
export async function exercise(tf: TensorFlow): Promise<string | null> {
  // Numbers with few binary places: exact even where a GPU rounds factors to ten.
  const numbers = (count: number) => Float32Array.from({ length: count }, (_, i) => ((i * 37) % 64) / 32 - 1);
  const a = numbers(24 * 40);
  const b = numbers(40 * 16).reverse();
  const product = tf.matMul(tf.tensor2d(a, [24, 40]), tf.tensor2d(b, [40, 16]));
  const found = await product.data();
  for (let i = 0; i < 24; i += 1) {
    for (let j = 0; j < 16; j += 1) {
      let sum = 0;
      for (let k = 0; k < 40; k += 1) sum += (a[i * 40 + k] as number) * (b[k * 16 + j] as number);
      const difference = Math.abs((found[i * 16 + j] as number) - sum);
      if (!(difference < 1e-3)) return `a product gave ${found[i * 16 + j]} where ${sum} is right`;
    }
  }
  // Adam's first step is the rate, against the sign of the gradient.
  const weights = tf.variable(tf.tensor1d([1, -2, 3]), true);
  tf.train.adam(0.125).minimize(() => tf.sum(tf.square(weights)), false, [weights]);
  const after = await weights.data();
  for (const [i, right] of [0.875, -1.875, 2.875].entries()) {
    if (!(Math.abs((after[i] as number) - right) < 1e-3)) return `a training step gave ${after[i]} where ${right} is right`;
  }
  return null;
}
