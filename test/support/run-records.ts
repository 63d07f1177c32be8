/**
 * Run records as four policies would leave them on a month of a multi-tenant platform: three tiers, four resources, two weeks
 * scored in bins of an hour. Made up, but consistent: counts add up over tiers and paths, cost is waste plus violations.
 */
import type { Policy } from "../../allocator/core/policy.ts";
import { RESOURCE_NAMES, type ResourceName } from "../../allocator/core/resources.ts";
import type {
  CapacityPart,
  CapacityTimeline,
  LatencyDistribution,
  MetricValues,
  RunRecord,
  StartPath,
} from "../../sim/run-record.ts";

const DAY_MS = 86_400_000;
const BINS = 336;
const TIERS = [
  { name: "premium", requests: 18_240, price: 0.05, targetStartMs: 500, priority: 2, levelPpm: 990_000, mayPreempt: true },
  { name: "standard", requests: 121_480, price: 0.01, targetStartMs: 2_000, priority: 1, levelPpm: 950_000, mayPreempt: false },
  { name: "batch", requests: 40_312, price: 0.001, targetStartMs: 60_000, priority: 0, levelPpm: 500_000, mayPreempt: false },
] as const;
const UNIT: Readonly<Record<ResourceName, number>> = {
  cpuMillis: 400_000,
  memoryMiB: 1_200_000,
  gpuMillis: 24_000,
  networkKbps: 2_400_000,
};

/** How a policy behaves: shares of paths, the latency of a cold start, and each part of capacity relative to what is used. */
interface Character {
  readonly policyText: string;
  readonly policy: Policy;
  readonly paths: Readonly<Partial<Record<StartPath, number>>>;
  readonly coldMs: number;
  readonly slow: number;
  readonly parts: Readonly<Partial<Record<CapacityPart, number>>>;
}

const BASE = {
  controlEveryMs: null,
  feed: null,
  reserve: { strategy: "none" },
  warm: { strategy: "none" },
  place: { strategy: "first-fit" },
  admit: { strategy: "priority" },
} as const;

const CHARACTERS: readonly Character[] = [
  {
    policyText: "reactive:factor=1.2",
    policy: { ...BASE, name: "reactive", controlEveryMs: 60_000, reserve: { strategy: "last-value", factorPpm: 1_200_000 } },
    paths: { cold: 1 },
    coldMs: 1400,
    slow: 0.031,
    parts: { slack: 0.18, starting: 0.21, headroom: 0.62 },
  },
  {
    policyText: "keep-alive:ttl=10m",
    policy: { ...BASE, name: "keep-alive", warm: { strategy: "ttl", ttlMs: 600_000 } },
    paths: { warm: 0.931, cold: 0.069 },
    coldMs: 1400,
    slow: 0.004,
    parts: { slack: 0.18, starting: 0.02, idle: 0.7 },
  },
  {
    policyText: "keep-alive:ttl=1h",
    policy: { ...BASE, name: "keep-alive", warm: { strategy: "ttl", ttlMs: 3_600_000 } },
    paths: { warm: 0.984, cold: 0.016 },
    coldMs: 1400,
    slow: 0.0012,
    parts: { slack: 0.18, starting: 0.005, idle: 2.1 },
  },
  {
    policyText: "clairvoyant",
    policy: {
      ...BASE,
      name: "clairvoyant",
      controlEveryMs: 60_000,
      feed: { model: "clairvoyant", everyMs: 60_000, stepMs: 60_000, horizonMs: 600_000, targets: ["concurrency"] },
      warm: { strategy: "forecast", levelPpm: 990_000 },
    },
    paths: { warm: 0.62, shadow: 0.362, late: 0.014, cold: 0.004 },
    coldMs: 1400,
    slow: 0.0004,
    parts: { slack: 0.18, starting: 0.12, idle: 0.09, shadow: 0.11 },
  },
];

/** Four records, one a policy, comparable with each other. */
export function exampleRuns(): RunRecord[] {
  return CHARACTERS.map(exampleRun);
}

