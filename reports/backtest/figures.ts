import type { ModelResult } from "../../models/backtest/backtest-result.ts";
import { aligned, NOT_APPLICABLE, share } from "../format.ts";
import { type Fragment, type Html, html } from "../html/html.ts";
import { numbers, table, words } from "../html/table.ts";
import type { BacktestDocument } from "./document.ts";
import { groupName } from "./group-chart.ts";
import { metricsShown, STEP_METRICS } from "./horizon-chart.ts";
import { lossOf } from "./ranked-models.ts";
import { modelName } from "./scoreboard.ts";

type Models = readonly ModelResult[];

/** Series around one instant; a model's forecast is chosen. */
export function examplesFigure(document: BacktestDocument, models: Models): Html {
  const { examples, target } = document;
  const best = models.find(({ name }) => name !== document.references.simple) ?? models[0];
  const what =
    target === "arrival"
      ? "The line is the chance of an arrival in each step, given none before; black is where there was one."
      : "Black is what was observed; the line is the median, the bands hold 50, 80 and 90 %.";
  return html`<figure id="figure-examples" class="full">
    <figcaption><p>${what} The series on which the best model (${best?.name ?? NOT_APPLICABLE}) did worst, in the middle and best
      against ${document.references.simple ?? "the others"}, from the instant in the middle of the test.</p></figcaption>
    <label class="select">Forecast of <select data-charts="examples">${models.map(({ name }) => html`<option value="${name}">${name}</option>`)}</select></label>
    <div class="multiples">${examples.map(
      ({ title, series }, index) => html`<div class="multiple"><h3>${title} <small>${series}</small></h3>
      ${canvas(`examples-${index}`, `What was observed of ${series}, and what the chosen model had forecast.`)}</div>`,
    )}</div></figure>`;
}

export function reliabilityFigure(document: BacktestDocument, models: Models): Html {
  const arrival = document.target === "arrival";
  const text = arrival
    ? "Of the steps that were given a chance, the share that had an arrival: on the diagonal if chances mean what they say."
    : "How much fell at or below each quantile, by the randomised PIT: on the diagonal if levels mean what they say.";
  const rows = models.flatMap((model, mark): Fragment[][] => {
    const { calibration } = model;
    if (calibration?.of !== "quantiles") return [];
    return [[modelName(document, model, mark), ...calibration.within.map((value) => share(value))]];
  });
  const levels = document.levelsPpm.map((ppm) => numbers(share(ppm / 1_000_000)));
  return html`<figure id="figure-reliability"><div><figcaption><h3>Reliability</h3><p>${text}</p></figcaption>${key(document, models)}</div>
    ${canvas("reliability", "Nominal against observed, one line a model.")}
    ${arrival ? chancesTable(document, models) : dataTable([words("model"), ...levels], rows)}</figure>`;
}

function chancesTable(document: BacktestDocument, models: Models): Html {
  const rows = models.flatMap((model, mark): Fragment[][] => {
    const { calibration } = model;
    if (calibration?.of !== "chances") return [];
    return calibration.bins.map(({ steps, chance, share: happened }) => [
      modelName(document, model, mark),
      String(steps),
      share(chance),
      share(happened),
    ]);
  });
  return dataTable([words("model"), numbers("steps at risk"), numbers("mean chance"), numbers("with an arrival")], rows);
}

export function pitFigure(document: BacktestDocument, models: Models): Html {
  return html`<figure id="figure-pit"><div><figcaption><h3>PIT histograms</h3>
    <p>Where in its forecast each observation fell. Level at 1: calibrated. High at both ends: too narrow; high in the middle: too
      wide; high on one side: biased.</p></figcaption></div>
    <div class="pits">${models.map(
      (model, mark) => html`<div><h4>${modelName(document, model, mark)}</h4>
      ${canvas(`pit-${mark}`, `Histogram of the PITs of ${model.name}.`)}</div>`,
    )}</div></figure>`;
}

export function groupFigure(document: BacktestDocument, models: Models): Html {
  const { metric, name } = lossOf(document);
  const { simple, classical } = document.references;
  const groups = models[0]?.groups ?? [];
  const titles = groups.map((group) => numbers(`${groupName(group)} (${group.series})`));
  const columns = groups.map((_, at) => aligned(models.map((model) => model.groups[at]?.metrics[metric] ?? null)));
  const rows = models.map((model, row): Fragment[] => [
    modelName(document, model, row),
    ...columns.map((column) => column[row] ?? ""),
  ]);
  return html`<figure id="figure-groups"><div><figcaption><h3>By resource and activity</h3>
    <p>Left of the dashed line is better than the reference. A series is busy with under 5 % zeros in what was known before the
      test, idle with over 95 %, sparse between. The table has ${name} itself.</p></figcaption>
    <label class="select">Against <select data-charts="groups">
      ${simple === null ? null : html`<option value="simple">${simple}</option>`}
      ${classical === null ? null : html`<option value="classical">${classical}</option>`}</select></label>
    ${key(document, models)}</div>
    ${canvas("groups", `Ratio of ${name} to a reference by group, one mark a model.`)}
    ${dataTable([words("model"), ...titles], rows)}</figure>`;
}

export function horizonFigure(document: BacktestDocument, models: Models): Html {
  const metrics = metricsShown(models);
  const [first] = metrics as [string];
  const steps = [0, 1, 3, 7, 15, 31, 63, 127, 255].filter((step) => step < document.horizonSteps - 1);
  steps.push(document.horizonSteps - 1);
  const columns = steps.map((step) => aligned(models.map(({ by_step }) => by_step[first]?.[step] ?? null)));
  const rows = models.map((model, row): Fragment[] => [
    modelName(document, model, row),
    ...columns.map((column) => column[row] ?? ""),
  ]);
  return html`<figure id="figure-horizon"><div><figcaption><h3>By steps ahead</h3><p>How forecasts age.</p></figcaption>
    <label class="select">Show <select data-charts="horizon">${metrics.map((metric) => html`<option value="${metric}">${STEP_METRICS[metric] ?? metric}</option>`)}</select></label>
    ${key(document, models)}</div>
    ${canvas("horizon", "A metric by steps ahead, one line a model.")}
    ${dataTable([words(`${STEP_METRICS[first] ?? first}, steps ahead`), ...steps.map((step) => numbers(String(step + 1)))], rows)}</figure>`;
}

function key(document: BacktestDocument, models: Models): Html {
  return html`<ul class="key">${models.map((model, mark) => html`<li>${modelName(document, model, mark)}</li>`)}</ul>`;
}

function canvas(id: string, text: string): Html {
  return html`<div class="chart" id="chart-${id}" role="img" aria-label="${text}"></div>`;
}

function dataTable(heads: Parameters<typeof table>[1], rows: readonly (readonly Fragment[])[]): Html {
  return html`<details><summary>The numbers as a table</summary>${table("Chart data, scrolls sideways", heads, rows)}</details>`;
}
