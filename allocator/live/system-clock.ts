import type { Clock } from "./ports.ts";

/** The longest time that Node's timers take. */
const LONGEST_MS = 2 ** 31 - 1;

/** The machine's time. Wakes are never early, whatever the timer's resolution. */
export class SystemClock implements Clock {
  nowMs(): number {
    return Date.now();
  }

  wakeAt(atMs: number, wake: () => void): () => void {
    let timeout: NodeJS.Timeout;
    const wait = () => {
      const leftMs = atMs - Date.now();
      if (leftMs <= 0) return wake();
      timeout = setTimeout(wait, Math.min(leftMs, LONGEST_MS));
    };
    timeout = setTimeout(wait, Math.max(0, Math.min(atMs - Date.now(), LONGEST_MS)));
    return () => clearTimeout(timeout);
  }
}
