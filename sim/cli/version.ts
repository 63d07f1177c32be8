import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import packageJson from "../../package.json" with { type: "json" };

export const VERSION = packageJson.version;

/**
 * Version and digest of the built code that the program can reach: the same in a checkout and in an installed package, whatever
 * else an earlier build left beside it.
 */
export function codeRevision(): string {
  const files = [entryPoint()];
  const hash = createHash("sha256");
  for (const file of files) {
    const code = readFileSync(file, "utf8");
    hash.update(code);
    for (const [, specifier = ""] of code.matchAll(/(?:from|import)\s*\(?"(\.[^"]+\.js)"/g)) {
      const next = join(dirname(file), specifier);
      if (!files.includes(next)) files.push(next);
    }
  }
  return `${VERSION}+${hash.digest("hex").slice(0, 12)}`;
}

/** The built command line above this file; this file where there is none, as in tests. */
function entryPoint(): string {
  const here = fileURLToPath(import.meta.url);
  for (let folder = dirname(here); folder !== dirname(folder); folder = dirname(folder)) {
    const main = join(folder, "sim/cli/main.js");
    if (existsSync(main)) return main;
  }
  return here;
}
