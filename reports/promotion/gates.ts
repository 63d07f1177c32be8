import { type Gate, type Gates, STAGES, type Stage } from "../../allocator/promotion/promotion.ts";
import { InputError, type Issue } from "../../datasets/issues.ts";
import { ADDITIVE_METRICS } from "../statistics/additive-metrics.ts";

/** Metrics of which neither more nor less is better, those that users share, and work done. */
const WITHOUT_DIRECTION: readonly string[] = [
  "requests",
  "started",
  "warm_starts",
  "shadow_starts",
  "late_starts",
  "resumed_starts",
  "busy_instance_hours",
  "observed_user_hours",
  "queue_wait_ms_mean",
];

/** Metrics that a gate can bound: less is better, and their differences have intervals. */
export const GATED_METRICS: readonly string[] = [...ADDITIVE_METRICS.keys()].filter(
  (name) => !WITHOUT_DIRECTION.includes(name) && !name.startsWith("used_"),
);

const bound = (metric: string, tier: string | null, bounds: Partial<Gate>): Gate => ({
  metric,
  tier,
  noWorseBy: null,
  betterBy: null,
  slack: 0,
  ...bounds,
});

/**
 * Where no file says otherwise: in no tier more than 2 % more missed service levels, at most 10 % more waste, lower cost, and at most
 * half as many changes again, or 24 more a user and day.
 */
export function defaultGates(isUsage: boolean): Gates {
  return {
    confidence: 0.95,
    sla: [
      bound("sla_violations", "each", { noWorseBy: 0.02 }),
      ...(isUsage ? [bound("shortage_hours", "each", { noWorseBy: 0.02 })] : []),
    ],
    waste: [bound("waste_cost", null, { noWorseBy: 0.1 })],
    cost: [bound("cost", null, { betterBy: 0 })],
    churn: [bound("decisions_per_user_day_mean", null, { noWorseBy: 0.5, slack: 24 })],
  };
}

const GATE_KEYS = ["metric", "tier", "noWorseBy", "betterBy", "slack"];

/**
 * Gates from a document:
 *
 *     confidence: 0.95
 *     sla: [{ metric: sla_violations, tier: each, noWorseBy: 0.02 }]
 *     cost: [{ metric: cost, betterBy: 0.05 }]
 *
 * @throws InputError naming each path that is wrong: an unknown key or metric, no gate of service levels, nothing to be better at.
 */
export function parseGates(document: unknown, where = "gates"): Gates {
  const issues: Issue[] = [];
  const refuse = (path: string, expected: string, found: unknown): void => {
    issues.push({ where, ...(path === "" ? {} : { path }), expected, found: describe(found) });
  };
  const keys = ["confidence", ...STAGES];
  if (!isMapping(document)) {
    refuse("", `a mapping of ${keys.join(", ")}`, document);
    throw new InputError(issues);
  }
  for (const key of Object.keys(document)) if (!keys.includes(key)) refuse(key, `one of ${keys.join(", ")}`, key);
  const { confidence = 0.95 } = document;
  const isShare = typeof confidence === "number" && confidence >= 0.5 && confidence < 1;
  if (!isShare) refuse("confidence", "a number from 0.5 to below 1", confidence);
  const stage = (name: Stage): Gate[] => {
    const list = document[name] ?? [];
    if (!Array.isArray(list)) {
      refuse(name, "a list of gates", list);
      return [];
    }
    return list.map((gate: unknown, index) => parseGate(gate, `${name}[${index}]`, refuse));
  };
  const [sla, waste, cost, churn] = STAGES.map(stage) as [Gate[], Gate[], Gate[], Gate[]];
  const gates: Gates = { confidence: isShare ? confidence : 0.95, sla, waste, cost, churn };
  if (issues.length > 0) throw new InputError(issues);
  if (sla.length === 0) refuse("sla", "at least one gate: service levels come first", undefined);
  if (STAGES.every((name) => gates[name].every(({ betterBy }) => betterBy === null))) {
    refuse("", "at least one gate with betterBy: a candidate has to be better at something", "none");
  }
  if (issues.length > 0) throw new InputError(issues);
  return gates;
}

function parseGate(gate: unknown, path: string, refuse: (path: string, expected: string, found: unknown) => void): Gate {
  if (!isMapping(gate)) {
    refuse(path, `a mapping of ${GATE_KEYS.join(", ")}`, gate);
    return bound("cost", null, {});
  }
  for (const key of Object.keys(gate)) {
    if (!GATE_KEYS.includes(key)) refuse(`${path}.${key}`, `one of ${GATE_KEYS.join(", ")}`, key);
  }
  const { metric, tier = null, slack = 0 } = gate;
  if (typeof metric !== "string" || !GATED_METRICS.includes(metric)) {
    refuse(`${path}.metric`, `a metric of which less is better: ${GATED_METRICS.join(", ")}`, metric);
  }
  if (tier !== null && (typeof tier !== "string" || tier === "")) refuse(`${path}.tier`, "a tier's name, or each", tier);
  const share = (key: "noWorseBy" | "betterBy", most: number): number | null => {
    const value = gate[key];
    if (value === undefined) return null;
    if (typeof value === "number" && value >= 0 && value <= most) return value;
    refuse(`${path}.${key}`, `a share of the incumbent's, from 0 to ${most}`, value);
    return null;
  };
  const [noWorseBy, betterBy] = [share("noWorseBy", 1000), share("betterBy", 1)];
  if ((gate["noWorseBy"] === undefined) === (gate["betterBy"] === undefined)) {
    refuse(path, "either noWorseBy or betterBy", gate["betterBy"] === undefined ? "neither" : "both");
  }
  const isSlack = typeof slack === "number" && Number.isFinite(slack) && slack >= 0;
  if (!isSlack) refuse(`${path}.slack`, "an amount in the metric's unit, at least 0", slack);
  if (betterBy !== null && slack !== 0) refuse(`${path}.slack`, "nothing beside betterBy", slack);
  return { metric: metric as string, tier: tier as string | null, noWorseBy, betterBy, slack: isSlack ? slack : 0 };
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
}
