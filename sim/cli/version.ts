import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import packageJson from "../../package.json" with { type: "json" };

export const VERSION = packageJson.version;

/** Version and digest of the built code: the same in a checkout and in an installed package. */
export function codeRevision(): string {
  let dist = dirname(fileURLToPath(import.meta.url));
  while (!basename(dist).startsWith("dist")) dist = dirname(dist);
  const hash = createHash("sha256");
  for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" }).sort()) {
    if (name.endsWith(".js")) hash.update(readFileSync(join(dist, name)));
  }
  return `${VERSION}+${hash.digest("hex").slice(0, 12)}`;
}
