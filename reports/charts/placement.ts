import type { PolicySummary } from "../placement/summary.ts";
import type { Chart, ChartView } from "./chart.ts";
import { policyMarks } from "./theme.ts";

const HEIGHT_PX = 320;
/** Up to this load every policy allocates nearly all that arrives. */
const CROWDED_FROM_PCT = 75;
/** Between the points on a line that carry its mark. */
const MARK_EVERY_PCT = 10;

type Figure = "gpuAllocationPct" | "fragmentationPct";

/** One figure against the load that has arrived, a line a policy: in the crowded part (the first view), and as a whole. */
export function placementChart(policies: readonly PolicySummary[], figure: Figure, title: string): Chart {
  const marks = policyMarks(policies.map(() => ({ reference: false })));
  const domain = marks.map((_, index) => index);
  const color = {
    field: "mark",
    type: "nominal",
    scale: { domain, range: marks.map((mark) => mark.color) },
    legend: null,
  } as const;
  const dashes = { domain, range: marks.map(({ dash }) => [...dash]) };
  const shapes = { domain, range: marks.map(({ shape }) => shape) };
  const most = Math.max(...policies.map(({ curve }) => curve.at(-1)?.loadPct ?? 0));
  const crowded = most > CROWDED_FROM_PCT ? CROWDED_FROM_PCT : 0;
  return {
    spec: {
      width: "container",
      height: HEIGHT_PX,
      data: { name: "table" },
      params: [
        { name: "left", value: 0 },
        { name: "right", value: 100 },
        { name: "bottom", value: 0 },
      ],
      encoding: {
        x: {
          field: "load",
          type: "quantitative",
          scale: { domain: [{ expr: "left" }, { expr: "right" }] as never, nice: false },
          axis: { grid: true, labelExpr: PERCENT_LABEL },
          title: "GPU asked for so far, share of the cluster's",
        },
        y: {
          field: "value",
          type: "quantitative",
          scale: { domain: [{ expr: "bottom" }, 100] as never, nice: false, zero: false },
          axis: { labelExpr: PERCENT_LABEL },
          title,
        },
        color,
      },
      layer: [
        {
          mark: { type: "line", strokeWidth: 2, clip: true },
          encoding: { strokeDash: { field: "mark", type: "nominal", scale: dashes, legend: null } },
        },
        {
          transform: [{ filter: "datum.marked === 1" }],
          mark: { type: "point", filled: true, size: 70, opacity: 1, stroke: "var(--paper)", strokeWidth: 1.5, clip: true },
          encoding: { shape: { field: "mark", type: "nominal", scale: shapes, legend: null } },
        },
      ],
    },
    views: { crowded: viewOf(policies, figure, crowded, most), whole: viewOf(policies, figure, 0, most) },
  };
}

const PERCENT_LABEL = "datum.value + '\u202f%'";

function viewOf(policies: readonly PolicySummary[], figure: Figure, left: number, right: number): ChartView {
  const points = policies.flatMap(({ curve }, mark) =>
    curve.flatMap((point) => {
      const value = point[figure];
      return value === null || point.loadPct < left ? [] : [{ mark, load: point.loadPct, value: Number(value.toFixed(3)) }];
    }),
  );
  const lowest = Math.min(...points.map(({ value }) => value));
  return {
    table: {
      mark: points.map(({ mark }) => mark),
      load: points.map(({ load }) => load),
      value: points.map(({ value }) => value),
      // The lines lie on one another: each has its marks elsewhere.
      marked: points.map(({ mark, load }) => (load % MARK_EVERY_PCT === mark % MARK_EVERY_PCT ? 1 : 0)),
    },
    signals: { left, right, bottom: left === 0 ? 0 : Math.floor(lowest / 5) * 5 },
  };
}
