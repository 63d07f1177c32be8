import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "./issues.ts";

/**
 * Nothing half-written: output is made under a temporary name beside its destination and renamed when whole. After a failure or
 * Ctrl-C the temporary is removed and the destination is as it was; after `kill -9` the next write to the same place sweeps it.
 */
const temporaries = new Set<string>();

/**
 * Removes what unfinished writes left; called when the process is interrupted. Synchronous: there is no later. It tries again
 * where a library's thread still writes into the folder.
 */
export function removeTemporaries(): void {
  for (const path of temporaries) rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  temporaries.clear();
}

export interface AtomicOptions {
  /** Whether something already there may be replaced. */
  readonly replace: boolean;
}

/**
 * Calls `write` with a temporary path (a file or folder for it to create), then moves the result to `destination`.
 * @throws InputError when the destination exists and may not be replaced.
 */
export async function writeAtomically<T>(
  destination: string,
  options: AtomicOptions,
  write: (temporary: string) => Promise<T>,
): Promise<T> {
  const target = resolve(destination);
  if (!options.replace && existsSync(target)) {
    throw new InputError([
      {
        where: destination,
        expected: "a place that does not exist yet",
        found: "one that does",
        hint: "choose another --out, or add --force",
      },
    ]);
  }
  await mkdir(dirname(target), { recursive: true });
  sweep(target);
  const temporary = join(dirname(target), `.${basename(target)}.tmp-${process.pid}-${randomBytes(3).toString("hex")}`);
  temporaries.add(temporary);
  try {
    const result = await write(temporary);
    put(temporary, target);
    return result;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
    temporaries.delete(temporary);
  }
}

/** A file replaces a file in one step; a folder needs two, so the old one is kept aside until the new one stands. */
function put(temporary: string, target: string): void {
  const aside = `${temporary}-old`;
  const replaced = existsSync(target);
  if (replaced) renameSync(target, aside);
  try {
    renameSync(temporary, target);
  } catch (error) {
    if (replaced) renameSync(aside, target);
    throw error;
  }
  rmSync(aside, { recursive: true, force: true });
}

/** Removes temporaries of processes that no longer run. */
function sweep(target: string): void {
  const prefix = `.${basename(target)}.tmp-`;
  for (const name of readdirSync(dirname(target))) {
    if (!name.startsWith(prefix) || name.endsWith("-old")) continue;
    const pid = Number(name.slice(prefix.length).split("-")[0]);
    if (pid !== process.pid && !isRunning(pid)) rmSync(join(dirname(target), name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
