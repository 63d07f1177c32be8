import type { ModelResult } from "../../models/backtest/backtest-result.ts";
import type { Chart, Table } from "../charts/chart.ts";
import { policyMarks } from "../charts/theme.ts";
import type { BacktestDocument } from "./document.ts";
import { stepText } from "./fan-chart.ts";
import { isReference } from "./ranked-models.ts";

const HEIGHT_PX = 260;
/** Marks on a line, so that lines can be told apart without colour. */
const MARKS = 6;

/** What `by_step` can be drawn of, with the words for it. */
export const STEP_METRICS: Readonly<Record<string, string>> = {
  sql: "SQL",
  mase: "MASE",
  coverage80: "share within the 80 % interval",
  log_loss: "log loss",
};

/** A metric by steps ahead, a line a model; a view for each metric that there is. */
export function horizonChart(document: BacktestDocument, models: readonly ModelResult[]): Chart | null {
  const metrics = metricsShown(models);
  if (metrics.length === 0) return null;
  const marks = policyMarks(models.map((model) => ({ reference: isReference(document, model) })));
  const domain = marks.map((_, index) => index);
  const color = {
    field: "mark",
    type: "nominal",
    scale: { domain, range: marks.map((mark) => mark.color) },
    legend: null,
  } as const;
  return {
    spec: {
      width: "container",
      height: HEIGHT_PX,
      data: { name: "table" },
      encoding: {
        x: {
          field: "step",
          type: "quantitative",
          title: `steps ahead, of ${stepText(document.stepMs)}`,
          scale: { nice: false, zero: false },
        },
        y: { field: "value", type: "quantitative", title: null, scale: { zero: false } },
        color,
      },
      layer: [
        {
          mark: { type: "line", strokeWidth: 1.8 },
          encoding: {
            strokeDash: {
              field: "mark",
              type: "nominal",
              scale: { domain, range: marks.map(({ dash }) => [...dash]) },
              legend: null,
            },
          },
        },
        {
          transform: [{ filter: "datum.marked === 1" }],
          mark: { type: "point", filled: true, size: 60, opacity: 1, stroke: "var(--paper)", strokeWidth: 1 },
          encoding: {
            shape: { field: "mark", type: "nominal", scale: { domain, range: marks.map(({ shape }) => shape) }, legend: null },
          },
        },
      ],
    },
    views: Object.fromEntries(
      metrics.map((metric) => [metric, { table: tableOf(models, metric, document.horizonSteps), signals: {} }]),
    ),
  };
}

export function metricsShown(models: readonly ModelResult[]): string[] {
  return Object.keys(STEP_METRICS).filter((metric) =>
    models.some(({ by_step }) => by_step[metric]?.some((value) => value !== null)),
  );
}

function tableOf(models: readonly ModelResult[], metric: string, steps: number): Table {
  const every = Math.max(1, Math.round(steps / MARKS));
  const rows = models.flatMap(({ by_step }, mark) =>
    (by_step[metric] ?? []).flatMap((value, index) => {
      if (value === null) return [];
      const marked = index === steps - 1 || index % every === mark % every ? 1 : 0;
      return [{ mark, step: index + 1, value: Number(value.toPrecision(5)), marked }];
    }),
  );
  return {
    mark: rows.map(({ mark }) => mark),
    step: rows.map(({ step }) => step),
    value: rows.map(({ value }) => value),
    marked: rows.map(({ marked }) => marked),
  };
}
