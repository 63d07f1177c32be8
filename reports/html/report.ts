import { capacityCharts, timeUnit } from "../charts/capacity.ts";
import type { Chart } from "../charts/chart.ts";
import { compileChart, readVega } from "../charts/compile.ts";
import { latencyChart, latencySelections } from "../charts/latency.ts";
import { tradeoffChart } from "../charts/tradeoff.ts";
import type { ComparedRun } from "../compared-run.ts";
import type { Comparison } from "../comparison.ts";
import type { ExplainedRun } from "../explained.ts";
import { count, counted, duration } from "../format.ts";
import { packUsers } from "../users/compact.ts";
import { costBars } from "./cost-bars.ts";
import { explainedSection } from "./explained.ts";
import { assumptionsSection, badges, inputsSection, runsSection } from "./facts.ts";
import { capacityFigure, latencyFigure, tradeoffFigure } from "./figures.ts";
import { forecastsSection } from "./forecasts.ts";
import { pageHead } from "./head.ts";
import { type Html, html, scriptCode, scriptJson, trusted } from "./html.ts";
import { differencesTable, methodSection } from "./method.ts";
import { policyDrawings } from "./policy-key.ts";
import { scoreboard } from "./scoreboard.ts";
import { SCRIPT, USERS_SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";
import { USERS_STYLE } from "./style-users.ts";
import { usersParts } from "./users.ts";

/** What the page may take: its users get what the rest leaves of it. */
const MOST_BYTES = 2_900_000;
/** However much the rest takes. */
const FEWEST_USER_BYTES = 400_000;

/** A comparison as one HTML file that needs nothing but a browser: no server, no network, no other file. */
export async function renderReport(comparison: Comparison, explained: readonly ExplainedRun[] = []): Promise<string> {
  const { runs } = comparison;
  const selections = latencySelections(runs);
  const tradeoff = tradeoffChart(runs);
  const latency = latencyChart(runs, selections);
  const capacity = capacityCharts(runs);
  const groups = [
    { name: "tradeoff", charts: tradeoff === null ? [] : [tradeoff], id: () => "tradeoff" },
    { name: "latency", charts: latency === null ? [] : [latency], id: () => "latency" },
    { name: "capacity", charts: capacity ?? [], id: (index: number) => `capacity-${index}` },
  ];
  const { fromMs, toMs } = (runs[0] as ComparedRun).window;
  const unitMs = timeUnit(toMs - fromMs).ms;
  const data = await Promise.all(
    groups.filter(({ charts }) => charts.length > 0).map((group) => pageCharts({ ...group, unitMs })),
  );
  const vega = await readVega();
  const own = comparison.users === null ? SCRIPT : USERS_SCRIPT;
  const scripts = [`/* Vega\n${vega.license}*/\n${vega.code}`, own].map(scriptCode);
  const first = runs[0] as ComparedRun;
  const figures = html`
    ${tradeoff === null ? null : tradeoffFigure(runs)}
    ${latency === null ? null : latencyFigure(runs, selections)}
    ${capacity === null ? null : capacityFigure(runs)}`;

  const before = html`<header>
  <p class="eyebrow">PRAE comparison</p>
  <h1>${first.trace.name}: ${counted(runs.length, "policy", "policies")} compared${badges(runs)}</h1>
  <p class="summary">${count(first.trace.users)} users, ${count(first.trace.apps)} apps,
    ${count(first.trace.requests)} requests in ${duration(first.trace.window.endMs - first.trace.window.startMs)};
    ${duration(first.window.toMs - first.window.fromMs)} scored. Cluster: ${first.cluster.description}.</p>
</header>
<main>
<section id="verdict" aria-labelledby="verdict-title"><h2 id="verdict-title">Verdict</h2>${verdict(comparison)}</section>
<section id="scoreboard" aria-labelledby="scoreboard-title"><h2 id="scoreboard-title">Scoreboard</h2>${scoreboard(runs, comparison.intervals)}
  ${differencesTable(comparison)}</section>
<section id="charts" aria-labelledby="charts-title"><h2 id="charts-title">Charts</h2>
  <noscript><p class="note">The charts need JavaScript; the tables below each hold their numbers.</p></noscript>
  <div class="figures">${figures}</div></section>`;
  const after = html`${explainedSection(runs, explained)}
<section id="assumptions" aria-labelledby="assumptions-title"><h2 id="assumptions-title">Assumptions</h2>${assumptionsSection(runs)}</section>
<section id="method" aria-labelledby="method-title"><h2 id="method-title">Method</h2>${methodSection(comparison)}</section>
<section id="inputs" aria-labelledby="inputs-title"><h2 id="inputs-title">Inputs and runs</h2>${inputsSection(runs)}${forecastsSection(runs)}${runsSection(runs, comparison.intervals)}</section>
<section id="reproduce" aria-labelledby="reproduce-title"><h2 id="reproduce-title">Reproduce</h2>
  <div class="command"><pre id="command">${comparison.command}</pre><button type="button" id="copy">Copy</button></div>
  <p class="note" id="copied" role="status"></p></section>
`;
  const charts = scriptJson(data);
  const rest = [STYLE, USERS_STYLE, before.text, after.text, charts.text, ...scripts].reduce((sum, text) => sum + text.length, 0);
  const room = Math.max(FEWEST_USER_BYTES, MOST_BYTES - rest);
  const users = comparison.users === null ? null : usersParts(runs, packUsers(runs, comparison.users, room));

  return html`${pageHead(`${first.trace.name}: ${counted(runs.length, "policy", "policies")} compared`, STYLE + (users === null ? "" : USERS_STYLE), scripts)}
<body>
${policyDrawings(runs)}
${before}${users?.section ?? null}${after}</main>
<script type="application/json" id="data">${charts}</script>
${users?.data ?? null}
${scripts.map((code) => html`<script>${trusted(code)}</script>\n`)}</body>
</html>
`.text;
}

function verdict({ verdict, runs }: Comparison): Html {
  return html`<div class="verdict"><div><p class="headline">${sentence(verdict.headline)}</p>
    ${verdict.findings.length === 0 ? null : html`<ul class="findings">${verdict.findings.map((text) => html`<li>${sentence(text)}</li>`)}</ul>`}
    <ul class="caveats">${verdict.caveats.map((text) => html`<li>${sentence(text)}</li>`)}</ul></div>${costBars(runs)}</div>`;
}

/** Names stand in quotation marks in the text, in their own type on the page. */
function sentence(text: string): Html {
  return html`${text.split(/(“[^”]*”)/).map((part) => (part.startsWith("“") ? html`<b class="name">${part.slice(1, -1)}</b>` : part))}`;
}

/** One specification for the charts of a group, each chart's views, and what an hour or a day is where time is an axis. */
async function pageCharts(group: { name: string; charts: readonly Chart[]; id: (index: number) => string; unitMs: number }) {
  const { name, charts, id, unitMs } = group;
  const spec = await compileChart((charts[0] as Chart).spec);
  return { name, spec, unitMs, charts: charts.map(({ views }, index) => ({ id: id(index), views })) };
}