function exampleRun(character: Character, index: number): RunRecord {
  const timeline = timelineOf(character);
  const hours = (part: CapacityPart, resource: ResourceName) => sum(timeline.parts[part]?.[resource] ?? []);
  const wastedParts = ["slack", "starting", "idle", "shadow", "headroom"] as const;
  const wasted = (resource: ResourceName) => sum(wastedParts.map((part) => hours(part, resource)));
  const latency = TIERS.flatMap((tier) => distributionsOf(character, tier));
  const metricsOf = (tiers: readonly (typeof TIERS)[number][]): MetricValues => {
    const requests = sum(tiers.map((tier) => tier.requests));
    const portion = requests / sum(TIERS.map((tier) => tier.requests));
    const own = latency.filter((part) => tiers.some((tier) => tier.name === part.tier));
    const onPath = (path: StartPath) => sum(own.filter((part) => part.path === path).map((part) => part.requests));
    const violations = tiers.map((tier) => Math.round(tier.requests * character.slow * (tier.name === "premium" ? 1.6 : 0.9)));
    const violationCost = sum(tiers.map((tier, at) => (violations[at] ?? 0) * tier.price));
    const wastedHours = {
      wasted_cpu_core_hours: (wasted("cpuMillis") / 1000) * portion,
      wasted_memory_gib_hours: (wasted("memoryMiB") / 1024) * portion,
      wasted_gpu_hours: (wasted("gpuMillis") / 1000) * portion,
      wasted_network_mbps_hours: (wasted("networkKbps") / 1000) * portion,
    };
    const wasteCost =
      wastedHours.wasted_cpu_core_hours * 0.02 +
      wastedHours.wasted_memory_gib_hours * 0.002 +
      wastedHours.wasted_gpu_hours * 0.8 +
      wastedHours.wasted_network_mbps_hours * 0.0001;
    const quantile = (level: number) => quantileOf(own, level);
    return {
      requests,
      warm_starts: onPath("warm"),
      shadow_starts: onPath("shadow"),
      late_starts: onPath("late"),
      resumed_starts: onPath("resumed"),
      cold_starts: onPath("cold"),
      cold_fraction: onPath("cold") / requests,
      unfinished: character.policy.name === "reactive" ? tiers.length : 0,
      start_latency_ms_mean: (onPath("cold") * character.coldMs * 1.1) / requests,
      start_latency_ms_p50: quantile(0.5),
      start_latency_ms_p95: quantile(0.95),
      start_latency_ms_p99: quantile(0.99),
      start_latency_ms_max: quantile(1),
      queue_wait_ms_mean: 0,
      queue_wait_ms_p99: 0,
      busy_instance_hours: 21_480.5 * portion,
      idle_instance_hours: (hours("idle", "cpuMillis") / 1000) * portion,
      startup_instance_hours: (hours("starting", "cpuMillis") / 1000) * portion,
      reserved_cpu_core_hours: (wasted("cpuMillis") / 1000 + hours("used", "cpuMillis") / 1000) * portion,
      used_cpu_core_hours: (hours("used", "cpuMillis") / 1000) * portion,
      ...wastedHours,
      node_hours: null,
      sla_violations: sum(violations),
      sla_violation_fraction: sum(violations) / requests,
      rejected: 0,
      cancelled: 0,
      preemptions: 0,
      decisions_per_user_day_p99: 412.6,
      waste_cost: wasteCost,
      violation_cost: violationCost,
      cost: wasteCost + violationCost,
      capacity_cost: null,
      gap_closed: null,
    };
  };
  return {
    recordVersion: 1,
    id: `${index + 1}f3a90c1b2d7`,
    policyText: character.policyText,
    policy: character.policy,
    trace: {
      name: "quickstart",
      digest: "9a3f1c52d8e04b7766a1d0c94e5b2f83c7d61e0a9b8f4d3521706c5e4f3b2a19",
      synthetic: true,
      composite: false,
      license: "Apache-2.0",
      citation: "PRAE synthetic workload, seed 1",
      users: 240,
      apps: 36,
      requests: 361_204,
      tiers: TIERS.map(({ name, targetStartMs, priority, levelPpm, mayPreempt }) => ({
        name,
        targetStartMs,
        priority,
        levelPpm,
        mayPreempt,
      })),
      window: { startMs: 0, endMs: 28 * DAY_MS },
    },
    cluster: { description: "unlimited", digest: "0".repeat(64), nodes: null },
    forecastSets: character.policy.feed === null ? [] : ["5be0c7f1a2d34966b8e7f0c1d2a3948576e1f0b9c8d7a6e5f40312b4c5d6e7f8"],
    seed: 1,
    window: { fromMs: 14 * DAY_MS, toMs: 28 * DAY_MS },
    prices: {
      currency: "USD",
      cpuCoreHour: 0.02,
      memoryGiBHour: 0.002,
      gpuHour: 0.8,
      networkMbpsHour: 0.0001,
      violation: Object.fromEntries(TIERS.map((tier) => [tier.name, tier.price])),
    },
    journal: {
      digest: `${index}c41d7e0${"b".repeat(56)}`,
      events: 1_204_311 + index * 40_011,
      decisions: 702_440 + index * 1_311,
      bytes: 41_882_112,
    },
    metrics: {
      overall: metricsOf(TIERS),
      byTier: Object.fromEntries(TIERS.map((tier) => [tier.name, metricsOf([tier])])),
      latency,
      timeline,
    },
    assumptions: ["cold_start_ms 1000 for 4 of 36 apps", "network_kbps 0 for every app of tier batch"],
    codeRevision: "0.1.0+4b7e43c0a1f2",
    environment: {
      node: "v20.20.1",
      platform: "linux x64",
      cpu: "2 × AMD EPYC 7763",
      startedAt: "2026-02-03T09:14:07.000Z",
      wallMs: 8412 + index * 310,
      peakMemoryMiB: 411 + index,
    },
  };
}

