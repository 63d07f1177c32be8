import { money } from "../format.ts";
import { isOnFrontier, type SweepPoint } from "../sweep/points.ts";
import type { Chart } from "./chart.ts";
import { costAxis } from "./cost-axis.ts";
import { policyMarks } from "./theme.ts";

const HEIGHT_PX = 420;

/** Families of a sweep in order of first appearance; the mark of each is that of its index. */
export function familiesOf(points: readonly SweepPoint[]): { readonly name: string; readonly reference: boolean }[] {
  const names = [...new Set(points.map(({ family }) => family))];
  return names.map((name) => ({
    name,
    reference: points.filter(({ family }) => family === name).every(({ reference }) => reference),
  }));
}

/** Waste cost against violation cost of every point, and the frontier; `null` where no point has both. */
export function paretoChart(points: readonly SweepPoint[], currency: string): Chart | null {
  const families = familiesOf(points);
  const placed = points.flatMap((point) => {
    const [waste, violations] = [point.metrics["waste_cost"] ?? null, point.metrics["violation_cost"] ?? null];
    return waste === null || violations === null ? [] : [{ point, waste, violations }];
  });
  if (placed.length === 0) return null;
  const marks = policyMarks(families);
  const scale = { domain: marks.map((_, index) => index) };
  const x = costAxis(placed.map(({ waste }) => waste));
  const y = costAxis(placed.map(({ violations }) => violations));
  const unit = currency === "" ? "" : `, ${currency}`;
  const title = (name: string, isLogarithmic: boolean) => `${name}${unit}${isLogarithmic ? " (logarithmic)" : ""}`;
  return {
    spec: {
      width: "container",
      height: HEIGHT_PX,
      data: { name: "table" },
      encoding: {
        x: {
          field: "waste",
          type: "quantitative",
          scale: x.scale,
          axis: x.axis,
          title: title("wasted capacity", x.isLogarithmic),
        },
        y: {
          field: "violations",
          type: "quantitative",
          scale: y.scale,
          axis: y.axis,
          title: title("SLA violations", y.isLogarithmic),
        },
      },
      layer: [
        {
          transform: [{ filter: "datum.frontier" }],
          mark: { type: "line", color: "var(--muted)", strokeWidth: 1, interpolate: "step-after" },
          encoding: { order: { field: "waste", type: "quantitative" } },
        },
        {
          mark: { type: "point", filled: true, stroke: "var(--paper)", strokeWidth: 1 },
          encoding: {
            color: { field: "mark", type: "nominal", scale: { ...scale, range: marks.map(({ color }) => color) }, legend: null },
            shape: { field: "mark", type: "nominal", scale: { ...scale, range: marks.map(({ shape }) => shape) }, legend: null },
            size: { condition: { test: "datum.frontier", value: 130 }, value: 60 },
            opacity: { condition: { test: "datum.dominated", value: 0.45 }, value: 1 },
            tooltip: { field: "tip" },
          },
        },
        {
          transform: [{ filter: "datum.frontier" }],
          mark: { type: "text", align: "left", baseline: "bottom", dx: 7, dy: -5, limit: 220 },
          encoding: { text: { field: "label" } },
        },
      ],
    },
    views: {
      all: {
        table: {
          label: placed.map(({ point }) => point.policyText.replace(/^[^:]*:/, "")),
          mark: placed.map(({ point }) => families.findIndex(({ name }) => name === point.family)),
          waste: placed.map(({ waste }) => waste),
          violations: placed.map(({ violations }) => violations),
          frontier: placed.map(({ point }) => (isOnFrontier(point) ? 1 : 0)),
          dominated: placed.map(({ point }) => (point.dominatedBy === null ? 0 : 1)),
          tip: placed.map(
            ({ point, waste, violations }) =>
              `${point.policyText}: waste ${money(waste, currency)}, violations ${money(violations, currency)}` +
              (point.dominatedBy === null ? "" : `; dominated by ${point.dominatedBy}`),
          ),
        },
        signals: {},
      },
    },
  };
}
