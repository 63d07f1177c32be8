import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { LiveError } from "./live-error.ts";

/**
 * One process at a time writes a run's journal: it makes the file at `path`, which says who it is. One left by a process that is no
 * more is taken over.
 * @returns how to give it back.
 * @throws LiveError where another process has it.
 */
export function lockProcess(path: string): () => void {
  for (let tries = 0; ; tries += 1) {
    try {
      const file = openSync(path, "wx", 0o600);
      writeSync(file, `${process.pid} ${startOf(process.pid) ?? ""}`);
      closeSync(file);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const [pid = "", start = ""] = readFileSync(path, "utf8").split(" ");
    if (tries > 0 || isRunning(Number(pid), start)) {
      const hint = "stop it first, or choose another --state";
      throw new LiveError([{ path, expected: "no other process on this run", found: `process ${pid}`, hint }]);
    }
    rmSync(path, { force: true });
  }
}

/** Whether it is the process that was meant: its number may have been given to another one since. */
function isRunning(pid: number, start: string): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const found = startOf(pid);
  return found === null || (found !== "ended" && (start === "" || found === start));
}

/**
 * When a process was started, as Linux counts it; "ended" of one that is over and only waits for its parent to take note; `null` where the
 * system does not say.
 */
function startOf(pid: number): string | null {
  try {
    // The name, in parentheses, may hold anything; behind it are the state and, as the 20th field from there, the start.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").pop()?.split(" ") ?? [];
    return fields[0] === "Z" || fields[0] === "X" ? "ended" : (fields[19] ?? null);
  } catch {
    return null;
  }
}
