import type { Calibration, ModelResult } from "../../models/backtest/backtest-result.ts";
import type { Chart, Table } from "../charts/chart.ts";
import { policyMarks } from "../charts/theme.ts";
import type { BacktestDocument } from "./document.ts";
import { isReference } from "./ranked-models.ts";

const HEIGHT_PX = 260;
const HISTOGRAM_PX = 80;

/** Bars of a model's randomised PITs: level at 1 if it is calibrated. */
export function pitChart({ calibration }: ModelResult): Chart | null {
  if (calibration?.of !== "quantiles") return null;
  const { pitBins } = calibration;
  const total = pitBins.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const bins = pitBins.length;
  const table: Table = {
    left: pitBins.map((_, bin) => bin / bins),
    right: pitBins.map((_, bin) => (bin + 1) / bins),
    height: pitBins.map((count) => Number(((count * bins) / total).toPrecision(4))),
  };
  return {
    spec: {
      width: "container",
      height: HISTOGRAM_PX,
      data: { name: "table" },
      layer: [
        {
          mark: { type: "rect", color: "var(--accent)", opacity: 0.55, stroke: "var(--paper)", strokeWidth: 1 },
          encoding: {
            x: { field: "left", type: "quantitative", scale: { domain: [0, 1] }, title: null, axis: { tickCount: 2 } },
            x2: { field: "right" },
            y: { field: "height", type: "quantitative", title: null, scale: { zero: true }, axis: { tickCount: 3 } },
            y2: { datum: 0 },
          },
        },
        {
          data: { values: [{ one: 1 }] },
          mark: { type: "rule", color: "var(--ink)", strokeDash: [3, 3] },
          encoding: { y: { field: "one", type: "quantitative" } },
        },
      ],
    },
    views: { all: { table, signals: {} } },
  };
}

/** Nominal against observed, a line a model: on the diagonal if it is calibrated. Of quantiles by level, of chances by bin. */
export function reliabilityChart(document: BacktestDocument, models: readonly ModelResult[]): Chart | null {
  const points = models.flatMap(({ calibration }, mark) =>
    calibration === null ? [] : pointsOf(document, calibration).map((point) => ({ mark, ...point })),
  );
  if (points.length === 0) return null;
  const marks = policyMarks(models.map((model) => ({ reference: isReference(document, model) })));
  const domain = marks.map((_, index) => index);
  const arrival = document.target === "arrival";
  const scaleOf = (range: unknown[]) => ({ domain, range: range as never[] });
  return {
    spec: {
      width: "container",
      height: HEIGHT_PX,
      data: { name: "table" },
      encoding: {
        x: {
          field: "nominal",
          type: "quantitative",
          scale: { domain: [0, 1] },
          axis: { grid: true },
          title: arrival ? "chance given" : "level of the quantile",
        },
        y: {
          field: "observed",
          type: "quantitative",
          scale: { domain: [0, 1] },
          title: arrival ? "share with an arrival" : "share at or below it (PIT)",
        },
      },
      layer: [
        {
          data: { values: [{ end: 0 }, { end: 1 }] },
          mark: { type: "line", color: "var(--axis)", strokeDash: [3, 3] },
          encoding: { x: { field: "end", type: "quantitative" }, y: { field: "end", type: "quantitative" } },
        },
        {
          mark: { type: "line", strokeWidth: 1.8 },
          encoding: {
            color: { field: "mark", type: "nominal", scale: scaleOf(marks.map(({ color }) => color)), legend: null },
            strokeDash: { field: "mark", type: "nominal", scale: scaleOf(marks.map(({ dash }) => [...dash])), legend: null },
          },
        },
        {
          mark: { type: "point", filled: true, size: 45, opacity: 1 },
          encoding: {
            color: { field: "mark", type: "nominal", scale: scaleOf(marks.map(({ color }) => color)), legend: null },
            shape: { field: "mark", type: "nominal", scale: scaleOf(marks.map(({ shape }) => shape)), legend: null },
          },
        },
      ],
    },
    views: {
      all: {
        table: {
          mark: points.map(({ mark }) => mark),
          nominal: points.map(({ nominal }) => nominal),
          observed: points.map(({ observed }) => observed),
        },
        signals: {},
      },
    },
  };
}

function pointsOf({ levelsPpm }: BacktestDocument, calibration: Calibration): { nominal: number; observed: number }[] {
  if (calibration.of === "chances") return calibration.bins.map(({ chance, share }) => ({ nominal: chance, observed: share }));
  return calibration.within.map((observed, level) => ({ nominal: (levelsPpm[level] as number) / 1_000_000, observed }));
}
