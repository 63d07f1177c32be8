import type { AdmitSpec } from "./core/policy.ts";
import type { PolicyIssue } from "./policy-issue.ts";
import { Section } from "./policy-section.ts";

const PREEMPT_KEYS = ["grace", "budget", "protect"] as const;
const MOST_PREEMPTIONS = 1_000_000;

/**
 * The slot `admit`.
 *
 *     admit: { strategy: priority, preempt: on, grace: 30s, budget: 60, protect: 1m }
 */
export function readAdmit(value: unknown, issues: PolicyIssue[]): AdmitSpec {
  if (value === undefined) return { strategy: "priority" };
  const slot = new Section(value, "admit", ["strategy", "preempt", ...PREEMPT_KEYS], issues);
  const strategy = slot.choice("strategy", ["priority"], "priority");
  if (slot.choice("preempt", ["off", "on"], "off") === "off") {
    for (const key of PREEMPT_KEYS) if (slot.value(key) !== undefined) slot.note(key, "nothing, because preempt is off");
    return { strategy };
  }
  const preempt = {
    graceMs: slot.duration("grace", 30_000, 0),
    budget: slot.whole("budget", 60, 1, MOST_PREEMPTIONS),
    protectMs: slot.duration("protect", 60_000, 1),
  };
  return { strategy, preempt };
}
