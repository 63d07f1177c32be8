import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { InputError } from "../../datasets/issues.ts";

/** A tensor of floats outside of tfjs. */
export interface Floats {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** A model that is ready to run. */
export interface OnnxSession {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** @throws Error of the runtime's, when the inputs do not fit the model. */
  run(inputs: Readonly<Record<string, Floats>>, output: string): Promise<Floats>;
  close(): Promise<void>;
}

/** ONNX Runtime as it is installed. */
export interface InstalledRuntime {
  readonly version: string;
  readonly folder: string;
}

export const RUNTIME_ADVICE =
  "npm install onnxruntime-node, offline with ONNXRUNTIME_NODE_INSTALL=skip ONNXRUNTIME_NODE_INSTALL_CUDA=skip; or name its folder in PRAE_ONNXRUNTIME";

/**
 * ONNX Runtime is no dependency: it is 290 MB, and its installation downloads more where it can.
 * @returns null where it is not installed.
 */
export function findOnnxRuntime(): InstalledRuntime | null {
  try {
    const folder =
      process.env["PRAE_ONNXRUNTIME"] || dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return { version, folder };
  } catch {
    return null;
  }
}

/**
 * Opens a model on one core, so that its sums are always in one order.
 * @param where what to call it when it is refused.
 * @throws InputError when the runtime is not installed, or refuses the model.
 */
export async function openOnnx(model: Uint8Array, where: string): Promise<OnnxSession> {
  const runtime = findOnnxRuntime();
  if (runtime === null) {
    throw new InputError([
      { where, expected: "ONNX Runtime, which runs such models", found: "none installed", hint: RUNTIME_ADVICE },
    ]);
  }
  const loaded = await import(pathToFileURL(createRequire(join(runtime.folder, "package.json")).resolve(runtime.folder)).href);
  const { InferenceSession, Tensor } = (loaded.default ?? loaded) as OrtModule;
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 };
  const session = await InferenceSession.create(model, options).catch((error: Error) => {
    throw new InputError([{ where, expected: "a model that ONNX Runtime can run", found: firstLine(error) }]);
  });
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    async run(inputs, output) {
      const feeds = Object.entries(inputs).map(([name, { values, shape }]) => [name, new Tensor("float32", values, shape)]);
      const result = (await session.run(Object.fromEntries(feeds), [output]))[output] as OrtTensor;
      return { values: result.data, shape: result.dims };
    },
    close: () => session.release(),
  };
}

function firstLine({ message }: Error): string {
  return message.split("\n")[0] as string;
}

/** The part of onnxruntime-node that is used here; it may not be installed, so its own types may not be either. */
interface OrtModule {
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtInferenceSession> };
  readonly Tensor: new (type: "float32", values: Float32Array, shape: readonly number[]) => OrtTensor;
}

interface OrtInferenceSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, OrtTensor>>, outputs: readonly string[]): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

interface OrtTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}
