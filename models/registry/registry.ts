import { existsSync, readdirSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { writeAtomically } from "../../datasets/atomic.ts";
import { InputError } from "../../datasets/issues.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import type { ModelCard } from "./model-card.ts";
import { decodeModel, encodeModel, modelDigest, type StoredModel } from "./model-file.ts";

const SUFFIX = ".prae-model";
const NAME = /^([0-9a-f]{64})\.prae-model$/;
/** So many digits of a digest name a model wherever one is shown. */
export const SHORT_DIGITS = 12;

/** `folder`, else `PRAE_REGISTRY`, else `prae/models` where the system keeps a user's data. */
export function registryFolder(folder: string | undefined): string {
  const { PRAE_REGISTRY, XDG_DATA_HOME } = process.env;
  const data = XDG_DATA_HOME === undefined || XDG_DATA_HOME === "" ? join(homedir(), ".local", "share") : XDG_DATA_HOME;
  return folder ?? (PRAE_REGISTRY === undefined || PRAE_REGISTRY === "" ? join(data, "prae", "models") : PRAE_REGISTRY);
}

/** Trained models in a folder, a file each, named by content: `<digest>.prae-model`. Nothing there is ever changed, only deleted. */
export class Registry {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Digests of the models that are there, ascending. No file is read. */
  digests(): string[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder)
      .flatMap((name) => NAME.exec(name)?.[1] ?? [])
      .sort();
  }

  /**
   * The one model whose digest begins like this.
   * @param where whose value it is: a flag, a verb.
   * @throws InputError when there is none, or several.
   */
  resolve(prefix: string, where: string): string {
    const found = /^[0-9a-f]+$/.test(prefix) ? this.digests().filter((digest) => digest.startsWith(prefix)) : [];
    if (found.length === 1) return found[0] as string;
    const hint = "prae models list shows those there are";
    if (found.length === 0) {
      const expected = `a model of the registry ${this.folder}, by the first digits of its id`;
      throw new InputError([{ where, expected, found: JSON.stringify(prefix), hint }]);
    }
    const names = found.slice(0, 5).map((digest) => digest.slice(0, Math.max(SHORT_DIGITS, prefix.length + 1)));
    const which = `"${prefix}", which begins ${found.length}: ${names.join(", ")}${found.length > 5 ? ", …" : ""}`;
    throw new InputError([{ where, expected: "the id of one model", found: which, hint: "give more digits" }]);
  }

  /** @throws InputError when the file is damaged, of another version, or not what its name says. */
  async read(digest: string): Promise<StoredModel> {
    const path = this.path(digest);
    const stored = decodeModel(await readFile(path), path);
    if (stored.digest === digest) return stored;
    const hint = "delete it: a file of a registry is named by its content";
    throw new InputError([{ where: path, expected: `the model ${digest}`, found: `the model ${stored.digest}`, hint }]);
  }

  /** Keeps a model, whole or not at all. One that is there already stays as it is. @returns its digest. */
  async put(model: TrainedModel, card: ModelCard): Promise<string> {
    const digest = modelDigest(model, card);
    const path = this.path(digest);
    if (!existsSync(path)) {
      await writeAtomically(path, { replace: true }, (temporary) => writeFile(temporary, encodeModel(model, card)));
    }
    return digest;
  }

  async delete(digest: string): Promise<void> {
    await rm(this.path(digest));
  }

  path(digest: string): string {
    return join(this.folder, `${digest}${SUFFIX}`);
  }
}
