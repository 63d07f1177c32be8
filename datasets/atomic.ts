import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
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
  sweep(target);
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
  makeFolder(dirname(target), destination);
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

/** Like `mkdir -p`; Node's own never returns where the system says "no such file" again and again, as below /proc. */
function makeFolder(path: string, destination: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path), destination);
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT") throw error;
    throw new InputError([
      { where: destination, expected: "a place where folders can be made", found: `none below ${dirname(path)}` },
    ]);
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

/** Removes temporaries of processes that no longer run; what one had put aside and not replaced comes back. */
function sweep(target: string): void {
  const folder = dirname(target);
  if (!existsSync(folder)) return;
  const prefix = `.${basename(target)}.tmp-`;
  for (const name of readdirSync(folder)) {
    const match = name.startsWith(prefix) ? /^(\d+)-[0-9a-f]{6}(-old)?$/.exec(name.slice(prefix.length)) : null;
    if (match === null) continue;
    const pid = Number(match[1]);
    if (pid === process.pid || isRunning(pid)) continue;
    if (match[2] !== undefined && !existsSync(target)) renameSync(join(folder, name), target);
    else rmSync(join(folder, name), { recursive: true, force: true });
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
