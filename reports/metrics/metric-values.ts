import { RESOURCE_NAMES } from "../../allocator/core/resources.ts";
import { type MetricValues, type Prices, START_PATHS, type StartPath } from "../../sim/run-record.ts";
import { violationPrice } from "../prices.ts";
import {
  HELD_PARTS,
  type HeldPart,
  INSTANCE_STATES,
  instanceColumn,
  missingColumn,
  NODE_PRICE_COLUMN,
  NODES_COLUMN,
  partColumn,
  unpricedColumn,
} from "./capacity-ledger.ts";
import type { GroupIntegral } from "./capacity-timeline.ts";
import type { RequestTally } from "./request-ledger.ts";
import type { StepIntegral } from "./step-integral.ts";
import type { UsageTally } from "./usage-ledger.ts";
import { Distribution } from "./value-counts.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** In the order of `RESOURCE_NAMES`: the metric's suffix, how many of the resource's unit make one of its, and its price. */
const RESOURCE_HOURS = [
  { suffix: "cpu_core_hours", unit: 1000, price: "cpuCoreHour" },
  { suffix: "memory_gib_hours", unit: 1024, price: "memoryGiBHour" },
  { suffix: "gpu_hours", unit: 1000, price: "gpuHour" },
  { suffix: "network_mbps_hours", unit: 1000, price: "networkMbpsHour" },
] as const;

const RESERVED: readonly HeldPart[] = HELD_PARTS;
const WASTED: readonly HeldPart[] = HELD_PARTS.filter((part) => part !== "used");

/** What a table of metrics is about: everything, or one tier. */
export interface Scope {
  readonly requests: readonly { readonly tier: string; readonly tally: RequestTally }[];
  /** Of the run of a usage trace; `null`: requests were replayed. */
  readonly usage: readonly { readonly tier: string; readonly tally: UsageTally }[] | null;
  /** Whether reservations limited what users could use. */
  readonly limited: boolean;
  /** The groups whose capacity counts. */
  readonly groups: readonly GroupIntegral[];
  /** `null`: unlimited, or not a matter of this scope. */
  readonly capacity: StepIntegral | null;
  readonly decisionsPerUserDay: Distribution;
  /** By metric. */
  readonly decisions: Readonly<Record<string, number>>;
  readonly prices: Prices;
}

/** Every metric by name, in the order of METRICS.md, which gives the formulas. */
export function metricValues(scope: Scope): MetricValues {
  const measured = scope.usage !== null;
  const requests = measured ? withNothing(requestMetrics(scope)) : requestMetrics(scope);
  const usage = measured ? usageMetrics(scope) : withNothing(usageMetrics(scope));
  const capacity = capacityMetrics(scope);
  const wasteCost = capacity.wasteCost;
  const violationCost =
    scope.usage === null
      ? scope.requests.reduce((cost, { tier, tally }) => cost + tally.violations * violationPrice(scope.prices, tier), 0)
      : scope.usage.reduce(
          (cost, { tier, tally }) => cost + (tally.pastGraceMs / MINUTE_MS) * violationPrice(scope.prices, tier),
          0,
        );
  const violations = scope.usage === null ? sumOf(scope, "violations") : usageSum(scope, "episodes");
  const total = sumOf(scope, "requests");
  return {
    ...requests,
    ...capacity.metrics,
    ...usage,
    waste_cost: wasteCost,
    violation_cost: violationCost,
    cost: wasteCost + violationCost,
    capacity_cost: capacity.capacityCost,
    sla_violations: violations,
    sla_violation_fraction: total === 0 ? null : violations / total,
    ...scope.decisions,
    decisions_per_user_day_mean: scope.decisionsPerUserDay.mean(),
    decisions_per_user_day_p99: scope.decisionsPerUserDay.percentile(99),
    gap_closed: null,
  };
}

/** The same names, none of which applies. */
function withNothing(metrics: MetricValues): MetricValues {
  return Object.fromEntries(Object.keys(metrics).map((name) => [name, null]));
}

function usageMetrics(scope: Scope): MetricValues {
  const missing = RESOURCE_HOURS.map(({ suffix }, resource) => {
    const integral = (scope.usage ?? []).reduce((sum, { tally }) => sum + tally.sums.total(missingColumn(resource)), 0n);
    return [`missing_${suffix}`, resourceHours(integral, resource)];
  });
  const observedMs = usageSum(scope, "observedMs");
  const pastGraceMs = usageSum(scope, "pastGraceMs");
  return {
    observed_user_hours: observedMs / HOUR_MS,
    shortage_hours: pastGraceMs / HOUR_MS,
    shortage_time_fraction: observedMs === 0 ? null : pastGraceMs / observedMs,
    ...Object.fromEntries(missing),
    out_of_memory_kills: scope.limited ? usageSum(scope, "outOfMemory") : null,
  };
}

