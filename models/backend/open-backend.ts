import { InputError } from "../../datasets/issues.ts";
import { BACKEND_NAMES, type Backend, type BackendChoice, type BackendName } from "./backend.ts";
import { loadTfjs } from "./load-tfjs.ts";
import { availability, openNative, type Search, searchHere } from "./native/native-backends.ts";
import { openWasm } from "./wasm/open-wasm.ts";

/** The one that tfjs is set to. */
let current: Backend | undefined;

/**
 * Sets tfjs to a backend, for the whole process.
 * @param asked a name, or `auto`: what the environment variable PRAE_BACKEND says, or else the first that works of tfjs-node-gpu,
 *   tfjs-node, wasm and cpu.
 * @throws InputError when there is no such backend, or it does not work here.
 */
export async function openBackend(asked = "auto", search: Search = searchHere(false)): Promise<Backend> {
  const choice = readChoice(asked);
  if (current?.name !== choice) current = await (choice === "auto" ? openBest(search) : open(choice, search, asked));
  return current;
}

/** @throws InputError when there is no such backend. */
export function readChoice(asked: string): BackendChoice {
  const found = asked === "auto" ? process.env["PRAE_BACKEND"] || "auto" : asked;
  const choices: readonly string[] = ["auto", ...BACKEND_NAMES];
  if (choices.includes(found)) return found as BackendChoice;
  throw new InputError([{ where: source(asked), expected: `one of ${choices.join(", ")}`, found: JSON.stringify(found) }]);
}

async function openBest(search: Search): Promise<Backend> {
  for (const name of ["tfjs-node-gpu", "tfjs-node"] as const) {
    if ((await availability(name, search)).usable) return openNative(name, search);
  }
  return openWasm().catch(openCpu);
}

async function open(name: BackendName, search: Search, asked: string): Promise<Backend> {
  if (name === "wasm") return openWasm();
  if (name === "cpu") return openCpu();
  const { usable, fault, advice } = await availability(name, search);
  if (usable) return openNative(name, search);
  const found = `${name}: ${fault}`;
  throw new InputError([
    { where: source(asked), expected: "a backend that works here", found, ...(advice === null ? {} : { hint: advice }) },
  ]);
}

/** Plain JavaScript: some 20 times slower than wasm, for comparison. */
async function openCpu(): Promise<Backend> {
  const tf = await loadTfjs();
  const { version_cpu: version } = await import("@tensorflow/tfjs-backend-cpu");
  await tf.setBackend("cpu");
  return { name: "cpu", version, tf, repeatable: true, kernels: [] };
}

function source(asked: string): string {
  return asked === "auto" ? "PRAE_BACKEND" : "--backend";
}
