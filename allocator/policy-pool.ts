import type { ClusterAutoscalerSpec, KarpenterSpec, PoolAheadSpec, PoolSpec } from "./core/policy.ts";
import type { PolicyIssue } from "./policy-issue.ts";
import { Section } from "./policy-section.ts";

/** What is remembered of a season is by five minutes (core/pools/season-peaks.ts). */
const SEASON_BIN_MS = 300_000;
const COMMON = ["every", "threshold", "provisionWithin"];
const KEYS = {
  karpenter: ["batchIdle", "batchMax", "consolidateAfter", "consolidate", "disrupt", "budget", "provisionWithin"],
  "cluster-autoscaler": [...COMMON, "unneeded", "delayAfterAdd", "expander"],
  headroom: [...COMMON, "spare", "shrinkAfter"],
  predictive: [...COMMON, "spare", "shrinkAfter", "level", "margin", "leadQuantile", "season"],
} as const;

/**
 * The slot `pool`. `null`: pools have the nodes that they have.
 *
 *     pool: { strategy: cluster-autoscaler, every: 10s, threshold: 0.5, unneeded: 10m, delayAfterAdd: 10m,
 *             provisionWithin: 15m, expander: price }
 *     pool: { strategy: karpenter, batchIdle: 1s, batchMax: 10s, consolidateAfter: 0s, consolidate: underutilized,
 *             disrupt: idle, budget: 0.1, provisionWithin: 15m }
 *     pool: { strategy: headroom, spare: 0.1, shrinkAfter: 10m }
 *     pool: { strategy: predictive, spare: 0, margin: 1, level: 0.5, leadQuantile: 0.95, season: 24h }
 */
export function readPool(value: unknown, issues: PolicyIssue[]): PoolSpec | null {
  if (value === undefined) return null;
  const keys = [...new Set(["strategy", ...Object.values(KEYS).flat()])];
  const slot = new Section(value, "pool", keys, issues);
  const strategy = slot.choice("strategy", ["cluster-autoscaler", "karpenter", "headroom", "predictive"], "cluster-autoscaler");
  slot.only(KEYS[strategy], strategy);
  if (strategy === "karpenter") return readKarpenter(slot);
  return strategy === "cluster-autoscaler" ? readAutoscaler(slot) : readAhead(slot, strategy);
}

function readCommon(slot: Section, threshold: number): Pick<PoolAheadSpec, "everyMs" | "thresholdPpm" | "provisionWithinMs"> {
  return {
    everyMs: slot.duration("every", 10_000, 1_000),
    thresholdPpm: slot.ppm("threshold", threshold, 0, 1),
    provisionWithinMs: slot.duration("provisionWithin", 900_000, 1),
  };
}

function readAutoscaler(slot: Section): ClusterAutoscalerSpec {
  return {
    strategy: "cluster-autoscaler",
    ...readCommon(slot, 0.5),
    unneededMs: slot.duration("unneeded", 600_000, 0),
    delayAfterAddMs: slot.duration("delayAfterAdd", 600_000, 0),
    expander: slot.choice("expander", ["price", "least-waste"], "price"),
  };
}

/** The defaults are Karpenter's, but for `disrupt`: what runs is not disrupted unless that says so. */
function readKarpenter(slot: Section): KarpenterSpec {
  const idleMs = slot.duration("batchIdle", 1_000, 1_000);
  return {
    strategy: "karpenter",
    idleMs,
    batchMs: slot.duration("batchMax", Math.max(10_000, idleMs), idleMs),
    afterMs: slot.duration("consolidateAfter", 0, 0),
    onlyEmpty: slot.choice("consolidate", ["underutilized", "empty"], "underutilized") === "empty",
    disruptsRunning: slot.choice("disrupt", ["idle", "running"], "idle") === "running",
    budgetPpm: slot.ppm("budget", 0.1, 0, 1),
    provisionWithinMs: slot.duration("provisionWithin", 900_000, 1),
  };
}

/** The season is that of a day; `none`: only forecasts tell what is ahead. */
function readAhead(slot: Section, strategy: PoolAheadSpec["strategy"]): PoolAheadSpec {
  const common = {
    strategy,
    ...readCommon(slot, 0),
    sparePpm: slot.ppm("spare", strategy === "headroom" ? 0.1 : 0, 0, 10),
    shrinkAfterMs: slot.duration("shrinkAfter", 600_000, 0),
  };
  if (strategy === "headroom") return common;
  const season = slot.value("season") === "none" ? {} : { seasonMs: slot.duration("season", 86_400_000, 600_000) };
  if ((season.seasonMs ?? 0) % SEASON_BIN_MS !== 0) slot.note("season", "a multiple of 5m, or none");
  const ahead = {
    levelPpm: slot.ppm("level", 0.5, 0, 1),
    marginPpm: slot.ppm("margin", 1, 0, 10),
    leadPpm: slot.ppm("leadQuantile", 0.95, 0, 1),
    ...season,
  };
  return { ...common, ahead };
}
