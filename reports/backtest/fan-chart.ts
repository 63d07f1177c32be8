import type { Example } from "../../models/backtest/backtest-result.ts";
import type { Chart, ChartView } from "../charts/chart.ts";
import type { BacktestDocument } from "./document.ts";

const HEIGHT_PX = 200;

/** Central intervals, widest first, with the opacity that they are drawn with. */
const BANDS = [
  { low: 50_000, high: 950_000, opacity: 0.22 },
  { low: 100_000, high: 900_000, opacity: 0.28 },
  { low: 250_000, high: 750_000, opacity: 0.4 },
] as const;

/** One chart an example: what had been, what came, and under each model's view what it said. */
export function fanChart(document: BacktestDocument, example: Example, models: readonly string[]): Chart {
  const arrival = document.target === "arrival";
  const forecast = { filter: "datum.kind === 1" };
  const time = { field: "time", type: "quantitative" as const };
  return {
    spec: {
      width: "container",
      height: HEIGHT_PX,
      data: { name: "table" },
      encoding: {
        x: {
          ...time,
          title: `steps of ${stepText(document.stepMs)} from the instant of the forecast`,
          scale: { nice: false },
        },
        y: {
          type: "quantitative",
          title: arrival ? "chance of an arrival" : null,
          scale: { zero: document.target !== "demand" },
        },
      },
      layer: [
        ...(arrival
          ? []
          : BANDS.map(({ opacity }, band) => ({
              transform: [forecast],
              mark: { type: "area" as const, color: "var(--accent)", opacity, interpolate: "step-after" as const },
              encoding: { y: { field: `low${band}` }, y2: { field: `high${band}` } },
            }))),
        {
          transform: [forecast],
          mark: { type: "line", color: "var(--accent)", strokeWidth: 2, interpolate: "step-after" },
          encoding: { y: { field: "middle" } },
        },
        {
          transform: [{ filter: "datum.kind === 0" }],
          mark: { type: "line", color: "var(--ink)", strokeWidth: 1.2, interpolate: "step-after" },
          encoding: { y: { field: "middle" }, detail: { field: "piece", type: "nominal" } },
        },
        {
          data: { values: [{ at: 0 }] },
          mark: { type: "rule", color: "var(--axis)", strokeDash: [3, 3] },
          encoding: { x: { field: "at", type: "quantitative" } },
        },
      ],
    },
    views: Object.fromEntries(models.map((model) => [model, viewOf(document, example, model)])),
  };
}

function viewOf({ levelsPpm, horizonSteps, target }: BacktestDocument, example: Example, model: string): ChartView {
  const columns: Record<string, number[]> = { time: [], kind: [], piece: [], middle: [] };
  for (const band of BANDS.keys()) {
    columns[`low${band}`] = [];
    columns[`high${band}`] = [];
  }
  const row = (values: Readonly<Record<string, number>>) => {
    for (const [name, column] of Object.entries(columns)) column.push(rounded(values[name] ?? 0));
  };
  // A gap begins a new piece of the line.
  let piece = 0;
  for (const [index, value] of example.observed.entries()) {
    const time = example.firstStep + index - example.origin;
    if (value === null) piece += 1;
    else row({ time, kind: 0, piece, middle: target === "arrival" ? Math.min(1, value) : value });
  }
  const said = example.forecasts[model];
  if (said === undefined) return { table: columns, signals: {} };
  const width = said.length / horizonSteps;
  const at = (step: number, ppm: number) => said[step * width + Math.max(0, levelsPpm.indexOf(ppm))] as number;
  // The last step is drawn to its end.
  for (let time = 0; time <= horizonSteps; time += 1) {
    const step = Math.min(time, horizonSteps - 1);
    const bands = Object.fromEntries(
      BANDS.flatMap(({ low, high }, band) => [
        [`low${band}`, at(step, low)],
        [`high${band}`, at(step, high)],
      ]),
    );
    row({ time, kind: 1, middle: at(step, 500_000), ...bands });
  }
  return { table: columns, signals: {} };
}

/** The page need not carry more digits than can be drawn. */
function rounded(value: number): number {
  return Number(value.toPrecision(5));
}

export function stepText(stepMs: number): string {
  if (stepMs % 3_600_000 === 0) return `${stepMs / 3_600_000} h`;
  return stepMs % 60_000 === 0 ? `${stepMs / 60_000} min` : `${stepMs / 1000} s`;
}
