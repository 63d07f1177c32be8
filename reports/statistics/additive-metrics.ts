import { RESOURCE_NAMES } from "../../allocator/core/resources.ts";
import { type Prices, START_PATHS } from "../../sim/run-record.ts";
import { violationPrice } from "../prices.ts";
import { CELL_COLUMNS, type CellColumn, NOBODY, type RunCells } from "./cells.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** In the order of `RESOURCE_NAMES`, as METRICS.md has them. */
const RESOURCE_HOURS = [
  { suffix: "cpu_core_hours", perUnitHour: 1000 * HOUR_MS, price: "cpuCoreHour" },
  { suffix: "memory_gib_hours", perUnitHour: 1024 * HOUR_MS, price: "memoryGiBHour" },
  { suffix: "gpu_hours", perUnitHour: 1000 * HOUR_MS, price: "gpuHour" },
  { suffix: "network_mbps_hours", perUnitHour: 1000 * HOUR_MS, price: "networkMbpsHour" },
] as const;

/** Column totals of one scope, and what its violations cost. */
export interface Totals {
  /** In the order of `CELL_COLUMNS`. */
  readonly columns: Float64Array;
  readonly violationCost: number;
}

export type Formula = (totals: Totals, prices: Prices) => number | null;

const at = Object.fromEntries(CELL_COLUMNS.map((name, index) => [name, index])) as Readonly<Record<CellColumn, number>>;
const sumOf =
  (name: CellColumn, per = 1): Formula =>
  ({ columns }) =>
    columns[at[name]]! / per;
const ratioOf =
  (name: CellColumn, by: CellColumn): Formula =>
  ({ columns }) =>
    columns[at[by]] === 0 ? null : columns[at[name]]! / columns[at[by]]!;

/** Where no use was measured it does not apply. */
const ofUsage =
  (formula: Formula): Formula =>
  (totals, prices) =>
    totals.columns[at.observedMs] === 0 ? null : formula(totals, prices);

function wasteCost({ columns }: Totals, prices: Prices): number {
  return RESOURCE_NAMES.reduce((cost, name, index) => {
    const wasted = columns[at[`reserved.${name}`]]! - columns[at[`used.${name}`]]!;
    const { perUnitHour, price } = RESOURCE_HOURS[index]!;
    return cost + (wasted / perUnitHour) * prices[price];
  }, 0);
}

const resourceHours = (["reserved", "used", "wasted", "headroom", "missing"] as const).flatMap((prefix) =>
  RESOURCE_NAMES.map((name, index): [string, Formula] => {
    const { suffix, perUnitHour } = RESOURCE_HOURS[index]!;
    const formula: Formula =
      prefix === "wasted"
        ? ({ columns }) => (columns[at[`reserved.${name}`]]! - columns[at[`used.${name}`]]!) / perUnitHour
        : sumOf(`${prefix}.${name}`, perUnitHour);
    if (prefix === "missing") return [`${prefix}_${suffix}`, ofUsage(formula)];
    return [`${prefix}_${suffix}`, formula];
  }),
);

/** Every metric that is a sum over cells or a ratio of such sums, by the name and formula of METRICS.md. */
export const ADDITIVE_METRICS: ReadonlyMap<string, Formula> = new Map<string, Formula>([
  ["requests", sumOf("requests")],
  ["started", sumOf("started")],
  ...START_PATHS.map((path): [string, Formula] => [`${path}_starts`, sumOf(path)]),
  ["cold_fraction", ratioOf("cold", "requests")],
  ["start_latency_ms_mean", ratioOf("latencyMs", "started")],
  ["queue_wait_ms_mean", ratioOf("queueMs", "started")],
  ["node_wait_ms_mean", ratioOf("nodeMs", "started")],
  [
    "startup_wait_ms_mean",
    ({ columns }) => {
      const waitMs = columns[at.latencyMs]! - columns[at.queueMs]! - columns[at.nodeMs]!;
      return columns[at.started] === 0 ? null : waitMs / columns[at.started]!;
    },
  ],
  ["unfinished", sumOf("unfinished")],
  ["rejected", sumOf("rejected")],
  ["cancelled", sumOf("cancelled")],
  ["preemptions", sumOf("preemptions")],
  ["lost_work_instance_hours", sumOf("lostWorkMs", HOUR_MS)],
  ["busy_instance_hours", sumOf("busyMs", HOUR_MS)],
  ["idle_instance_hours", sumOf("idleMs", HOUR_MS)],
  ["shadow_instance_hours", sumOf("shadowMs", HOUR_MS)],
  ["startup_instance_hours", sumOf("startupMs", HOUR_MS)],
  ...resourceHours,
  ["observed_user_hours", ofUsage(sumOf("observedMs", HOUR_MS))],
  ["shortage_hours", ofUsage(sumOf("pastGraceMs", HOUR_MS))],
  ["shortage_time_fraction", ratioOf("pastGraceMs", "observedMs")],
  ["waste_cost", wasteCost],
  ["violation_cost", ({ violationCost }) => violationCost],
  ["cost", (totals, prices) => wasteCost(totals, prices) + totals.violationCost],
  ["sla_violations", ({ columns }) => columns[at[columns[at.observedMs]! > 0 ? "shortages" : "violations"]]!],
  ["sla_violation_fraction", ratioOf("violations", "requests")],
  ["reserve_decisions", sumOf("reserves")],
  ["release_decisions", sumOf("releases")],
  ["resize_decisions", sumOf("resizes")],
  ["launch_decisions", sumOf("launches")],
  ["stop_decisions", sumOf("stops")],
  ["decisions_per_user_day_mean", ratioOf("changes", "userDays")],
]);

/** Totals of all tiers and what belongs to nobody (`null`), or of one tier, from the column totals of each. */
export function totalsOf(byTier: readonly Float64Array[], tiers: readonly string[], tier: number | null, prices: Prices): Totals {
  const columns = new Float64Array(CELL_COLUMNS.length);
  let violationCost = 0;
  for (const [index, own] of byTier.entries()) {
    if (tier !== null && tier !== index) continue;
    for (let column = 0; column < columns.length; column++) columns[column]! += own[column]!;
    const name = tiers[index];
    if (name === undefined) continue;
    const violations = own[at.observedMs]! > 0 ? own[at.pastGraceMs]! / MINUTE_MS : own[at.violations]!;
    violationCost += violations * violationPrice(prices, name);
  }
  return { columns, violationCost };
}

/** Column totals by tier, and nobody's last, of all cells. */
export function columnTotals({ rows, blocks, sums, tiers }: RunCells): Float64Array[] {
  const width = CELL_COLUMNS.length;
  const byTier = Array.from({ length: tiers.length + 1 }, () => new Float64Array(width));
  for (const [row, { tier }] of rows.entries()) {
    const totals = byTier[tier === NOBODY ? tiers.length : tier]!;
    for (let at = row * blocks * width; at < (row + 1) * blocks * width; at++) totals[at % width]! += sums[at]!;
  }
  return byTier;
}

/** The additive metrics that the cells add up to, each cell once: what the run's metrics should say. */
export function wholeMetrics(cells: RunCells, tier: string | null, prices: Prices): ReadonlyMap<string, number | null> {
  const index = tier === null ? null : cells.tiers.indexOf(tier);
  const totals = totalsOf(columnTotals(cells), cells.tiers, index, prices);
  return new Map([...ADDITIVE_METRICS].map(([name, formula]) => [name, formula(totals, prices)]));
}
