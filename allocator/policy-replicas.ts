import type { ReplicasSpec, ScalingRules } from "./core/policy.ts";
import type { PolicyIssue } from "./policy-issue.ts";
import { Section } from "./policy-section.ts";

const KEYS = ["strategy", "target", "tolerance", "min", "max", "initialization", "readinessDelay", "scaleUp", "scaleDown"];

/**
 * The slot `replicas`. `null`: it is not filled. The defaults are those of Kubernetes, but for `max`, for which it has none.
 *
 *     replicas: { strategy: hpa, target: 0.8, tolerance: 0.1, min: 1, max: 1000, initialization: 5m, readinessDelay: 30s,
 *                 scaleUp: { stabilization: 0s, pods: 4, percent: 100, period: 15s },
 *                 scaleDown: { stabilization: 5m, percent: 100, period: 15s } }
 */
export function readReplicas(value: unknown, controlEveryMs: number | null, issues: PolicyIssue[]): ReplicasSpec | null {
  if (value === undefined) return null;
  const slot = new Section(value, "replicas", KEYS, issues);
  const strategy = slot.choice("strategy", ["none", "hpa"], "none");
  if (strategy === "none") {
    slot.only([], "none");
    return null;
  }
  if (controlEveryMs === null) {
    issues.push({ path: "controlEvery", expected: "a duration, because the replicas slot acts on ticks", found: "nothing" });
  }
  const least = slot.whole("min", 1, 1, MOST_REPLICAS);
  return {
    strategy,
    everyMs: controlEveryMs ?? 15_000,
    targetPpm: slot.ppm("target", 0.8, 0.01, 10),
    tolerancePpm: slot.ppm("tolerance", 0.1, 0, 1),
    least,
    most: slot.whole("max", Math.max(1_000, least), least, MOST_REPLICAS),
    initializationMs: slot.duration("initialization", 300_000, 0),
    readinessDelayMs: slot.duration("readinessDelay", 30_000, 0),
    up: readRules(slot.value("scaleUp"), "replicas.scaleUp", { stabilizationMs: 0, pods: 4, percent: 100 }, issues),
    down: readRules(slot.value("scaleDown"), "replicas.scaleDown", { stabilizationMs: 300_000, pods: 0, percent: 100 }, issues),
  };
}

const MOST_REPLICAS = 1_000_000;

/** Where a document names `pods` or `percent`, these are all there is, as in Kubernetes. */
function readRules(
  value: unknown,
  path: string,
  fallback: { readonly stabilizationMs: number; readonly pods: number; readonly percent: number },
  issues: PolicyIssue[],
): ScalingRules {
  const rules = new Section(value ?? {}, path, ["stabilization", "pods", "percent", "period"], issues);
  const periodMs = rules.duration("period", 15_000, 1);
  const isOwn = rules.value("pods") !== undefined || rules.value("percent") !== undefined;
  const policies = (["pods", "percent"] as const)
    .map((unit) => ({ unit, value: rules.whole(unit, isOwn ? 0 : fallback[unit], 0, MOST_REPLICAS), periodMs }))
    .filter((policy) => policy.value > 0);
  if (policies.length === 0) rules.note("", "pods or percent above 0");
  return { stabilizationMs: rules.duration("stabilization", fallback.stabilizationMs, 0), policies };
}
