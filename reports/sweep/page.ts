import type { Interval } from "../../models/backtest/resampling.ts";
import type { RunRecord } from "../../sim/run-record.ts";
import { compileChart, readVega } from "../charts/compile.ts";
import { familiesOf, paretoChart } from "../charts/pareto.ts";
import type { ComparedRun } from "../compared-run.ts";
import { aligned, count, counted, duration, money, significant } from "../format.ts";
import { assumptionsSection } from "../html/facts.ts";
import { pageHead } from "../html/head.ts";
import { type Fragment, type Html, html, scriptCode, scriptJson, trusted } from "../html/html.ts";
import { methodText } from "../html/method.ts";
import { policyDrawings } from "../html/policy-key.ts";
import { SCRIPT } from "../html/script.ts";
import { STYLE } from "../html/style.ts";
import { isOnFrontier, type Sweep, type SweepPoint } from "./points.ts";

export interface SweepPage {
  readonly sweep: Sweep;
  /** Any of the runs: trace, window, cluster and prices are theirs all. */
  readonly run: RunRecord;
  readonly seeds: readonly number[];
  readonly command: string;
}

const COLUMNS = [
  { title: "waste", name: "waste_cost", per: 1 },
  { title: "violations", name: "violation_cost", per: 1 },
  { title: "total cost", name: "cost", per: 1 },
  { title: "requests that violate, %", name: "sla_violation_fraction", per: 0.01 },
  { title: "cold starts, %", name: "cold_fraction", per: 0.01 },
  { title: "start latency p99, ms", name: "start_latency_ms_p99", per: 1 },
  { title: "idle instances, h", name: "idle_instance_hours", per: 1 },
  { title: "decisions a user-day", name: "decisions_per_user_day_mean", per: 1 },
] as const;

/** A sweep as one HTML file: the Pareto plane of every point, and its table. */
export async function renderSweep({ sweep, run, seeds, command }: SweepPage): Promise<string> {
  const { points } = sweep;
  const { currency } = run.prices;
  const chart = paretoChart(points, currency);
  const data =
    chart === null
      ? []
      : [{ name: "pareto", spec: await compileChart(chart.spec), charts: [{ id: "pareto", views: chart.views }] }];
  const vega = await readVega();
  const scripts = [`/* Vega\n${vega.license}*/\n${vega.code}`, SCRIPT].map(scriptCode);
  const title = `${run.trace.name}: ${counted(points.length, "policy", "policies")} swept`;
  const frontier = points.filter(isOnFrontier);
  const cheapest = [...frontier].sort((a, b) => (a.metrics["cost"] ?? 0) - (b.metrics["cost"] ?? 0))[0];
  return html`${pageHead(title, STYLE, scripts)}
<body>
${policyDrawings(familiesOf(points))}
<header>
  <p class="eyebrow">PRAE sweep</p>
  <h1>${title}</h1>
  <p class="summary">${count(run.trace.users)} users, ${count(run.trace.apps)} apps, ${count(run.trace.requests)} requests in
    ${duration(run.trace.window.endMs - run.trace.window.startMs)}; ${duration(run.window.toMs - run.window.fromMs)} scored.
    ${counted(seeds.length, "seed", "seeds")}. Cluster: ${run.cluster.description}.</p>
</header>
<main>
<section id="verdict" aria-labelledby="verdict-title"><h2 id="verdict-title">Verdict</h2>
  ${cheapest === undefined ? html`<p class="headline">No policy has both costs: there is no plane to be on.</p>` : html`<p class="headline">${counted(frontier.length, "policy is", "policies are")} not dominated; the lowest total cost, ${money(cheapest.metrics["cost"] ?? 0, currency)}, is that of <b class="name">${cheapest.policyText}</b>.</p>`}
  <p class="note">A policy is dominated when another wastes no more, violates no more, and does better in one of the two.
    Those that know the future are references: they dominate nobody.</p></section>
<section id="charts" aria-labelledby="charts-title"><h2 id="charts-title">Pareto plane</h2>
  <noscript><p class="note">The chart needs JavaScript; the table below holds its numbers.</p></noscript>
  ${chart === null ? null : planeFigure(points)}</section>
<section id="points" aria-labelledby="points-title"><h2 id="points-title">Every point</h2>${pointsTable(sweep)}</section>
<section id="assumptions" aria-labelledby="assumptions-title"><h2 id="assumptions-title">Assumptions</h2>
  ${assumptionsSection([{ ...run, label: run.policyText, reference: false } satisfies ComparedRun])}</section>
<section id="method" aria-labelledby="method-title"><h2 id="method-title">Method</h2>
  <p>${seedText(sweep, seeds)} ${sweep.method === null ? null : methodText(sweep.method)}</p></section>
<section id="reproduce" aria-labelledby="reproduce-title"><h2 id="reproduce-title">Reproduce</h2>
  <p class="note">Trace <code class="digest">${run.trace.digest}</code>, code <code>${run.codeRevision}</code></p>
  <div class="command"><pre id="command">${command}</pre><button type="button" id="copy">Copy</button></div>
  <p class="note" id="copied" role="status"></p></section>
</main>
<script type="application/json" id="data">${scriptJson(data)}</script>
${scripts.map((code) => html`<script>${trusted(code)}</script>\n`)}</body>
</html>
`.text;
}

