import type { LatencyDistribution } from "../../sim/run-record.ts";

/** How many requests started within a latency: ascending in both, the last `atMost` is all of them. */
export interface Staircase {
  readonly requests: number;
  readonly latencyMs: readonly number[];
  readonly atMost: readonly number[];
}

/** The distribution of several groups of requests together: exact where the groups' staircases are. */
export function mergeStaircases(distributions: readonly LatencyDistribution[]): Staircase {
  const steps = distributions.flatMap(({ points }) =>
    points.map(([latencyMs, atMost], index) => ({ latencyMs, requests: atMost - (points[index - 1]?.[1] ?? 0) })),
  );
  steps.sort((a, b) => a.latencyMs - b.latencyMs);
  const latencyMs: number[] = [];
  const atMost: number[] = [];
  let seen = 0;
  for (const step of steps) {
    seen += step.requests;
    if (latencyMs.at(-1) === step.latencyMs) atMost[atMost.length - 1] = seen;
    else {
      latencyMs.push(step.latencyMs);
      atMost.push(seen);
    }
  }
  return { requests: seen, latencyMs, atMost };
}

/** The share of requests that started within `latencyMs`; `null` where there are none. */
export function shareWithin(staircase: Staircase, latencyMs: number): number | null {
  if (staircase.requests === 0) return null;
  const after = staircase.latencyMs.findIndex((step) => step > latencyMs);
  const last = after === -1 ? staircase.latencyMs.length - 1 : after - 1;
  return (staircase.atMost[last] ?? 0) / staircase.requests;
}
