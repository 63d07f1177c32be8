import { readFileSync } from "node:fs";
import { InputError } from "./issues.ts";

/**
 * The text of a mapping: of a file, or of `builtin:NAME`.
 * @throws InputError when there is no such file or name.
 */
export function readMappingText(path: string, builtins: Readonly<Record<string, string>>): string {
  if (path.startsWith("builtin:")) {
    const builtin = builtins[path.slice("builtin:".length)];
    if (builtin !== undefined) return builtin;
    const known = Object.keys(builtins).map((name) => `builtin:${name}`);
    throw new InputError([{ where: "--mapping", expected: `a file, or ${known.join(", ")}`, found: path }]);
  }
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "EISDIR") throw error;
    throw new InputError([{ where: path, expected: "a mapping file", found: code === "ENOENT" ? "nothing there" : "a folder" }]);
  }
}
