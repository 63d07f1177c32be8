import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { LiveError } from "./live-error.ts";

/**
 * One process at a time writes a run's journal: it makes the file at `path`, with its process id in it. One left by a process that is no more
 * is taken over.
 * @returns how to give it back.
 * @throws LiveError where another process has it.
 */
export function lockProcess(path: string): () => void {
  for (let tries = 0; ; tries += 1) {
    try {
      const file = openSync(path, "wx", 0o600);
      writeSync(file, String(process.pid));
      closeSync(file);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = Number(readFileSync(path, "utf8"));
    if (tries > 0 || (owner !== process.pid && isRunning(owner))) {
      const hint = "stop it first, or choose another --state";
      throw new LiveError([{ path, expected: "no other process on this run", found: `process ${owner}`, hint }]);
    }
    rmSync(path, { force: true });
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
