import type { AdmitSpec, PreemptSpec } from "./core/policy.ts";
import type { PolicyIssue } from "./policy-issue.ts";
import { Section } from "./policy-section.ts";

const PREEMPT_KEYS = ["grace", "budget", "protect"] as const;
const MOST_PREEMPTIONS = 1_000_000;

const MOST_WEIGHT = 1_000;

/**
 * The slot `admit`.
 *
 *     admit: { strategy: priority, preempt: on, grace: 30s, budget: 60, protect: 1m }
 *     admit: { strategy: drf, weights: { premium: 4, standard: 2 }, starvation: 1h }
 */
export function readAdmit(value: unknown, issues: PolicyIssue[]): AdmitSpec {
  if (value === undefined) return { strategy: "priority" };
  const slot = new Section(value, "admit", ["strategy", "weights", "starvation", "preempt", ...PREEMPT_KEYS], issues);
  const strategy = slot.choice("strategy", ["priority", "drf"], "priority");
  const weights = slot.value("weights");
  const starvation = slot.value("starvation") === undefined ? {} : { starvationMs: slot.duration("starvation", 1, 1) };
  const taking = { ...starvation, ...readPreempt(slot) };
  if (strategy === "drf") {
    return { strategy, ...(weights === undefined ? {} : { weightsPpm: readWeights(weights, issues) }), ...taking };
  }
  if (weights !== undefined) slot.note("weights", "nothing, unless strategy is drf");
  return { strategy, ...taking };
}

/** By tier; one that is not named has the weight 1. */
function readWeights(value: unknown, issues: PolicyIssue[]): Record<string, number> {
  const names = typeof value === "object" && value !== null ? Object.keys(value) : ["the names of tiers"];
  const section = new Section(value, "admit.weights", names, issues);
  return Object.fromEntries(names.map((name) => [name, section.ppm(name, 1, 0.001, MOST_WEIGHT)]));
}

function readPreempt(slot: Section): { preempt?: PreemptSpec } {
  if (slot.choice("preempt", ["off", "on"], "off") === "off") {
    for (const key of PREEMPT_KEYS) if (slot.value(key) !== undefined) slot.note(key, "nothing, because preempt is off");
    return {};
  }
  const preempt = {
    graceMs: slot.duration("grace", 30_000, 0),
    budget: slot.whole("budget", 60, 1, MOST_PREEMPTIONS),
    protectMs: slot.duration("protect", 60_000, 1),
  };
  return { preempt };
}
