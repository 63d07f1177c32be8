import { writeFile } from "node:fs/promises";
import { writeAtomically } from "../../datasets/atomic.ts";
import { InputError } from "../../datasets/issues.ts";
import { exportOnnx } from "../../models/onnx/export-onnx.ts";
import type { Registry } from "../../models/registry/registry.ts";
import { printJson, say } from "./output.ts";
import { checkOutputPlaces } from "./output-places.ts";

/** Writes a model of the registry as an ONNX file. */
export async function exportModel(
  registry: Registry,
  ids: readonly string[],
  path: string | undefined,
  replace: boolean,
  json: boolean,
): Promise<void> {
  const [id, ...more] = ids;
  const where = "prae models export";
  if (id === undefined || more.length > 0) {
    throw new InputError([{ where, expected: "an id", found: ids.join(" ") || "none", hint: "prae models list shows the ids" }]);
  }
  if (path === undefined) throw new InputError([{ where, path: "--onnx", expected: "the file to write", found: "nothing" }]);
  checkOutputPlaces([{ path, kind: "file" }], replace);
  const { model, digest } = await registry.read(registry.resolve(id, where));
  const bytes = await exportOnnx(model);
  await writeAtomically(path, { replace }, (temporary) => writeFile(temporary, bytes));
  if (json) printJson({ registry: registry.folder, id: digest, onnx: path, bytes: bytes.length });
  else say(`${path}: ${model.architecture} ${digest.slice(0, 12)} as ONNX, ${bytes.length} bytes`);
}
