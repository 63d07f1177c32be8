/** Which instants are to be read now. */
export interface Due {
  /** The first and the last, epoch milliseconds, both included; the last is before the first where nothing is due. */
  readonly startMs: number;
  readonly endMs: number;
  /** Instants that were missed for so long that they are not read any more. */
  readonly skipped: number;
  /** When the instant behind these will be due. */
  readonly nextDueMs: number;
}

/** How instants lie, and which of them count. */
export interface Spacing {
  readonly stepMs: number;
  readonly delayMs: number;
  readonly catchUpMs: number;
}

/** Instants in one query: a server answers with at most 11,000 samples a series. */
const MOST_INSTANTS = 120;

/** The instant before the newest that is due: who takes it for the last one read begins with the newest. */
export function beforeNewest(nowMs: number, { stepMs, delayMs }: Spacing): number {
  return (Math.floor((nowMs - delayMs) / stepMs) - 1) * stepMs;
}

/**
 * Instants are at whole multiples of the step, and due once the delay is over. What comes after the last one that was taken in is read,
 * unless it is older than what is caught up on.
 */
export function instantsDue(lastMs: number, nowMs: number, { stepMs, delayMs, catchUpMs }: Spacing): Due {
  const newestMs = Math.floor((nowMs - delayMs) / stepMs) * stepMs;
  const afterMs = (Math.floor(lastMs / stepMs) + 1) * stepMs;
  const oldestMs = Math.ceil((nowMs - delayMs - catchUpMs) / stepMs) * stepMs;
  const startMs = Math.max(afterMs, oldestMs);
  const endMs = Math.min(newestMs, startMs + (MOST_INSTANTS - 1) * stepMs);
  const nextDueMs = Math.max(endMs + stepMs, startMs) + delayMs;
  return { startMs, endMs, skipped: (startMs - afterMs) / stepMs, nextDueMs };
}
