import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Writes a file that is there whole or not at all, and lasts a loss of power: a temporary beside it, synced, then linked to its name.
 * Of two who write to one place at once, one succeeds. Synchronous, so that no signal comes between.
 * @returns whether it was written: `false` where something stands there already, which stays as it is.
 */
export function writeNew(path: string, content: string | Uint8Array, mode = 0o644): boolean {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true });
  const temporary = join(folder, `.${basename(path)}.tmp-${process.pid}-${randomBytes(3).toString("hex")}`);
  const file = openSync(temporary, "wx", mode);
  try {
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    linkSync(temporary, path);
    syncFolder(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** So that the new name lasts, too; not every system can. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
