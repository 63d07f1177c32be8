import type { ModelResult } from "../../models/backtest/backtest-result.ts";
import { aligned, NOT_APPLICABLE, significant } from "../format.ts";
import { type Fragment, type Html, html } from "../html/html.ts";
import type { BacktestDocument } from "./document.ts";
import { isReference, rankedModels } from "./ranked-models.ts";

interface Column {
  readonly metric: string;
  readonly title: string;
  readonly unit: string;
  readonly group: string;
  /** What a good value is: low, or near a share. */
  readonly good: "low" | number;
}

const AMOUNTS: readonly Column[] = [
  { metric: "sql", title: "SQL", unit: "mean", group: "Quantile loss", good: "low" },
  { metric: "sql_ratio", title: "× simple", unit: "geometric", group: "Quantile loss", good: "low" },
  { metric: "sql_ratio_classical", title: "× classical", unit: "geometric", group: "Quantile loss", good: "low" },
  { metric: "sql_pooled_ratio", title: "× simple", unit: "of the means", group: "Quantile loss", good: "low" },
  { metric: "sql_pooled_ratio_classical", title: "× classical", unit: "of the means", group: "Quantile loss", good: "low" },
  { metric: "sql_median", title: "median", unit: "series", group: "Quantile loss", good: "low" },
  { metric: "sql_worst_decile", title: "worst tenth", unit: "series", group: "Quantile loss", good: "low" },
  { metric: "wql", title: "WQL", unit: "weighted", group: "Quantile loss", good: "low" },
  { metric: "mase", title: "MASE", unit: "scaled", group: "Median", good: "low" },
  { metric: "mse", title: "MSE", unit: "", group: "Median", good: "low" },
  { metric: "mae", title: "MAE", unit: "", group: "Median", good: "low" },
  { metric: "coverage80", title: "80 %", unit: "all", group: "Coverage", good: 0.8 },
  { metric: "coverage80_dense", title: "80 %", unit: "under 5 % zeros", group: "Coverage", good: 0.8 },
  { metric: "pit80", title: "80 %", unit: "PIT", group: "Coverage", good: 0.8 },
  { metric: "coverage90", title: "90 %", unit: "all", group: "Coverage", good: 0.9 },
  { metric: "coverage90_dense", title: "90 %", unit: "under 5 % zeros", group: "Coverage", good: 0.9 },
  { metric: "pit90", title: "90 %", unit: "PIT", group: "Coverage", good: 0.9 },
  { metric: "width80", title: "80 %", unit: "scaled", group: "Width", good: "low" },
  { metric: "width90", title: "90 %", unit: "scaled", group: "Width", good: "low" },
];

const ARRIVALS: readonly Column[] = [
  { metric: "log_loss", title: "log loss", unit: "nats", group: "Chances", good: "low" },
  { metric: "log_loss_ratio", title: "× simple", unit: "", group: "Chances", good: "low" },
  { metric: "log_loss_ratio_classical", title: "× classical", unit: "", group: "Chances", good: "low" },
  { metric: "brier", title: "Brier", unit: "score", group: "Chances", good: "low" },
  { metric: "calibration_error", title: "error", unit: "expected", group: "Calibration", good: "low" },
  { metric: "arrival_rate", title: "arrivals", unit: "share of steps", group: "Calibration", good: "low" },
  { metric: "forecast_rate", title: "forecast", unit: "share of steps", group: "Calibration", good: "low" },
];

