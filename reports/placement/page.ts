import type { Chart } from "../charts/chart.ts";
import { compileChart, readVega } from "../charts/compile.ts";
import { placementChart } from "../charts/placement.ts";
import { count, counted, fixed, NOT_APPLICABLE } from "../format.ts";
import { pageHead } from "../html/head.ts";
import { type Html, html, scriptCode, scriptJson, trusted } from "../html/html.ts";
import { policyDrawings } from "../html/policy-key.ts";
import { SCRIPT } from "../html/script.ts";
import { STYLE } from "../html/style.ts";
import { numbers, table, words } from "../html/table.ts";
import { type Difference, differences, type PolicySummary, ranked, type Spread } from "./summary.ts";

export interface PlacementPage {
  /** Name of the pod list. */
  readonly workload: string;
  readonly nodes: number;
  readonly gpus: number;
  readonly pods: number;
  readonly loadPct: number;
  readonly seeds: readonly number[];
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
  readonly policies: readonly PolicySummary[];
  readonly command: string;
}

const PERCENT = "\u202f%";

/** A placement experiment as one HTML file that needs nothing but a browser. */
export async function renderPlacementPage(page: PlacementPage): Promise<string> {
  const policies = ranked(page.policies);
  const allocation = placementChart(policies, "gpuAllocationPct", "allocated GPU, share of the cluster's");
  const fragmentation = placementChart(policies, "fragmentationPct", "fragmented GPU, share of what is free");
  const data = [await pageChart("allocation", allocation), await pageChart("fragmentation", fragmentation)];
  const vega = await readVega();
  const scripts = [`/* Vega\n${vega.license}*/\n${vega.code}`, SCRIPT].map(scriptCode);
  const best = policies[0] as PolicySummary;
  const title = `${page.workload}: ${counted(policies.length, "placement policy", "placement policies")} at ${page.loadPct}${PERCENT} load`;
  return html`${pageHead(title, STYLE, scripts)}
<body>
${policyDrawings(policies.map(() => ({ reference: false })))}
<header>
  <p class="eyebrow">PRAE placement experiment</p>
  <h1>${title}</h1>
  <p class="summary">${count(page.pods)} pods on ${count(page.nodes)} nodes with ${count(page.gpus)} GPUs;
    ${counted(page.seeds.length, "seed", "seeds")}. Pods arrive in random order, then are drawn again, until they have asked for
    ${page.loadPct}${PERCENT} of the GPUs; each is tried once, nothing waits, nothing leaves.</p>
</header>
<main>
<section id="verdict" aria-labelledby="verdict-title"><h2 id="verdict-title">Verdict</h2>
  <p class="headline"><b class="name">${best.policy}</b> allocates most: ${figure(best.gpuAllocationPct)} of the GPUs.</p>
  <ul class="findings">${differences(policies).map((difference) => html`<li>${differenceText(difference)}</li>`)}</ul></section>
<section id="results" aria-labelledby="results-title"><h2 id="results-title">Results</h2>${results(policies)}</section>
<section id="charts" aria-labelledby="charts-title"><h2 id="charts-title">Charts</h2>
  <noscript><p class="note">The charts need JavaScript; the tables below each hold their numbers.</p></noscript>
  <div class="figures">
  ${curveFigure("allocation", "GPU allocation against load", "Means over the seeds: higher is better.", policies, "gpuAllocationPct")}
  ${curveFigure("fragmentation", "Fragmentation against load", "Free GPU that the typical pods cannot use, in expectation: lower is better.", policies, "fragmentationPct")}
  </div></section>
<section id="inputs" aria-labelledby="inputs-title"><h2 id="inputs-title">Inputs</h2>
  <dl>${page.files.map(({ name, sha256 }) => html`<div><dt>${name}</dt><dd><code>${sha256}</code></dd></div>`)}
  <div><dt>seeds</dt><dd>${page.seeds.join(", ")}</dd></div></dl></section>
<section id="reproduce" aria-labelledby="reproduce-title"><h2 id="reproduce-title">Reproduce</h2>
  <div class="command"><pre id="command">${page.command}</pre><button type="button" id="copy">Copy</button></div>
  <p class="note" id="copied" role="status"></p></section>
</main>
<script type="application/json" id="data">${scriptJson(data)}</script>
${scripts.map((code) => html`<script>${trusted(code)}</script>\n`)}</body>
</html>
`.text;
}

