import type { PoolSpec } from "./core/policy.ts";
import type { PolicyIssue } from "./policy-issue.ts";
import { Section } from "./policy-section.ts";

/**
 * The slot `pool`. `null`: pools have the nodes that they have.
 *
 *     pool: { strategy: cluster-autoscaler, every: 10s, threshold: 0.5, unneeded: 10m, delayAfterAdd: 10m,
 *             provisionWithin: 15m, expander: price }
 */
export function readPool(value: unknown, issues: PolicyIssue[]): PoolSpec | null {
  if (value === undefined) return null;
  const keys = ["strategy", "every", "threshold", "unneeded", "delayAfterAdd", "provisionWithin", "expander"];
  const slot = new Section(value, "pool", keys, issues);
  return {
    strategy: slot.choice("strategy", ["cluster-autoscaler"], "cluster-autoscaler"),
    everyMs: slot.duration("every", 10_000, 1_000),
    thresholdPpm: slot.ppm("threshold", 0.5, 0, 1),
    unneededMs: slot.duration("unneeded", 600_000, 0),
    delayAfterAddMs: slot.duration("delayAfterAdd", 600_000, 0),
    provisionWithinMs: slot.duration("provisionWithin", 900_000, 1),
    expander: slot.choice("expander", ["price", "least-waste"], "price"),
  };
}
