import type { WarmPoolSpec } from "./core/policy.ts";
import type { PolicyIssue } from "./policy-issue.ts";
import { Section } from "./policy-section.ts";

const MOST_INSTANCES = 1_000_000;

/**
 * The slot `warm` as a pool an app. `null`: it is something else.
 *
 *     warm: { strategy: warm-pool, spare: 1, min: 0, max: 1000, cooldown: 5m }
 */
export function readWarmPool(value: unknown, issues: PolicyIssue[]): WarmPoolSpec | null {
  const named = typeof value === "object" && value !== null ? (value as { strategy?: unknown }).strategy : undefined;
  if (named !== "warm-pool") return null;
  const slot = new Section(value, "warm", ["strategy", "spare", "min", "max", "cooldown"], issues);
  const least = slot.whole("min", 0, 0, MOST_INSTANCES);
  return {
    strategy: "warm-pool",
    spare: slot.whole("spare", 1, 0, MOST_INSTANCES),
    least,
    most: slot.whole("max", Math.max(1_000, least), Math.max(1, least), MOST_INSTANCES),
    cooldownMs: slot.duration("cooldown", 300_000, 0),
  };
}
