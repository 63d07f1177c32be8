import { RESOURCE_NAMES } from "../../core/resources.ts";
import type { Evidence, GateResult, Promotion } from "../../promotion/promotion.ts";
import { MEASURES, type Measure } from "./measures.ts";

/** Prices of an hour of a core, a GiB, a GPU and a Mbit/s, in the order of `RESOURCE_NAMES`; and of a missed service level by tier. */
export interface WatchPrices {
  readonly hour: readonly number[];
  readonly violation: Readonly<Record<string, number>>;
}

/** What a promotion's evidence says of the candidate: where the metric should lie, whatever the number of users and requests. */
export interface Prediction {
  readonly metric: string;
  readonly measure: Measure;
  readonly low: number;
  readonly high: number;
}

export interface Predictions {
  readonly predictions: readonly Prediction[];
  /** Metrics that passed a gate, and that a live run does not count. */
  readonly unfollowed: readonly string[];
  /** Those of the evidence. */
  readonly prices: WatchPrices;
  /** Whether the evidence is of usage: then what is used is what was measured, not what requests asked for. */
  readonly ofUsage: boolean;
}

const HOURS = ["cpu_core_hours", "memory_gib_hours", "gpu_hours", "network_mbps_hours"] as const;
const PRICES = ["cpuCoreHour", "memoryGiBHour", "gpuHour", "networkMbpsHour"] as const;

/**
 * For each metric that has a gate: what the incumbent had, and the paired interval of the candidate's difference from it, together. Of
 * several traces the interval that holds all of theirs. A metric with a gate a tier is the sum of them, and so is its interval: the gates'
 * intervals hold together.
 */
export function predictionsOf({ evidence }: Promotion): Predictions {
  const metrics = [...new Set(evidence.flatMap(({ results }) => results.map(({ metric }) => metric)))];
  const predictions = metrics.flatMap((metric): Prediction[] => {
    const measure = MEASURES[metric];
    if (measure === undefined) return [];
    const bounds = evidence.map((one) => boundsIn(one, metric, measure));
    const known = bounds.filter((one) => one !== null);
    if (known.length < bounds.length || known.length === 0) return [];
    const low = Math.max(0, Math.min(...known.map((one) => one[0])));
    return [{ metric, measure, low, high: Math.max(...known.map((one) => one[1])) }];
  });
  const followed = new Set(predictions.map(({ metric }) => metric));
  return {
    predictions,
    unfollowed: metrics.filter((metric) => !followed.has(metric)),
    prices: pricesOf(evidence[0]),
    ofUsage: evidence.some(({ usage }) => usage !== null),
  };
}

function boundsIn(evidence: Evidence, metric: string, measure: Measure): readonly [number, number] | null {
  if (evidence.usage !== null && !measure.ofUsage) return null;
  const all = evidence.results.filter((result) => result.metric === metric);
  const whole = all.filter(({ tier }) => tier === null);
  // Shares and means of tiers do not add up.
  const parts = whole.length > 0 ? whole.slice(0, 1) : measure.scale === "none" ? [] : byTier(all);
  if (parts.length === 0 || parts.some(({ incumbent, interval }) => incumbent === null || interval === null)) return null;
  const sum = (end: 0 | 1) =>
    parts.reduce((total, { incumbent, interval }) => total + (incumbent ?? 0) + (interval?.[end] ?? 0), 0);
  const per = scaleOf(evidence, measure);
  return per > 0 ? [sum(0) / per, sum(1) / per] : null;
}

/** One result a tier. */
function byTier(results: readonly GateResult[]): GateResult[] {
  return results.filter(({ tier }, at) => results.findIndex((other) => other.tier === tier) === at);
}

function scaleOf(evidence: Evidence, { scale }: Measure): number {
  const { metrics } = evidence.candidate;
  if (scale === "none") return 1;
  if (scale === "requests") return metrics["requests"] ?? 0;
  const { hour } = pricesOf(evidence);
  return HOURS.reduce((cost, name, i) => cost + (metrics[`used_${name}`] ?? 0) * (hour[i] as number), 0);
}

function pricesOf(evidence: Evidence | undefined): WatchPrices {
  const prices = evidence?.prices ?? {};
  const number = (value: unknown) => (typeof value === "number" ? value : 0);
  const { violation } = prices;
  const byName = typeof violation === "object" && violation !== null ? Object.entries(violation) : [];
  return {
    hour: RESOURCE_NAMES.map((_, i) => number(prices[PRICES[i] as string])),
    violation: Object.fromEntries(byName.map(([tier, price]) => [tier, number(price)])),
  };
}
