import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { BackendName } from "../backend.ts";

export type NativeName = Exclude<BackendName, "wasm" | "cpu">;

/** A backend that npm packages bring which PRAE does not install. */
export interface NativeBackend {
  readonly name: NativeName;
  /** The packages it needs; the first one's version is the backend's. */
  readonly packages: readonly string[];
  /** Its name within tfjs. */
  readonly within: string;
  /** What to do where it is not installed. */
  readonly advice: string;
}

export const NATIVE_BACKENDS: Readonly<Record<NativeName, NativeBackend>> = {
  "tfjs-node-gpu": {
    name: "tfjs-node-gpu",
    packages: ["@tensorflow/tfjs-node-gpu"],
    within: "tensorflow",
    advice: "needs Linux, an NVIDIA driver, CUDA 11 and cuDNN 8: npm install @tensorflow/tfjs-node-gpu@4.22.0",
  },
  "tfjs-node": {
    name: "tfjs-node",
    packages: ["@tensorflow/tfjs-node"],
    within: "tensorflow",
    advice: "npm install @tensorflow/tfjs-node@4.22.0, which downloads libtensorflow or is built from source",
  },
  webgpu: {
    name: "webgpu",
    packages: ["@tensorflow/tfjs-backend-webgpu", "webgpu", "@tensorflow/tfjs"],
    within: "webgpu",
    advice:
      "needs a GPU with a Vulkan, Metal or Direct3D 12 driver: npm install webgpu @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-webgpu@4.22.0",
  },
};

/** An installed package. */
export interface Installed {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
}

/**
 * The packages of a backend as they are installed, in its order.
 * @param from a file or URL: where Node's search begins.
 * @returns in words, what is missing, where one is.
 */
export function locate({ packages }: NativeBackend, from: string): readonly Installed[] | string {
  const found: Installed[] = [];
  for (const name of packages) {
    const folder = folderOf(name, from);
    if (folder === null) return `${name} is not installed`;
    const { name: actual, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    // npm can put another package in the place of one ("npm:…").
    if (actual !== name) return `${name} is not installed; ${actual} stands in its place`;
    found.push({ name, version, folder });
  }
  return found;
}

function folderOf(name: string, from: string): string | null {
  const { resolve } = createRequire(from);
  try {
    return dirname(resolve(`${name}/package.json`));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_PACKAGE_PATH_NOT_EXPORTED") return null;
  }
  // A package that does not export its description still has one above its main file.
  for (let folder = dirname(resolve(name)); folder !== dirname(folder); folder = dirname(folder)) {
    if (folder.endsWith(join("node_modules", ...name.split("/")))) return folder;
  }
  return null;
}
