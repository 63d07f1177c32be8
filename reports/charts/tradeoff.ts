import { type ComparedRun, metric } from "../compared-run.ts";
import { money } from "../format.ts";
import type { Chart, Table } from "./chart.ts";
import { type CostAxis, costAxis } from "./cost-axis.ts";
import { policyMarks } from "./theme.ts";

const HEIGHT_PX = 300;
/** Between the baselines of two labels. */
const LABEL_PX = 15;
/** Labels of points nearer than this share of the axis may meet. */
const LABEL_SHARE = 0.45;
const LINE_STEPS = 40;

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
  const x = costAxis(points.map((point) => point.waste));
  const y = costAxis(points.map((point) => point.violations));
  const marks = policyMarks(runs);
  const scale = { domain: marks.map((_, index) => index) };
  const currency = runs[0]?.prices.currency ?? "";
  const title = (name: string, axis: CostAxis) =>
    `${name}${currency === "" ? "" : `, ${currency}`}${axis.isLogarithmic ? " (logarithmic)" : ""}`;
  const lowest = Math.min(
    ...runs.flatMap((run, mark) => (run.reference ? [] : points.filter((point) => point.mark === mark))).map(totalOf),
  );

  return {
    spec: {
      width: "container",
      height: HEIGHT_PX,
      data: { name: "table" },
      encoding: {
        x: { field: "waste", type: "quantitative", scale: x.scale, axis: x.axis, title: title("wasted capacity", x) },
        y: { type: "quantitative", scale: y.scale, axis: y.axis, title: title("SLA violations", y) },
      },
      layer: [
        ...(Number.isFinite(lowest) ? [sameCostLine(lowest, x, y)] : []),
        {
          transform: [{ filter: "datum.moved" }],
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
    views: { all: { table: tableOf(points, x, y, currency), signals: {} } },
  };
}

/** Where waste + violations is as low as the best ranked policy has it, as far as the chart shows it. */
function sameCostLine(cost: number, x: CostAxis, y: CostAxis) {
  const places = Array.from({ length: LINE_STEPS + 1 }, (_, step) => step / LINE_STEPS);
  const waste = [...places.map(x.valueAt), ...places.map((place) => cost - y.valueAt(place)), cost];
  const shown = waste.filter((at) => at >= 0 && at <= Math.min(cost, x.end) && cost - at <= y.end).sort((a, b) => a - b);
  return {
    data: { values: shown.map((at) => ({ x: at, y: cost - at })) },
    mark: { type: "line" as const, color: "var(--muted)", strokeWidth: 1, strokeDash: [4, 4] },
    encoding: { x: { field: "x", type: "quantitative" as const }, y: { field: "y", type: "quantitative" as const } },
  };
}

function tableOf(points: readonly Point[], x: CostAxis, y: CostAxis, currency: string): Table {
  const placed = placeLabels(points, x, y);
  return {
    label: points.map((point) => point.label),
    mark: points.map((point) => point.mark),
    waste: points.map((point) => point.waste),
    violations: points.map((point) => point.violations),
    labelY: placed,
    moved: points.map((point, index) => (y.place(placed[index] as number) - y.place(point.violations) > 0.03 ? 1 : 0)),
    side: points.map((point) => (x.place(point.waste) > 0.5 ? "left" : "right")),
    tip: points.map(
      (point) => `${point.label}: waste ${money(point.waste, currency)}, violations ${money(point.violations, currency)}`,
    ),
  };
}

/** Heights of the labels, in units of the axis: at their points, or above a label that they would cover. */
function placeLabels(points: readonly Point[], x: CostAxis, y: CostAxis): number[] {
  const step = LABEL_PX / HEIGHT_PX;
  const placed: { readonly index: number; readonly across: number; readonly height: number }[] = [];
  const upwards = points.map((point, index) => ({ point, index })).sort((a, b) => a.point.violations - b.point.violations);
  for (const { point, index } of upwards) {
    const across = x.place(point.waste);
    const near = placed.filter((label) => Math.abs(label.across - across) < LABEL_SHARE).sort((a, b) => a.height - b.height);
    let height = Math.max(y.place(point.violations), step / 2);
    for (const label of near) if (Math.abs(label.height - height) < step * 0.99) height = label.height + step;
    placed.push({ index, across, height });
  }
  return placed.sort((a, b) => a.index - b.index).map(({ height }) => y.valueAt(height));
}

function totalOf(point: Point): number {
  return point.waste + point.violations;
}

function labelOf(run: ComparedRun): string {
  return run.reference ? `${run.label} (reference)` : run.label;
}