/** Models as rows, from the best; metrics as columns, sortable, with 95 % intervals. Those that failed stand below, with why. */
export function backtestScoreboard(document: BacktestDocument): Html {
  const ranked = rankedModels(document);
  const failed = document.models.filter(({ fault }) => fault !== null);
  const columns = (document.target === "arrival" ? ARRIVALS : AMOUNTS).filter(({ metric }) =>
    ranked.some(({ metrics }) => metrics[metric] != null),
  );
  const groups = [...new Set(columns.map(({ group }) => group))];
  const first = (index: number) => columns[index]?.group !== columns[index - 1]?.group;
  const cells = columns.map((column) => cellsOf(document, ranked, column));
  return html`<div class="wide" role="region" aria-label="Scoreboard, scrolls sideways" tabindex="0">
  <table class="scoreboard">
    <caption class="hidden">Metrics by model, some followed by their 95 % interval. Activate a column heading to sort by it.</caption>
    <thead><tr class="groups"><td></td>${groups.map(
      (group) => html`<th scope="colgroup" colspan="${columns.filter((column) => column.group === group).length}">${group}</th>`,
    )}</tr><tr><th scope="col" aria-sort="none"><button type="button" data-sort="text">model</button><small></small></th>${columns.map(
      ({ title, unit }, index) => html`<th scope="col" class="${first(index) ? "first" : ""}" aria-sort="none">
        <button type="button" data-sort="number">${title}</button><small>${unit}</small></th>`,
    )}</tr></thead>
    <tbody>${ranked.map(
      (model, row) => html`<tr${isReference(document, model) ? html` class="reference"` : null}>
        <th scope="row" data-value="${model.name}">${modelName(document, model, row)}</th>
        ${cells.map((column, index) => html`<td class="${first(index) ? "first" : ""}" data-value="${column[row]?.value ?? ""}">${column[row]?.text ?? ""}</td>`)}</tr>`,
    )}</tbody>
  </table></div>
  ${
    failed.length === 0
      ? null
      : html`<ul class="caveats">${failed.map(({ name, fault }) => html`<li><b class="name">${name}</b> failed and has no scores: ${fault}</li>`)}</ul>`
  }
  <p class="note"><span class="best">${BEST}</span> lowest value, or the coverage nearest to nominal. Below a number stands its 95 % interval.
    × simple: against ${document.references.simple ?? NOT_APPLICABLE}; × classical: against ${document.references.classical ?? NOT_APPLICABLE}.</p>`;
}

const BEST = html`<span class="star" aria-hidden="true">◆</span>`;

/** A model's name after its mark in the charts. */
export function modelName(document: BacktestDocument, model: ModelResult, mark: number): Html {
  const tag = model.name === document.references.simple ? html` <span class="tag">reference</span>` : null;
  return html`<span class="policy"><svg class="swatch" viewBox="0 0 30 12" aria-hidden="true"><use href="#mark-${mark}"/></svg><span>${model.name}${tag}</span></span>`;
}

function cellsOf(document: BacktestDocument, models: readonly ModelResult[], { metric, good }: Column) {
  const values = models.map(({ metrics }) => metrics[metric] ?? null);
  const texts = aligned(values.map((value) => (value === null ? null : Number(value.toPrecision(3)))));
  // Rates describe the data: none is better. Nor is it a feat to be equal to oneself.
  const ranks = metric.endsWith("_rate")
    ? []
    : values.map((value) => (value === null ? Number.POSITIVE_INFINITY : distance(value, good)));
  const best = Math.min(...ranks);
  const shared = ranks.filter((rank) => rank === best).length > models.length / 2;
  return values.map((value, row) => {
    const interval = models[row]?.intervals[metric] ?? null;
    const isBest = value !== null && models.length > 1 && !shared && ranks[row] === best;
    const range: Fragment =
      interval === null ? null : html`<small class="interval">${significant(interval[0])} … ${significant(interval[1])}</small>`;
    const { simple, classical } = document.references;
    const isOwn = models[row]?.name === (metric.endsWith("_ratio") ? simple : metric.endsWith("_classical") ? classical : null);
    const text = html`${isBest && !isOwn ? html`<span class="best">${BEST}${texts[row] ?? ""}</span>` : (texts[row] ?? "")}${range}`;
    return { value, text };
  });
}

function distance(value: number, good: Column["good"]): number {
  return good === "low" ? value : Math.abs(value - good);
}
