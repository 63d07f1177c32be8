import { writeFileSync } from "node:fs";

/**
 * Begins to watch the process's memory and gives a function that says how much of it was resident at most since, in MiB. Only
 * Linux can forget an earlier peak; elsewhere it is the peak since the process began.
 */
export function watchPeakMemory(): () => number {
  try {
    // 5 resets the high-water mark: proc_pid_clear_refs(5).
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // Not there, or not allowed: the peak is that of the whole process.
  }
  return () => process.resourceUsage().maxRSS / 1024;
}