/** "fgd allocates 0.81 points more than best-fit [0.7, 0.9]", or that no difference was shown. */
export function differenceText({ more, less, meanPct, interval, shown }: Difference): string {
  const range = interval === null ? "one seed" : `95${PERCENT} ${fixed(interval[0], 2)} to ${fixed(interval[1], 2)}`;
  if (!shown) return `${more} and ${less}: no difference shown (${fixed(meanPct, 2)} points; ${range})`;
  return `${more} allocates ${fixed(meanPct, 2)} points more than ${less} (${range})`;
}

function results(policies: readonly PolicySummary[]): Html {
  const heads = ["GPU allocated, %", "sd", "95 % interval", "free GPU fragmented, %", "pods placed", "pods arrived"].map(numbers);
  const rows = policies.map((policy, mark) => {
    const { gpuAllocationPct: allocated } = policy;
    const interval = allocated.interval?.map((end) => fixed(end, 2)).join(" to ") ?? NOT_APPLICABLE;
    const { fragmentationPct, placed, arrived } = policy;
    return [
      policyName(policy, mark),
      shown(allocated.mean, 2),
      shown(allocated.sd, 2),
      interval,
      shown(fragmentationPct.mean, 2),
      shown(placed.mean, 0),
      shown(arrived.mean, 0),
    ];
  });
  return table("Results, scrolls sideways", [words("policy"), ...heads], rows);
}

function curveFigure(
  id: string,
  title: string,
  text: string,
  policies: readonly PolicySummary[],
  what: "gpuAllocationPct" | "fragmentationPct",
): Html {
  const loads = (policies[0] as PolicySummary).curve.map(({ loadPct }) => loadPct).filter((load) => load % 10 === 0);
  const rows = policies.map((policy, mark) => [
    policyName(policy, mark),
    ...loads.map((load) => shown(policy.curve[load]?.[what] ?? null, 2)),
  ]);
  const ends = policies.map(({ policy, curve }) => `${policy} ${shown(curve.at(-1)?.[what] ?? null, 1)} %`).join(", ");
  return html`<figure id="figure-${id}">
    <div><figcaption><h3>${title}</h3><p>${text}</p></figcaption>
    <label class="select">Loads <select data-charts="${id}"><option value="crowded">the crowded part</option><option value="whole">all</option></select></label>
    <ul class="key">${policies.map((policy, mark) => html`<li>${policyName(policy, mark)}</li>`)}</ul></div>
    <div class="chart" id="chart-${id}" role="img" aria-label="${title}, one line a policy. At the end: ${ends}."></div>
    <details><summary>The numbers as a table</summary>${table("Chart data, scrolls sideways", [words("at load"), ...loads.map((load) => numbers(`${load}${PERCENT}`))], rows)}</details>
  </figure>`;
}

function policyName({ policy }: PolicySummary, mark: number): Html {
  return html`<span class="policy"><svg class="swatch" viewBox="0 0 30 12" aria-hidden="true"><use href="#mark-${mark}"/></svg><span>${policy}</span></span>`;
}

async function pageChart(name: string, { spec, views }: Chart) {
  return { name, spec: await compileChart(spec), charts: [{ id: name, views }] };
}

function figure({ mean, interval }: Spread): string {
  const range = interval === null ? "" : ` (95${PERCENT} ${fixed(interval[0], 2)} to ${fixed(interval[1], 2)})`;
  return `${shown(mean, 2)}${PERCENT}${range}`;
}

function shown(value: number | null, decimals: number): string {
  return value === null ? NOT_APPLICABLE : fixed(value, decimals);
}