function planeFigure(points: readonly SweepPoint[]): Html {
  const frontier = points.filter(isOnFrontier).map(({ policyText }) => policyText);
  return html`<figure id="figure-pareto"><figcaption>
    <p>Lower left is better. The line joins the policies that no other one dominates; pale points are dominated.</p></figcaption>
    <ul class="key">${familiesOf(points).map(({ name }, mark) => html`<li>${named(name, mark)}</li>`)}</ul>
    <div class="chart" id="chart-pareto" role="img"
      aria-label="Waste cost against violation cost of ${points.length} policies. Not dominated, by waste: ${frontier.join("; ")}."></div>
  </figure>`;
}

/** Every point with its intervals; a heading sorts by its column. */
function pointsTable({ points, seedsMatter }: Sweep): Html {
  const families = familiesOf(points);
  const mark = ({ family }: SweepPoint) => families.findIndex(({ name }) => name === family);
  const columns = COLUMNS.map(({ name, per }) => {
    const values = points.map(({ metrics }) => {
      const value = metrics[name] ?? null;
      return value === null ? null : value / per;
    });
    const texts = aligned(values);
    return points.map((point, row) => {
      const interval = (seedsMatter ? point.seedIntervals : point.intervals)?.[name];
      const content: Fragment = interval === undefined ? texts[row]! : html`${texts[row]!}${intervalText(interval, per)}`;
      return { value: values[row] ?? "", content };
    });
  });
  const heading = (title: string, type: string, sorted: string) =>
    html`<th scope="col" aria-sort="${sorted}"${type === "text" ? html` class="words"` : null}><button type="button" data-sort="${type}">${title}</button></th>`;
  return html`<div class="wide" role="region" aria-label="Points, scrolls sideways" tabindex="0"><table class="scoreboard">
    <caption class="hidden">Every point, with its 95 % intervals. Activate a column heading to sort by it.</caption>
    <thead><tr>${heading("policy", "text", "none")}${heading("dominated", "text", "none")}${COLUMNS.map(({ title }, column) =>
      heading(title, "number", column === 0 ? "ascending" : "none"),
    )}</tr></thead>
    <tbody>${points.map(
      (point, row) => html`<tr${point.reference ? html` class="reference"` : null}>
      <th scope="row" data-value="${point.policyText}">${named(point.policyText, mark(point))}${point.reference ? html` <span class="tag">reference</span>` : null}</th>
      <td class="words" data-value="${dominatedText(point)}">${isOnFrontier(point) ? html`<b>on the frontier</b>` : dominatedText(point)}</td>
      ${columns.map((column) => html`<td data-value="${column[row]!.value}">${column[row]!.content}</td>`)}</tr>`,
    )}</tbody></table></div>`;
}

function dominatedText(point: SweepPoint): string {
  if (point.reference) return "";
  return isOnFrontier(point) ? "on the frontier" : `by ${point.dominatedBy}`;
}

function intervalText([low, high]: Interval, per: number): Html {
  return html`<small class="interval">${significant(low / per)} … ${significant(high / per)}</small>`;
}

function seedText({ seedsMatter }: Sweep, seeds: readonly number[]): string {
  if (seeds.length === 1) return "One seed: below a number stands its 95 % interval over users and time.";
  return seedsMatter
    ? `Numbers are means over ${seeds.length} seeds; below them stand 95 % intervals of the mean (Student's t).`
    : `The ${seeds.length} seeds changed nothing: nothing in these runs is random. Below a number stands its 95 % interval over users and time.`;
}

function named(text: string, mark: number): Html {
  return html`<span class="policy"><svg class="swatch" viewBox="0 0 30 12" aria-hidden="true"><use href="#mark-${mark}"/></svg><span>${text}</span></span>`;
}
