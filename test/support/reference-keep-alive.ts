/**
 * Keep-alive a second time, written from METRICS.md alone: no events, no queue, no core. Capacity is unlimited and an instance
 * runs one request at a time. What the product says about cold starts and idle time must be exactly this.
 */
export interface KeepAliveInput {
  /** Requests by (submitMs, source row); `runMs` at least 1. */
  readonly submitMs: ArrayLike<number>;
  readonly runMs: ArrayLike<number>;
  readonly user: ArrayLike<number>;
  readonly app: ArrayLike<number>;
  /** By app. */
  readonly coldStartMs: ArrayLike<number>;
  readonly shared: ArrayLike<boolean>;
  readonly ttlMs: number;
  /** Cold starts of requests that arrive in `[fromMs, toMs)`; idle time within it. */
  readonly fromMs: number;
  readonly toMs: number;
}

export interface KeepAliveTotals {
  readonly coldStarts: number;
  readonly idleMs: number;
}

export function simulateKeepAlive(input: KeepAliveInput): KeepAliveTotals {
  const { submitMs, runMs, user, app, coldStartMs, shared, ttlMs, fromMs, toMs } = input;
  let coldStarts = 0;
  let idleMs = 0;
  const countIdle = (sinceMs: number, untilMs: number) => {
    idleMs += Math.max(0, Math.min(untilMs, toMs) - Math.max(sinceMs, fromMs));
  };
  /** The instants at which an owner's instances end, or ended, their last execution. */
  const owners = new Map<string, number[]>();
  for (let request = 0; request < submitMs.length; request++) {
    const nowMs = submitMs[request]!;
    if (nowMs >= toMs) break;
    const itsApp = app[request]!;
    const owner = shared[itsApp] ? `${itsApp}` : `${itsApp} ${user[request]}`;
    const kept: number[] = [];
    let latest = -1; // of those in `kept` that are idle, the most recently used
    for (const endMs of owners.get(owner) ?? []) {
      if (endMs + ttlMs < nowMs) countIdle(endMs, endMs + ttlMs);
      else {
        kept.push(endMs);
        if (endMs <= nowMs && (latest < 0 || endMs > kept[latest]!)) latest = kept.length - 1;
      }
    }
    if (latest >= 0) {
      countIdle(kept[latest]!, nowMs);
      kept[latest] = nowMs + runMs[request]!;
    } else {
      if (nowMs >= fromMs) coldStarts++;
      kept.push(nowMs + coldStartMs[itsApp]! + runMs[request]!);
    }
    owners.set(owner, kept);
  }
  for (const ends of owners.values()) for (const endMs of ends) countIdle(endMs, endMs + ttlMs);
  return { coldStarts, idleMs };
}
