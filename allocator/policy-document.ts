import type { ForecastReserveSpec, Level, PlaceSpec, Policy, ReserveSpec, Suspending, WarmSpec } from "./core/policy.ts";
import { readAdmit } from "./policy-admit.ts";
import { readSomeAmounts } from "./policy-amounts.ts";
import { readBudget } from "./policy-budget.ts";
import { CLASSICAL_RESERVES, readClassicalReserve, readHybridHistogram, readSize, wholeIntervals } from "./policy-classical.ts";
import { readExpectedCost } from "./policy-expected-cost.ts";
import { readFeed } from "./policy-feed.ts";
import { readGreedyDual } from "./policy-greedy-dual.ts";
import { readGuard } from "./policy-guard.ts";
import { PolicyError, type PolicyIssue } from "./policy-issue.ts";
import { readPool } from "./policy-pool.ts";
import { readQuotas } from "./policy-quotas.ts";
import { readReplicas } from "./policy-replicas.ts";
import { Section } from "./policy-section.ts";
import { readWarmPool } from "./policy-warm-pool.ts";

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
  const root = new Section(
    document,
    "",
    [
      "name",
      "controlEvery",
      "feed",
      "reserve",
      "warm",
      "size",
      "replicas",
      "place",
      "admit",
      "quotas",
      "guard",
      "budget",
      "handOver",
      "pool",
    ],
    issues,
  );
  const controlEveryMs = root.optionalDuration("controlEvery", 1);
  const feed = readFeed(root.value("feed"), issues);
  const isFitted = feed?.fitted !== undefined;
  const replicas = readReplicas(root.value("replicas"), controlEveryMs, issues);
  const size = readSize(root.value("size"), controlEveryMs, issues);
  const warm = readSuspendingWarm(root.value("warm"), isFitted, controlEveryMs, issues);
  const reserve = readReserve(root.value("reserve"), controlEveryMs, isFitted, issues);
  const pool = readPool(root.value("pool"), issues);
  const quotas = readQuotas(root.value("quotas"), issues);
  const guard = readGuard(root.value("guard"), reserve.strategy !== "none", issues);
  const budget = readBudget(root.value("budget"), issues);
  const policy: Policy = {
    name: root.text("name", "custom"),
    controlEveryMs,
    feed: feed !== null && warm.strategy === "joint" ? { ...feed, countsRequests: true } : feed,
    reserve,
    warm,
    ...(size === null ? {} : { size }),
    ...(replicas === null ? {} : { replicas }),
    ...(root.choice("handOver", ["on", "off"], "off") === "on" ? { handOver: true } : {}),
    place: readStrategy<PlaceSpec["strategy"]>(root.value("place"), "place", ["first-fit", "best-fit", "dot-product"], issues),
    admit: readAdmit(root.value("admit"), issues),
    ...(quotas === null ? {} : { quotas }),
    ...(pool === null ? {} : { pool }),
    ...(guard === null ? {} : { guard }),
    ...(budget === null ? {} : { budget }),
  };
  if (policy.reserve.strategy !== "none" && policy.controlEveryMs === null) {
    issues.push({ path: "controlEvery", expected: "a duration, because the reserve slot acts on ticks", found: "nothing" });
  }
  if (warm.strategy === "joint" && size !== null) {
    issues.push({
      path: "size",
      expected: "nothing, because warm says how large instances are",
      found: JSON.stringify(size.strategy),
    });
  }
  if (replicas !== null && policy.handOver === true) {
    issues.push({ path: "handOver", expected: "off, because the replicas slot says how many instances there are", found: "on" });
  }
  if (replicas !== null && policy.warm.strategy !== "none") {
    issues.push({ path: "warm", expected: "none, because the replicas slot says what is kept", found: policy.warm.strategy });
  }
  for (const [key, found] of [
    ["preempt", policy.admit.preempt],
    ["starvation", policy.admit.starvationMs],
  ] as const) {
    if (replicas === null || found === undefined) continue;
    issues.push({ path: `admit.${key}`, expected: "nothing, because the replicas slot says how many run", found: "it" });
  }
  if (replicas !== null && quotas?.reclaim !== undefined) {
    const expected = "never, because the replicas slot says how many run";
    issues.push({ path: "quotas.reclaimWithinCohort", expected, found: quotas.reclaim.from });
  }
  const needed = [
    ["reserve", "forecast", "demand"],
    ["warm", "forecast", "concurrency"],
    ["warm", "joint", "concurrency"],
    ["warm", "arrival", "arrival"],
  ] as const;
  for (const [slot, strategy, target] of needed) {
    if (policy[slot].strategy !== strategy || policy.feed?.targets.includes(target) === true) continue;
    issues.push({
      path: "feed.targets",
      expected: `a feed with target "${target}", which the ${slot} slot needs`,
      found: "none",
    });
  }
  const levels = feed?.fitted?.levelsPpm ?? null;
  const isMissed = levels !== null && !levels.some((level) => Math.abs(level - 500_000) <= 100_000);
  if (isMissed && policy.reserve.strategy === "forecast" && policy.reserve.biasPpm !== undefined) {
    issues.push({ path: "feed.levels", expected: "one from 0.4 to 0.6, by which reserve.bias is learned", found: "none" });
  }
  const prices = policy.reserve.strategy === "forecast" && policy.reserve.violation !== undefined;
  if (prices && isFitted && (levels === null || levels.length < 2)) {
    issues.push({ path: "feed.levels", expected: "two levels or more, of which reserve.violation is to choose", found: "less" });
  }
  if (issues.length > 0) throw new PolicyError(issues);
  return policy;
}

