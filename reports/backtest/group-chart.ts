import type { GroupResult, ModelResult } from "../../models/backtest/backtest-result.ts";
import type { Chart, Table } from "../charts/chart.ts";
import { policyMarks } from "../charts/theme.ts";
import type { BacktestDocument } from "./document.ts";
import { isReference, lossOf } from "./ranked-models.ts";

const ROW_PX = 34;

/** "cpuMillis", "sparse series": what a group is, in words. */
export function groupName({ kind, name }: Pick<GroupResult, "kind" | "name">): string {
  return kind === "activity" ? `${name} series` : name;
}

/** Each model's ratio to a reference in each group: a row a group, a mark a model, left of 1 is better. */
export function groupChart(document: BacktestDocument, models: readonly ModelResult[]): Chart | null {
  const groups = models[0]?.groups ?? [];
  const { metric, name } = lossOf(document);
  const views = Object.fromEntries(
    (["simple", "classical"] as const).flatMap((reference) => {
      const held = document.references[reference];
      const table = tableOf(models, reference === "simple" ? `${metric}_ratio` : `${metric}_ratio_classical`, held);
      return held === null || table["mark"]?.length === 0 ? [] : [[reference, { table, signals: {} }] as const];
    }),
  );
  if (groups.length === 0 || Object.keys(views).length === 0) return null;
  const marks = policyMarks(models.map((model) => ({ reference: isReference(document, model) })));
  const domain = marks.map((_, index) => index);
  return {
    spec: {
      width: "container",
      height: ROW_PX * groups.length,
      data: { name: "table" },
      layer: [
        {
          data: { values: [{ one: 1 }] },
          mark: { type: "rule", color: "var(--axis)", strokeDash: [3, 3] },
          encoding: { x: { field: "one", type: "quantitative" } },
        },
        {
          mark: { type: "point", filled: true, size: 80, opacity: 0.95, stroke: "var(--paper)", strokeWidth: 1 },
          encoding: {
            x: {
              field: "ratio",
              type: "quantitative",
              scale: { type: "log", nice: true },
              axis: { grid: true, tickCount: 6, format: "~g" },
              title: `${name}, ratio (logarithmic)`,
            },
            y: { field: "group", type: "nominal", sort: groups.map(groupName), title: null, axis: { grid: true } },
            color: { field: "mark", type: "nominal", scale: { domain, range: marks.map(({ color }) => color) }, legend: null },
            shape: { field: "mark", type: "nominal", scale: { domain, range: marks.map(({ shape }) => shape) }, legend: null },
            tooltip: { field: "tip" },
          },
        },
      ],
    },
    views,
  };
}

function tableOf(models: readonly ModelResult[], metric: string, reference: string | null): Table {
  const rows = models.flatMap(({ name, groups }, mark) =>
    groups.flatMap((group) => {
      const ratio = group.metrics[metric] ?? null;
      if (ratio === null || ratio <= 0) return [];
      const shown = Number(ratio.toPrecision(4));
      return [{ mark, group: groupName(group), ratio: shown, tip: `${name}: ${shown} × ${reference}` }];
    }),
  );
  return {
    mark: rows.map(({ mark }) => mark),
    group: rows.map(({ group }) => group),
    ratio: rows.map(({ ratio }) => ratio),
    tip: rows.map(({ tip }) => tip),
  };
}
