import { type ComparedRun, metric } from "../compared-run.ts";
import { money } from "../format.ts";
import type { Chart, Table } from "./chart.ts";
import { NUMBER_LABEL, policyMarks } from "./theme.ts";

const HEIGHT_PX = 300;
/** Between the baselines of two labels. */
const LABEL_PX = 15;
/** Labels of points nearer than this share of the axis may meet. */
const LABEL_SHARE = 0.45;

interface Point {
  readonly label: string;
  readonly mark: number;
  readonly waste: number;
  readonly violations: number;
}

/** Waste cost against violation cost, one labelled point a policy; `null` where no run has both. */
export function tradeoffChart(runs: readonly ComparedRun[]): Chart | null {
  const points = runs.flatMap((run, mark): Point[] => {
    const [waste, violations] = [metric(run, "waste_cost"), metric(run, "violation_cost")];
    return waste === null || violations === null ? [] : [{ label: labelOf(run), mark, waste, violations }];
  });
  if (points.length === 0) return null;
  const right = Math.max(...points.map((point) => point.waste)) * 1.08 || 1;
  const top = Math.max(...points.map((point) => point.violations)) * 1.12 || 1;
  const marks = policyMarks(runs);
  const scale = { domain: marks.map((_, index) => index) };
  const currency = runs[0]?.prices.currency ?? "";
  const unit = currency === "" ? "" : `, ${currency}`;
  const axis = { labelExpr: NUMBER_LABEL, tickCount: 5, grid: true };
  const lowest = Math.min(
    ...runs.flatMap((run, mark) => (run.reference ? [] : points.filter((point) => point.mark === mark))).map(totalOf),
  );

  return {
    spec: {
      width: "container",
      height: HEIGHT_PX,
      data: { name: "table" },
      encoding: {
        x: {
          field: "waste",
          type: "quantitative",
          scale: { domain: [0, right], nice: false },
          axis,
          title: `wasted capacity${unit}`,
        },
        y: { type: "quantitative", scale: { domain: [0, top], nice: false }, axis, title: `SLA violations${unit}` },
      },
      layer: [
        ...(Number.isFinite(lowest) ? [sameCostLine(lowest, right, top)] : []),
        {
          transform: [{ filter: "abs(datum.labelY - datum.violations) > 1e-9" }],
          mark: { type: "rule", color: "var(--axis)", strokeWidth: 1 },
          encoding: { y: { field: "violations" }, y2: { field: "labelY" } },
        },
        {
          mark: { type: "point", filled: true, size: 110, opacity: 1, stroke: "var(--paper)", strokeWidth: 1.5 },
          encoding: {
            y: { field: "violations" },
            color: { field: "mark", type: "nominal", scale: { ...scale, range: marks.map(({ color }) => color) }, legend: null },
            shape: { field: "mark", type: "nominal", scale: { ...scale, range: marks.map(({ shape }) => shape) }, legend: null },
            tooltip: { field: "tip" },
          },
        },
        ...(["left", "right"] as const).map((side) => ({
          transform: [{ filter: `datum.side === '${side}'` }],
          mark: {
            type: "text" as const,
            align: side === "right" ? ("left" as const) : ("right" as const),
            baseline: "middle" as const,
            dx: side === "right" ? 10 : -10,
            limit: 190,
          },
          encoding: { y: { field: "labelY", type: "quantitative" as const }, text: { field: "label" } },
        })),
      ],
    },
    views: { all: { table: tableOf(points, right, top, currency), signals: {} } },
  };
}

/** Where waste + violations is as low as the best ranked policy has it, cut to the chart. */
function sameCostLine(cost: number, right: number, top: number) {
  const from = { x: Math.max(0, cost - top), y: Math.min(cost, top) };
  const to = { x: Math.min(cost, right), y: Math.max(0, cost - right) };
  return {
    data: { values: [from, to] },
    mark: { type: "line" as const, color: "var(--muted)", strokeWidth: 1, strokeDash: [4, 4] },
    encoding: { x: { field: "x", type: "quantitative" as const }, y: { field: "y", type: "quantitative" as const } },
  };
}

function tableOf(points: readonly Point[], right: number, top: number, currency: string): Table {
  const placed = placeLabels(points, right, top);
  return {
    label: points.map((point) => point.label),
    mark: points.map((point) => point.mark),
    waste: points.map((point) => point.waste),
    violations: points.map((point) => point.violations),
    labelY: placed,
    side: points.map((point) => (point.waste > right / 2 ? "left" : "right")),
    tip: points.map(
      (point) => `${point.label}: waste ${money(point.waste, currency)}, violations ${money(point.violations, currency)}`,
    ),
  };
}

/** Heights of the labels, in units of the axis: at their points, or above a label that they would cover. */
function placeLabels(points: readonly Point[], right: number, top: number): number[] {
  const step = (LABEL_PX / HEIGHT_PX) * top;
  const heights = new Array<number>(points.length).fill(Number.NaN);
  const upwards = points
    .map((_, index) => index)
    .sort((a, b) => (points[a] as Point).violations - (points[b] as Point).violations);
  for (const index of upwards) {
    const point = points[index] as Point;
    const near = upwards.filter((other) => Math.abs((points[other] as Point).waste - point.waste) < LABEL_SHARE * right);
    const taken = near
      .map((other) => heights[other] as number)
      .filter((height) => !Number.isNaN(height))
      .sort((a, b) => a - b);
    let height = Math.max(point.violations, step / 2);
    for (const other of taken) if (Math.abs(other - height) < step * 0.99) height = other + step;
    heights[index] = height;
  }
  return heights;
}

function totalOf(point: Point): number {
  return point.waste + point.violations;
}

function labelOf(run: ComparedRun): string {
  return run.reference ? `${run.label} (reference)` : run.label;
}
