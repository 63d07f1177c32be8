import type { ReplicasSpec, SizeSpec } from "../../allocator/core/policy.ts";
import type { RandomStream } from "../../allocator/core/random.ts";

/** A line through what was calculated lately, and seasons of it. */
const LINE = { linear: { values: 4, aheadMs: 150 }, holtWinters: null };
const SEASONS = {
  linear: null,
  holtWinters: { alphaPpm: 900_000, betaPpm: 200_000, gammaPpm: 500_000, season: 2, seasons: 6 },
};

export const CRANE = { levelPpm: 900_000, marginPpm: 150_000, utilizationPpm: 800_000, historyMs: 3_600_000, decays: true };

export const AUTOPILOT: SizeSpec = {
  strategy: "autopilot",
  cpu: "p95",
  memory: "max",
  marginPpm: 150_000,
  cpuHalfLifeMs: 1_000,
  memoryHalfLifeMs: 1_000,
  peakHours: 2,
  holdIntervals: 2,
};

/** Both strategies of the slot `replicas`. */
export function randomReplicas(random: RandomStream): readonly [ReplicasSpec, ReplicasSpec] {
  const one = <T>(from: readonly T[]) => from[random.below(from.length)] as T;
  const hpa: ReplicasSpec = {
    strategy: "hpa",
    everyMs: 100,
    targetPpm: one([300_000, 800_000]),
    tolerancePpm: 100_000,
    least: 1 + random.below(2),
    most: 2 + random.below(4),
    initializationMs: one([0, 300]),
    readinessDelayMs: 30,
    up: {
      stabilizationMs: one([0, 300]),
      policies: [{ unit: "pods", value: 1 + random.below(4), periodMs: one([15, 100, 200]) }],
    },
    down: { stabilizationMs: one([0, 300]), policies: [{ unit: "percent", value: one([50, 100]), periodMs: 100 }] },
    ...(random.below(100) < 50 ? { predict: one([LINE, SEASONS]) } : {}),
  };
  const knative: ReplicasSpec = {
    strategy: "knative",
    everyMs: 100,
    targetPpm: 700_000,
    least: random.below(2),
    most: 1 + random.below(5),
    stableMs: 400,
    panicMs: one([100, 200]),
    thresholdPpm: 2_000_000,
    upRatePpm: one([1_500_000, 10_000_000]),
    downRatePpm: 2_000_000,
    graceMs: one([0, 100, 250]),
  };
  return [hpa, knative];
}
