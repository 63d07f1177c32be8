import type { ExpectedCostSpec } from "./core/policy.ts";
import type { PolicyIssue } from "./policy-issue.ts";
import { Section } from "./policy-section.ts";

/**
 * The slot `warm` by what waiting is expected to cost against holding. `null`: it is something else.
 *
 *     warm: { strategy: expected-cost, wait: 10m }
 */
export function readExpectedCost(value: unknown, issues: PolicyIssue[]): ExpectedCostSpec | null {
  const named = typeof value === "object" && value !== null ? (value as { strategy?: unknown }).strategy : undefined;
  if (named !== "expected-cost") return null;
  const slot = new Section(value, "warm", ["strategy", "wait"], issues);
  return { strategy: "expected-cost", waitMs: slot.duration("wait", 600_000, 0) };
}
