import type { GreedyDualSpec } from "./core/policy.ts";
import type { PolicyIssue } from "./policy-issue.ts";
import { Section } from "./policy-section.ts";

/**
 * The slot `warm` by greedy-dual priorities. `null`: it is something else.
 *
 *     warm: { strategy: greedy-dual, ttl: 10m }    # or none: until room is needed
 */
export function readGreedyDual(value: unknown, issues: PolicyIssue[]): GreedyDualSpec | null {
  const named = typeof value === "object" && value !== null ? (value as { strategy?: unknown }).strategy : undefined;
  if (named !== "greedy-dual") return null;
  const slot = new Section(value, "warm", ["strategy", "ttl"], issues);
  return { strategy: "greedy-dual", ttlMs: slot.value("ttl") === "none" ? null : slot.duration("ttl", 600_000, 0) };
}
