import type { ModelResult } from "../../models/backtest/backtest-result.ts";
import { aligned, count, counted, duration, NOT_APPLICABLE } from "../format.ts";
import { type Fragment, type Html, html } from "../html/html.ts";
import { numbers, table, words } from "../html/table.ts";
import type { BacktestDocument } from "./document.ts";
import { modelName } from "./scoreboard.ts";

export function costTable(document: BacktestDocument, models: readonly ModelResult[]): Html {
  const column = (value: (model: ModelResult) => number | null, per = 1) =>
    aligned(
      models.map((model) => {
        const found = value(model);
        return found === null ? null : Number((found / per).toPrecision(3));
      }),
    );
  const columns = [
    column(({ cost }) => cost?.fitCpuMs ?? null, 1000),
    column(({ cost }) => cost?.fitWallMs ?? null, 1000),
    column(({ cost }) => cost?.forecastCpuMs ?? null),
    column(({ cost }) => cost?.peakMemoryMiB ?? null),
  ];
  const heads = [
    words("model"),
    ...["fit, CPU s", "fit, wall s", "forecast of all series, CPU ms", "peak memory, MiB"].map(numbers),
  ];
  const rows = models.map((model, row): Fragment[] => [
    modelName(document, model, row),
    ...columns.map((texts) => texts[row] ?? ""),
    model.chosen ?? "",
  ]);
  return html`${table("Time and memory, scrolls sideways", [...heads, words("chosen on the validation part")], rows)}
    <p class="note">Processor time of the whole process, so that waiting for others does not count. Memory is what the process held
    at most while the model was at work, with the data and the scores of the others in it.</p>`;
}

export function methodSection(document: BacktestDocument): Html {
  const { split, steps, embargoSteps, origins, intervals, seed, protocol, target } = document;
  const at = (step: number) => count(step);
  const losses =
    target === "arrival"
      ? "Log loss and Brier score count the steps at risk: up to the first with an arrival, since a chance is given none before."
      : `SQL is twice the pinball loss, mean over the levels, in units of each series' own seasonal error of 24 h before the instant; a
        geometric ratio is the mean over series of the logarithm of theirs, each with 0.01 added. Series that had been constant or
        all zero have no such unit and are scored apart.`;
  const intervalText =
    intervals.units === 0
      ? `blocks of instants (${intervals.blocks}); the series are taken as they are`
      : `users or apps (${count(intervals.units)}) and blocks of instants (${intervals.blocks}) at once`;
  return html`<p>${protocol === "ett" ? "The protocol of the ETT benchmark: 12, 4 and 4 months; columns standardised by the first 12; no embargo; a forecast from every instant." : `Walk-forward: models learn from steps 0 to ${at(split.trainEnd)} of ${at(steps)}, choose by those to ${at(split.validationEnd)}; ${counted(embargoSteps, "step", "steps")} are left out; then the test.`}
    Each is fitted once, on a panel that ends before the test; at each of the ${counted(origins.length, "instant", "instants")} it is given what was known then.</p>
  <p class="note">${losses}</p>
  <p class="note">Intervals: ${count(intervals.replicates)} replicates of a bootstrap over ${intervalText}, the same draws for every
    model, so that ratios are paired; instants nearer than a horizon are one block. Seed ${seed}, as for instants, training and the
    randomised PIT.</p>`;
}

export function inputsSection({ source, split, stepMs, backend, seed, code_revision, levelsPpm }: BacktestDocument): Html {
  const rows: [string, Fragment][] = [
    [source.kind, source.name],
    ["digest", html`<code class="digest">${source.digest}</code>`],
    ["learned from", duration(split.trainEnd * stepMs)],
    ["chosen by the next", duration((split.validationEnd - split.trainEnd) * stepMs)],
    ["levels", levelsPpm.length === 0 ? NOT_APPLICABLE : levelsPpm.map((ppm) => ppm / 1_000_000).join(", ")],
    ["seed", String(seed)],
    ["backend", backend === null ? "none: no model ran on one" : `${backend.name} ${backend.version}`],
    ["code", html`<code>${code_revision}</code>`],
  ];
  return html`<dl>${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
