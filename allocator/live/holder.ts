import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** Who holds something, in words that another process can check. */
export interface Holder {
  readonly host: string;
  readonly pid: number;
  /** When the process was started, as its system counts it; `null` where that does not say. */
  readonly start: string | null;
}

export function thisProcess(): Holder {
  return { host: hostname(), pid: process.pid, start: startOf(process.pid) };
}

/**
 * Whether the process is known to be no more: it was on this host, and no such process is there now; its number may have been given to
 * another one since. Of another host nothing is known.
 */
export function isGone({ host, pid, start }: Holder): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return true;
  }
  const found = startOf(pid);
  return found !== null && (found === "ended" || (start !== null && found !== start));
}

/** When a process was started, as Linux counts it; "ended" of one that is over and only waits for its parent to take note. */
function startOf(pid: number): string | null {
  try {
    // The name, in parentheses, may hold anything; behind it are the state and, as the 20th field from there, the start.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").pop()?.split(" ") ?? [];
    return fields[0] === "Z" || fields[0] === "X" ? "ended" : (fields[19] ?? null);
  } catch {
    return null;
  }
}