function requestMetrics(scope: Scope): MetricValues {
  const tallies = scope.requests.map(({ tally }) => tally);
  const startsBy = (path: StartPath) => tallies.reduce((sum, tally) => sum + tally.bound[path], 0);
  const requests = sumOf(scope, "requests");
  const latency = new Distribution(tallies.flatMap((tally) => Object.values(tally.latencyMs)));
  const queue = new Distribution(tallies.map((tally) => tally.queueMs));
  return {
    requests,
    started: latency.count,
    ...Object.fromEntries(START_PATHS.map((path) => [`${path}_starts`, startsBy(path)])),
    cold_fraction: requests === 0 ? null : startsBy("cold") / requests,
    start_latency_ms_mean: latency.mean(),
    start_latency_ms_p50: latency.percentile(50),
    start_latency_ms_p95: latency.percentile(95),
    start_latency_ms_p99: latency.percentile(99),
    start_latency_ms_max: latency.max(),
    queue_wait_ms_mean: queue.mean(),
    queue_wait_ms_p99: queue.percentile(99),
    node_wait_ms_mean: new Distribution(tallies.map((tally) => tally.nodeMs)).mean(),
    startup_wait_ms_mean: new Distribution(tallies.map((tally) => tally.startupMs)).mean(),
    unfinished: sumOf(scope, "unfinished"),
    rejected: sumOf(scope, "rejected"),
    cancelled: sumOf(scope, "cancelled"),
    preemptions: sumOf(scope, "preemptions"),
    lost_work_instance_hours: sumOf(scope, "lostWorkMs") / HOUR_MS,
  };
}

function capacityMetrics(scope: Scope) {
  const sum = (column: number) => scope.groups.reduce((total, group) => total + group.total(column), 0n);
  const parts = HELD_PARTS.map((_, part) => RESOURCE_NAMES.map((_, resource) => sum(partColumn(part, resource))));
  const amount = (names: readonly HeldPart[], resource: number) =>
    names.reduce((total, name) => total + parts[HELD_PARTS.indexOf(name)]![resource]!, 0n);

  const metrics: Record<string, number | null> = {};
  for (const [state, name] of INSTANCE_STATES.entries()) {
    metrics[`${name}_instance_hours`] = scope.usage === null ? Number(sum(instanceColumn(state))) / HOUR_MS : null;
  }
  const named = { reserved: RESERVED, used: ["used"], wasted: WASTED, headroom: ["headroom"] } as const;
  for (const [prefix, names] of Object.entries(named)) {
    for (const [resource, { suffix }] of RESOURCE_HOURS.entries()) {
      metrics[`${prefix}_${suffix}`] = resourceHours(amount(names, resource), resource);
    }
  }
  const { capacity, prices } = scope;
  metrics.node_hours = capacity === null ? null : Number(capacity.total(NODES_COLUMN)) / HOUR_MS;
  return {
    metrics,
    wasteCost: costOf((resource) => amount(WASTED, resource), prices),
    capacityCost: capacity === null ? null : capacityCost(capacity, prices),
  };
}

/** A node of a pool that has a price costs that; of all others the resources do. */
function capacityCost(capacity: StepIntegral, prices: Prices): number {
  const ofNodes = Number(capacity.total(NODE_PRICE_COLUMN)) / (1_000_000 * HOUR_MS);
  return ofNodes + costOf((resource) => capacity.total(unpricedColumn(resource)), prices);
}

function costOf(integral: (resource: number) => bigint, prices: Prices): number {
  return RESOURCE_HOURS.reduce(
    (cost, { price }, resource) => cost + resourceHours(integral(resource), resource) * prices[price],
    0,
  );
}

/** From (unit × ms) to the unit of the metric × hours. */
function resourceHours(integral: bigint, resource: number): number {
  return Number(integral) / (RESOURCE_HOURS[resource]!.unit * HOUR_MS);
}

type TallyCount = "requests" | "unfinished" | "rejected" | "cancelled" | "preemptions" | "violations" | "lostWorkMs";

function sumOf(scope: Scope, count: TallyCount): number {
  return scope.requests.reduce((sum, { tally }) => sum + tally[count], 0);
}

function usageSum(scope: Scope, count: "episodes" | "observedMs" | "pastGraceMs" | "outOfMemory"): number {
  return (scope.usage ?? []).reduce((sum, { tally }) => sum + tally[count], 0);
}