const RESERVE_KEYS = {
  none: [],
  "last-value": ["margin"],
  forecast: ["margin", "level", "lead", "floor", "lastGood", "season", "under", "over", "leadQuantile", "bias", "violation"],
} as const;
/** What stands in where a fitted model has not spoken, unless the document says otherwise: the customary reactive rules. */
const FLOOR_FACTOR = 1.2;
const FLOOR_MS = 600_000;
/** Without a control interval, which is an issue of its own. */
const DEFAULT_EVERY_MS = 300_000;

function readReserve(value: unknown, controlEveryMs: number | null, isFitted: boolean, issues: PolicyIssue[]): ReserveSpec {
  if (value === undefined) return { strategy: "none" };
  const classical = readClassicalReserve(value, controlEveryMs, issues);
  if (classical !== null) return classical;
  const slot = new Section(value, "reserve", ["strategy", ...RESERVE_KEYS.forecast], issues);
  const strategy = slot.choice("strategy", ["none", "last-value", "forecast", ...CLASSICAL_RESERVES], "none");
  if (strategy !== "last-value" && strategy !== "forecast") {
    slot.only(RESERVE_KEYS.none, "none");
    return { strategy: "none" };
  }
  slot.only(RESERVE_KEYS[strategy], strategy);
  const factorPpm = slot.ppm("margin", strategy === "forecast" ? 1 : 1.2, 0, 1_000);
  if (strategy === "last-value") return { strategy, factorPpm };
  const floor = isFitted || slot.value("floor") !== undefined ? { floorPpm: slot.ppm("floor", FLOOR_FACTOR, 0, 1_000) } : {};
  return {
    strategy,
    factorPpm,
    levelPpm: readReserveLevel(slot),
    ...readLead(slot, controlEveryMs),
    ...readBias(slot, isFitted),
    ...(slot.value("violation") === undefined
      ? {}
      : { violation: readSomeAmounts(slot.value("violation"), "reserve.violation", issues) }),
    ...floor,
    ...readRungs(slot, controlEveryMs),
  };
}

/** What knows the future is never off. */
function readBias(slot: Section, isFitted: boolean): Pick<ForecastReserveSpec, "biasPpm"> {
  if (slot.value("bias") === undefined) return {};
  if (!isFitted) slot.note("bias", "nothing of the kind with a feed that is not of a fitted model");
  return { biasPpm: slot.ppm("bias", 0.1, 0.000_001, 1) };
}

/** `learned`: what is decided at a tick has to last until what the next one asks for is there. */
function readLead(slot: Section, controlEveryMs: number | null): Pick<ForecastReserveSpec, "leadMs" | "learnedLeadPpm"> {
  if (slot.value("lead") === "learned") {
    return { leadMs: controlEveryMs ?? DEFAULT_EVERY_MS, learnedLeadPpm: slot.ppm("leadQuantile", 0.95, 0, 1) };
  }
  if (slot.value("leadQuantile") !== undefined) slot.note("leadQuantile", "nothing, unless lead is learned");
  return { leadMs: slot.duration("lead", 60_000, 1) };
}

/** What stands in for a forecast that has come to its end, above the floor. */
function readRungs(slot: Section, controlEveryMs: number | null): Pick<ForecastReserveSpec, "lastGoodMs" | "season"> {
  const everyMs = controlEveryMs ?? DEFAULT_EVERY_MS;
  return {
    ...(slot.value("lastGood") === undefined ? {} : { lastGoodMs: slot.duration("lastGood", 1, 1) }),
    ...(slot.value("season") === undefined
      ? {}
      : { season: { intervals: wholeIntervals(slot, "season", everyMs, everyMs), everyMs } }),
  };
}