/** Working days are busy from 8 to 18, weekends are quiet, and every day differs a little. */
function timelineOf(character: Character): CapacityTimeline {
  const load = Array.from({ length: BINS }, (_, bin) => {
    const hour = bin % 24;
    const weekend = Math.floor(bin / 24) % 7 >= 5;
    const daylight = Math.max(0, 1 - Math.abs(hour - 13) / 7);
    return 0.12 + daylight * (weekend ? 0.25 : 0.8) * (0.85 + 0.3 * noise(bin));
  });
  const series = (part: CapacityPart, scale: number): Readonly<Record<ResourceName, readonly number[]>> => {
    const amounts = (resource: ResourceName) =>
      load.map((level, bin) => {
        const lagged = part === "idle" || part === "headroom" ? (level + (load[bin - 1] ?? level)) / 2 : level;
        return Math.round(UNIT[resource] * scale * lagged * (0.9 + 0.2 * noise(bin * 7 + part.length)));
      });
    return Object.fromEntries(RESOURCE_NAMES.map((resource) => [resource, amounts(resource)])) as Record<ResourceName, number[]>;
  };
  const of = (part: CapacityPart) => series(part, character.parts[part] ?? 0);
  return {
    startMs: 14 * DAY_MS,
    binMs: DAY_MS / 24,
    bins: BINS,
    parts: {
      used: series("used", 1),
      slack: of("slack"),
      starting: of("starting"),
      idle: of("idle"),
      shadow: of("shadow"),
      headroom: of("headroom"),
      free: null,
    },
  };
}

function distributionsOf(character: Character, tier: (typeof TIERS)[number]): LatencyDistribution[] {
  return (Object.entries(character.paths) as [StartPath, number][]).map(([path, portion]) => {
    const requests = Math.round(tier.requests * portion);
    const steps = path === "cold" || path === "late" ? 200 : 1;
    const points = Array.from({ length: steps }, (_, step): [number, number] => {
      const level = (step + 1) / steps;
      if (path === "warm" || path === "shadow") return [0, requests];
      const spread = path === "cold" ? character.coldMs * (0.4 + level) : character.coldMs * 0.8 * level;
      const tail = level > 0.97 ? 1 + (level - 0.97) * 90 : 1;
      return [Math.round(spread * tail), Math.round(requests * level)];
    });
    return { tier: tier.name, path, requests, points };
  });
}

function quantileOf(distributions: readonly LatencyDistribution[], level: number): number {
  const steps = distributions
    .flatMap(({ points }) =>
      points.map(([latencyMs, atMost], at) => ({ latencyMs, requests: atMost - (points[at - 1]?.[1] ?? 0) })),
    )
    .sort((a, b) => a.latencyMs - b.latencyMs);
  const rank = Math.ceil(level * sum(steps.map((step) => step.requests)));
  let seen = 0;
  for (const step of steps) {
    seen += step.requests;
    if (seen >= rank) return step.latencyMs;
  }
  return 0;
}

/** In [0, 1), the same every time. */
function noise(n: number): number {
  return (((n + 1) * 7919) % 1009) / 1009;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** A record of a policy with just these metrics, overall and in each of its tiers: for words and rules, not for charts. */
export function runWith(policyText: string, overall: MetricValues, byTier: RunRecord["metrics"]["byTier"] = {}): RunRecord {
  const example = exampleRun(CHARACTERS[0]!, 0);
  const name = policyText.split(":")[0]!;
  return {
    ...example,
    id: policyText,
    policyText,
    policy: { ...example.policy, name },
    metrics: { ...example.metrics, overall, byTier },
  };
}
