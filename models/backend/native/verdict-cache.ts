import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { writeAtomically } from "../../../datasets/atomic.ts";
import type { Installed } from "./native-backend.ts";
import type { Verdict } from "./probe.ts";

/** Verdicts on native backends, so that a candidate is tried once, not at every start. */
export class VerdictCache {
  readonly #file: string;

  /** @param file need not exist. */
  constructor(file: string) {
    this.#file = file;
  }

  find(packages: readonly Installed[]): Verdict | null {
    return this.#read()[keyOf(packages)] ?? null;
  }

  /** Without a place to write to, candidates are tried again next time, and nothing else happens. */
  async keep(packages: readonly Installed[], verdict: Verdict): Promise<void> {
    const verdicts = { ...this.#read(), [keyOf(packages)]: verdict };
    const text = `${JSON.stringify(verdicts, null, 2)}\n`;
    await writeAtomically(this.#file, { replace: true }, (file) => writeFile(file, text)).catch(() => {});
  }

  #read(): Record<string, Verdict> {
    try {
      return JSON.parse(readFileSync(this.#file, "utf8"));
    } catch {
      return {};
    }
  }
}

/** A verdict holds for these versions, in this place, under this Node on this kind of machine. */
function keyOf(packages: readonly Installed[]): string {
  const versions = packages.map(({ name, version, folder }) => `${name} ${version} in ${folder}`);
  return [...versions, `node ${process.version}`, `${process.platform} ${process.arch}`].join(", ");
}
