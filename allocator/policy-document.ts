import type { AdmitSpec, Feed, PlaceSpec, Policy, ReserveSpec, WarmSpec } from "./core/policy.ts";
import { CLASSICAL_RESERVES, readClassicalReserve, readHybridHistogram } from "./policy-classical.ts";
import { PolicyError, type PolicyIssue } from "./policy-issue.ts";
import { Section, show } from "./policy-section.ts";

export { parseDurationMs } from "./policy-section.ts";

/**
 * Reads a policy document: data as YAML or JSON gives it, with durations ("10m", "0s") and factors ("1.2") as people write them.
 * It collects every issue before it refuses.
 *
 *     name: evening
 *     controlEvery: 1m
 *     reserve: { strategy: last-value, margin: 1.2 }
 *     warm: { strategy: ttl, ttl: 10m }
 *
 * @throws PolicyError with path-prefixed issues.
 */
export function policyFromDocument(document: unknown): Policy {
  const issues: PolicyIssue[] = [];
  const root = new Section(document, "", ["name", "controlEvery", "feed", "reserve", "warm", "place", "admit"], issues);
  const controlEveryMs = root.optionalDuration("controlEvery", 1);
  const policy: Policy = {
    name: root.text("name", "custom"),
    controlEveryMs,
    feed: readFeed(root.value("feed"), issues),
    reserve: readReserve(root.value("reserve"), controlEveryMs, issues),
    warm: readWarm(root.value("warm"), issues),
    place: readOnly<PlaceSpec["strategy"]>(root.value("place"), "place", "first-fit", issues),
    admit: readOnly<AdmitSpec["strategy"]>(root.value("admit"), "admit", "priority", issues),
  };
  if (policy.reserve.strategy !== "none" && policy.controlEveryMs === null) {
    issues.push({ path: "controlEvery", expected: "a duration, because the reserve slot acts on ticks", found: "nothing" });
  }
  for (const [slot, target] of [["reserve", "demand"] as const, ["warm", "concurrency"] as const]) {
    if (policy[slot].strategy !== "forecast" || policy.feed?.targets.includes(target) === true) continue;
    issues.push({
      path: "feed.targets",
      expected: `a feed with target "${target}", which the ${slot} slot needs`,
      found: "none",
    });
  }
  if (issues.length > 0) throw new PolicyError(issues);
  return policy;
}

function readFeed(value: unknown, issues: PolicyIssue[]): Feed | null {
  if (value === undefined || value === null) return null;
  const feed = new Section(value, "feed", ["model", "every", "step", "horizon", "targets"], issues);
  const targets = feed.value("targets") ?? ["concurrency"];
  const known = Array.isArray(targets) && targets.every((target) => target === "demand" || target === "concurrency");
  if (!known) issues.push({ path: "feed.targets", expected: 'a list of "demand" and "concurrency"', found: show(targets) });
  return {
    model: feed.choice("model", ["clairvoyant"], "clairvoyant"),
    everyMs: feed.duration("every", 600_000, 1_000),
    stepMs: feed.duration("step", 1_000, 1),
    horizonMs: feed.optionalDuration("horizon", 1),
    targets: known ? (targets as Feed["targets"]) : [],
  };
}

const RESERVE_KEYS = { none: [], "last-value": ["margin"], forecast: ["margin", "level", "lead"] } as const;

function readReserve(value: unknown, controlEveryMs: number | null, issues: PolicyIssue[]): ReserveSpec {
  if (value === undefined) return { strategy: "none" };
  const classical = readClassicalReserve(value, controlEveryMs, issues);
  if (classical !== null) return classical;
  const slot = new Section(value, "reserve", ["strategy", "margin", "level", "lead"], issues);
  const strategy = slot.choice("strategy", ["none", "last-value", "forecast", ...CLASSICAL_RESERVES], "none");
  if (strategy !== "last-value" && strategy !== "forecast") {
    slot.only(RESERVE_KEYS.none, "none");
    return { strategy: "none" };
  }
  slot.only(RESERVE_KEYS[strategy], strategy);
  const factorPpm = slot.ppm("margin", strategy === "forecast" ? 1 : 1.2, 0, 1_000);
  if (strategy === "last-value") return { strategy, factorPpm };
  return { strategy, factorPpm, levelPpm: slot.ppm("level", 0.95, 0, 1), leadMs: slot.duration("lead", 60_000, 1) };
}

const WARM_KEYS = { none: [], ttl: ["ttl"], forecast: ["level"] } as const;

function readWarm(value: unknown, issues: PolicyIssue[]): WarmSpec {
  if (value === undefined) return { strategy: "none" };
  const histogram = readHybridHistogram(value, issues);
  if (histogram !== null) return histogram;
  const slot = new Section(value, "warm", ["strategy", "ttl", "level"], issues);
  const strategy = slot.choice("strategy", ["none", "ttl", "forecast", "hybrid-histogram"], "none");
  if (strategy !== "ttl" && strategy !== "forecast") {
    slot.only(WARM_KEYS.none, "none");
    return { strategy: "none" };
  }
  slot.only(WARM_KEYS[strategy], strategy);
  if (strategy === "ttl") return { strategy, ttlMs: slot.duration("ttl", 600_000, 0) };
  return { strategy, levelPpm: slot.ppm("level", 0.95, 0, 1) };
}

function readOnly<S extends string>(value: unknown, path: string, only: S, issues: PolicyIssue[]): { strategy: S } {
  if (value === undefined) return { strategy: only };
  return { strategy: new Section(value, path, ["strategy"], issues).choice("strategy", [only], only) };
}
