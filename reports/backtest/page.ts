import type { ModelResult } from "../../models/backtest/backtest-result.ts";
import type { Chart } from "../charts/chart.ts";
import { compileChart, readVega } from "../charts/compile.ts";
import { count, counted, duration } from "../format.ts";
import { pageHead } from "../html/head.ts";
import { type Html, html, scriptCode, scriptJson, trusted } from "../html/html.ts";
import { policyDrawings } from "../html/policy-key.ts";
import { SCRIPT } from "../html/script.ts";
import { STYLE } from "../html/style.ts";
import { pitChart, reliabilityChart } from "./calibration-charts.ts";
import type { BacktestDocument } from "./document.ts";
import { costTable, inputsSection, methodSection } from "./facts.ts";
import { fanChart } from "./fan-chart.ts";
import { examplesFigure, groupFigure, horizonFigure, pitFigure, reliabilityFigure } from "./figures.ts";
import { groupChart } from "./group-chart.ts";
import { horizonChart } from "./horizon-chart.ts";
import { isReference, rankedModels } from "./ranked-models.ts";
import { backtestScoreboard } from "./scoreboard.ts";
import { backtestVerdict } from "./verdict.ts";

const PITS_STYLE =
  ".pits { display: grid; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); gap: .9rem 1.2rem; margin-top: .6rem; }";

/** One specification drawn once or several times, as the page's script takes it. */
interface ChartGroup {
  readonly name: string;
  readonly charts: readonly { readonly id: string; readonly chart: Chart }[];
}

/** A backtest as one HTML file that needs nothing but a browser. */
export async function renderBacktest(document: BacktestDocument): Promise<string> {
  const ranked = rankedModels(document);
  const groups = chartGroups(document, ranked);
  const data = await Promise.all(groups.map(pageCharts));
  const vega = await readVega();
  const scripts = [`/* Vega\n${vega.license}*/\n${vega.code}`, SCRIPT].map(scriptCode);
  const shown = (name: string) => groups.some((group) => group.name === name);
  const { source, target, stepMs, horizonSteps, series, steps, origins } = document;
  const title = `${source.name}: ${counted(document.models.length, "forecaster", "forecasters")} backtested`;
  const { headline, findings, caveats } = backtestVerdict(document);
  return html`${pageHead(title, STYLE + PITS_STYLE, scripts)}
<body>
${policyDrawings(ranked.map((model) => ({ reference: isReference(document, model) })))}
<header>
  <p class="eyebrow">PRAE backtest</p>
  <h1>${title}${source.synthetic ? html` <span class="tag">synthetic</span>` : null}</h1>
  <p class="summary">${target} of ${count(series)} series over ${duration(steps * stepMs)}, in steps of ${duration(stepMs)};
    ${counted(horizonSteps, "step", "steps")} (${duration(horizonSteps * stepMs)}) ahead from ${counted(origins.length, "instant", "instants")}
    that no model had seen.</p>
</header>
<main>
<section id="verdict" aria-labelledby="verdict-title"><h2 id="verdict-title">Verdict</h2>
  <p class="headline">${sentence(headline)}</p>
  ${findings.length === 0 ? null : html`<ul class="findings">${findings.map((text) => html`<li>${sentence(text)}</li>`)}</ul>`}
  <ul class="caveats">${caveats.map((text) => html`<li>${sentence(text)}</li>`)}</ul></section>
<section id="scoreboard" aria-labelledby="scoreboard-title"><h2 id="scoreboard-title">Scoreboard</h2>${backtestScoreboard(document)}</section>
<section id="forecasts" aria-labelledby="forecasts-title"><h2 id="forecasts-title">Forecasts against what came</h2>
  <noscript><p class="note">The charts need JavaScript.</p></noscript>
  ${shown("examples") ? examplesFigure(document, ranked) : html`<p class="note">No series has something to show.</p>`}</section>
<section id="calibration" aria-labelledby="calibration-title"><h2 id="calibration-title">Calibration</h2>
  <div class="figures">${shown("reliability") ? reliabilityFigure(document, ranked) : null}${shown("pit") ? pitFigure(document, ranked) : null}</div></section>
<section id="failures" aria-labelledby="failures-title"><h2 id="failures-title">Where each model fails</h2>
  <div class="figures">${shown("groups") ? groupFigure(document, ranked) : null}${shown("horizon") ? horizonFigure(document, ranked) : null}</div></section>
<section id="costs" aria-labelledby="costs-title"><h2 id="costs-title">Time and memory</h2>${costTable(document, ranked)}</section>
<section id="method" aria-labelledby="method-title"><h2 id="method-title">Method</h2>${methodSection(document)}</section>
<section id="inputs" aria-labelledby="inputs-title"><h2 id="inputs-title">Inputs</h2>${inputsSection(document)}</section>
<section id="reproduce" aria-labelledby="reproduce-title"><h2 id="reproduce-title">Reproduce</h2>
  <div class="command"><pre id="command">${document.command}</pre><button type="button" id="copy">Copy</button></div>
  <p class="note" id="copied" role="status"></p></section>
</main>
<script type="application/json" id="data">${scriptJson(data)}</script>
${scripts.map((code) => html`<script>${trusted(code)}</script>\n`)}</body>
</html>
`.text;
}

function chartGroups(document: BacktestDocument, ranked: readonly ModelResult[]): ChartGroup[] {
  const names = ranked.map(({ name }) => name);
  const one = (name: string, chart: Chart | null): ChartGroup[] =>
    chart === null ? [] : [{ name, charts: [{ id: name, chart }] }];
  const pits = ranked.flatMap((model, mark) => {
    const chart = pitChart(model);
    return chart === null ? [] : [{ id: `pit-${mark}`, chart }];
  });
  const examples = document.examples.map((example, index) => ({
    id: `examples-${index}`,
    chart: fanChart(document, example, names),
  }));
  return [
    ...(examples.length === 0 ? [] : [{ name: "examples", charts: examples }]),
    ...one("reliability", reliabilityChart(document, ranked)),
    ...(pits.length === 0 ? [] : [{ name: "pit", charts: pits }]),
    ...one("groups", groupChart(document, ranked)),
    ...one("horizon", horizonChart(document, ranked)),
  ];
}

async function pageCharts({ name, charts }: ChartGroup) {
  const [first] = charts as readonly [ChartGroup["charts"][number]];
  const spec = await compileChart(first.chart.spec);
  return { name, spec, charts: charts.map(({ id, chart }) => ({ id, views: chart.views })) };
}

/** Names stand in quotation marks in the text, in their own type on the page. */
function sentence(text: string): Html {
  return html`${text.split(/(“[^”]*”)/).map((part) => (part.startsWith("“") ? html`<b class="name">${part.slice(1, -1)}</b>` : part))}`;
}