/**
 * The level that costs least where a unit too little costs `under` and a unit too much `over`: the newsvendor's critical ratio,
 * under ÷ (under + over) (Arrow, Harris and Marschak, Optimal Inventory Policy, Econometrica 19(3), 1951).
 */
function readReserveLevel(slot: Section): Level {
  const isNewsvendor = slot.value("level") === "newsvendor";
  for (const key of ["under", "over"]) {
    const isGiven = slot.value(key) !== undefined;
    if (isGiven !== isNewsvendor) slot.note(key, isNewsvendor ? "what a unit costs" : "nothing, unless level is newsvendor");
  }
  if (!isNewsvendor) return readLevel(slot);
  const [underPpm, overPpm] = [slot.ppm("under", 1, 0.000_001, 1_000_000), slot.ppm("over", 1, 0.000_001, 1_000_000)];
  return Math.round((underPpm / (underPpm + overPpm)) * 1_000_000);
}

/**
 * The slot `warm`, whose every strategy may say how long what it does not keep any longer stays suspended:
 *
 *     warm: { strategy: ttl, ttl: 10m, suspend: 30m }
 */
function readSuspendingWarm(
  value: unknown,
  isFitted: boolean,
  everyMs: number | null,
  issues: PolicyIssue[],
): WarmSpec & Suspending {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "suspend")) {
    return readWarm(value, isFitted, everyMs, issues);
  }
  const { suspend, ...rest } = value as Record<string, unknown>;
  const warm = readWarm(rest, isFitted, everyMs, issues);
  const slot = new Section({ suspend }, "warm", ["suspend"], issues);
  if (warm.strategy === "none") slot.only([], "none");
  return { ...warm, suspendMs: slot.duration("suspend", 0, 1) };
}

const WARM_KEYS = {
  none: [],
  ttl: ["ttl"],
  forecast: ["level", "floor"],
  arrival: ["chance", "floor"],
  joint: ["level", "floor"],
} as const;

function readWarm(value: unknown, isFitted: boolean, everyMs: number | null, issues: PolicyIssue[]): WarmSpec {
  if (value === undefined) return { strategy: "none" };
  const histogram = readHybridHistogram(value, issues);
  if (histogram !== null) return histogram;
  const pool = readWarmPool(value, issues);
  if (pool !== null) return pool;
  const byPriority = readGreedyDual(value, issues);
  if (byPriority !== null) return byPriority;
  const byCost = readExpectedCost(value, issues);
  if (byCost !== null) return byCost;
  const slot = new Section(value, "warm", ["strategy", "ttl", "level", "chance", "floor"], issues);
  const strategy = slot.choice(
    "strategy",
    ["none", "ttl", "forecast", "arrival", "joint", "hybrid-histogram", "expected-cost", "greedy-dual", "warm-pool"],
    "none",
  );
  if (strategy !== "ttl" && strategy !== "forecast" && strategy !== "arrival" && strategy !== "joint") {
    slot.only(WARM_KEYS.none, "none");
    return { strategy: "none" };
  }
  slot.only(WARM_KEYS[strategy], strategy);
  if (strategy === "ttl") return { strategy, ttlMs: slot.duration("ttl", 600_000, 0) };
  const floor = isFitted || slot.value("floor") !== undefined ? { floorMs: slot.duration("floor", FLOOR_MS, 0) } : {};
  if (strategy === "joint") {
    if (everyMs === null) {
      issues.push({ path: "controlEvery", expected: "a duration, because instances are resized on ticks", found: "nothing" });
    }
    return { strategy, levelPpm: readLevel(slot), everyMs: everyMs ?? DEFAULT_EVERY_MS, ...floor };
  }
  if (strategy === "arrival") return { strategy, chancePpm: slot.ppm("chance", 0.1, 0, 1), ...floor };
  return { strategy, levelPpm: readLevel(slot), ...floor };
}

function readLevel(slot: Section): Level {
  return slot.value("level") === "tier" ? "tier" : slot.ppm("level", 0.95, 0, 1);
}

/** A slot that is a strategy's name and no more; the first is the default. */
function readStrategy<S extends string>(
  value: unknown,
  path: string,
  names: readonly [S, ...S[]],
  issues: PolicyIssue[],
): { strategy: S } {
  if (value === undefined) return { strategy: names[0] };
  return { strategy: new Section(value, path, ["strategy"], issues).choice("strategy", names, names[0]) };
}
