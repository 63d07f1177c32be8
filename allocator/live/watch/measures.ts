/** What is counted of each user in a window of time. */
export const COLUMNS = [
  "decided", // requests that started, were refused, or waited past their tier's target
  "started",
  "latencyMs", // of those that started: from arrival to first start
  "violations", // over the tier's target, or refused
  "rejected",
  "cold", // for which an instance was launched
  "waste", // what is held and not used, at the prices of the evidence
  "use", // what is used, at the same prices
  "violationCost",
  "changes", // reservations and sizes
  "samples", // of use
] as const;
export type Column = (typeof COLUMNS)[number];

/** How a metric of a promotion's evidence is observed: Σ `of` ÷ Σ `per`, both over users, so that it rests on no number of them. */
export interface Measure {
  readonly of: readonly Column[];
  readonly per: Column | "userDays";
  /** What the evidence's number is divided by to be the same: its requests, what it used at its prices, or nothing, as it is a ratio already. */
  readonly scale: "requests" | "use" | "none";
  readonly unit: string;
  /** Whether it means the same where the evidence is of a usage trace. */
  readonly ofUsage: boolean;
}

const each = (column: Column, scale: Measure["scale"]): Measure => ({
  of: [column],
  per: "decided",
  scale,
  unit: "of requests",
  ofUsage: false,
});

/** By the metric's name in reports/METRICS.md, which has the definitions. */
export const MEASURES: Readonly<Record<string, Measure>> = {
  sla_violations: each("violations", "requests"),
  sla_violation_fraction: each("violations", "none"),
  rejected: each("rejected", "requests"),
  cold_starts: each("cold", "requests"),
  cold_fraction: each("cold", "none"),
  start_latency_ms_mean: { of: ["latencyMs"], per: "started", scale: "none", unit: "ms", ofUsage: false },
  waste_cost: { of: ["waste"], per: "use", scale: "use", unit: "of the cost of what is used", ofUsage: true },
  cost: { of: ["waste", "violationCost"], per: "use", scale: "use", unit: "of the cost of what is used", ofUsage: false },
  decisions_per_user_day_mean: { of: ["changes"], per: "userDays", scale: "none", unit: "a user and day", ofUsage: true },
};
