import { type ComparedRun, metric, sharedWhatIfs, tiersOf } from "../compared-run.ts";
import { count, duration, fixed, money, NOT_APPLICABLE, significant } from "../format.ts";
import { type OptimalLevel, optimalLevel } from "../optimal-level.ts";
import { violationPrice } from "../prices.ts";
import type { Intervals } from "../statistics/intervals.ts";
import { type Fragment, type Html, html } from "./html.ts";
import { policyName } from "./policy-key.ts";
import { numbers, table, words } from "./table.ts";

/** What the comparison stands on: values that stood in, prices, tiers, cluster. */
export function assumptionsSection(runs: readonly ComparedRun[]): Html {
  const first = runs[0] as ComparedRun;
  const { prices } = first;
  const price = (amount: number) => money(amount, prices.currency);
  const shared = first.assumptions.filter((text) => runs.every((run) => run.assumptions.includes(text)));
  const own = runs.flatMap((run) =>
    run.assumptions.filter((text) => !shared.includes(text)).map((text) => html`<li>${run.label}: ${text}</li>`),
  );
  return html`<div class="columns">
    <div><h3>What was assumed</h3>
      ${shared.length + own.length === 0 ? html`<p>Nothing beyond what the trace says.</p>` : html`<ul>${shared.map((text) => html`<li>${text}</li>`)}${own}</ul>`}
      <h3>Cluster</h3><p>${first.cluster.description}</p></div>
    <div><h3>Prices of wasted capacity</h3>${facts([
      ["CPU, a core-hour", price(prices.cpuCoreHour)],
      ["Memory, a GiB-hour", price(prices.memoryGiBHour)],
      ["GPU, an hour", price(prices.gpuHour)],
      ["Network, a Mbit/s-hour", price(prices.networkMbpsHour)],
    ])}</div>
    <div><h3>Tiers</h3>${table(
      "Tiers",
      [words("tier"), ...["target start", "priority", "quantile", "price of a violation", "optimal quantile"].map(numbers)],
      first.trace.tiers.map((tier) => [
        tier.name,
        duration(tier.targetStartMs),
        String(tier.priority),
        `p${significant(tier.levelPpm / 10_000)}`,
        price(violationPrice(prices, tier.name)),
        optimalQuantile(optimalLevel(first, tier.name), prices.currency),
      ]),
    )}
    <p class="note">The optimal quantile follows from the prices: c↓ ÷ (c↓ + c↑), c↓ what an hour without a needed instance costs in
      violations, c↑ what an hour of an unneeded one costs in capacity.</p></div></div>`;
}

function optimalQuantile(optimum: OptimalLevel | null, currency: string): Fragment {
  if (optimum === null) return NOT_APPLICABLE;
  const { level, underPerHour, overPerHour } = optimum;
  return html`p${significant(level * 100)}<small class="interval">c↓ ${money(underPerHour, currency)}, c↑ ${money(overPerHour, currency)}</small>`;
}

/** Where the data comes from, and where the runs were made. */
export function inputsSection(runs: readonly ComparedRun[]): Html {
  const { trace, window, cluster } = runs[0] as ComparedRun;
  const isWhole = window.fromMs === trace.window.startMs && window.toMs === trace.window.endMs;
  const scored = `${duration(window.toMs - window.fromMs)}, from ${duration(window.fromMs - trace.window.startMs)} after its start`;
  const all = (property: (run: ComparedRun) => string) => [...new Set(runs.map(property))].join("; ");
  return html`<div class="columns">
    <div><h3>Trace</h3>${facts([
      ["Name", html`${trace.name}${badges(runs)}`],
      ["Size", `${count(trace.requests)} requests, ${count(trace.users)} users, ${count(trace.apps)} apps`],
      ["Covers", duration(trace.window.endMs - trace.window.startMs)],
      ["Scored", isWhole ? "all of it" : scored],
      ["Licence", trace.license],
      ["Source", trace.citation],
      ["Digest", digest(trace.digest)],
    ])}</div>
    <div><h3>Runs</h3>${facts([
      ["Cluster", cluster.description],
      ["Cluster digest", digest(cluster.digest)],
      ["Seed", all((run) => String(run.seed))],
      ["Code", html`<code>${all((run) => run.codeRevision)}</code>`],
      ["Processor", all((run) => run.environment.cpu)],
      ["Platform", all((run) => `${run.environment.platform}, Node ${run.environment.node}`)],
      ["Started", runs.map((run) => run.environment.startedAt).sort()[0] as string],
    ])}</div></div>`;
}

/** Each run by its digests and size, its policy as a document, and every metric there is. */
export function runsSection(runs: readonly ComparedRun[], intervals: Intervals | null = null): Html {
  return html`<div class="runs">${table(
    "Runs, scrolls sideways",
    [
      ...["policy", "run", "journal digest"].map(words),
      ...["events", "decisions", "journal, MB", "wall time", "memory, MiB"].map(numbers),
    ],
    runs.map((run) => [
      policyName(run, runs),
      html`<code>${run.id}</code>`,
      digest(run.journal.digest),
      count(run.journal.events),
      count(run.journal.decisions),
      fixed(run.journal.bytes / 1e6, 1),
      duration(run.environment.wallMs),
      count(run.environment.peakMemoryMiB),
    ]),
  )}</div>
  <details><summary>The policies as documents</summary><div class="columns">${runs.map(policyDocument)}</div></details>
  <details><summary>Every metric by its name</summary>${everyMetric(runs, intervals)}</details>`;
}

function policyDocument(run: ComparedRun): Html {
  const sets = run.forecastSets.map((set) => html`<p>Forecast set ${digest(set)}</p>`);
  return html`<div><h4>${run.label}</h4><pre>${JSON.stringify(run.policy, null, 2)}</pre>${sets}</div>`;
}

/** Metrics as rows, exact, all tiers: the names are those of METRICS.md and of `--json`. */
function everyMetric(runs: readonly ComparedRun[], intervals: Intervals | null): Html {
  const scopes = [null, ...tiersOf(runs)];
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.metrics.overall)))];
  return html`${scopes.map(
    (tier) =>
      html`<h4>${tier === null ? "all tiers" : `tier ${tier}`}</h4>${table(
        "Metrics",
        [words("metric"), ...runs.map((run) => numbers(policyName(run, runs)))],
        names.map((name) => [
          html`<code>${name}</code>`,
          ...runs.map((run, index) => {
            const own = intervals?.runs[index];
            const ends = (tier === null ? own?.overall : own?.byTier[tier])?.[name];
            const value = exact(metric(run, name, tier));
            if (ends === undefined) return value;
            return html`${value}<small class="interval">${significant(ends[0])} … ${significant(ends[1])}</small>`;
          }),
        ]),
      )}`,
  )}`;
}

function exact(value: number | null): string {
  return value === null ? NOT_APPLICABLE : fixed(value, Number.isInteger(value) ? 0 : 6);
}

/** Where the demand is not one platform's real demand, it says so wherever the trace is named. */
export function badges(runs: readonly ComparedRun[]): Html {
  const { synthetic, composite } = (runs[0] as ComparedRun).trace;
  const otherwise = sharedWhatIfs(runs).map((text) => html` <span class="tag">what if ${text}</span>`);
  return html`${otherwise}${synthetic ? html` <span class="tag">synthetic</span>` : null}${composite ? html` <span class="tag">composite</span>` : null}`;
}

function digest(hex: string): Html {
  return html`<code class="digest">${hex}</code>`;
}

function facts(entries: readonly (readonly [string, Fragment])[]): Html {
  return html`<dl>${entries.map(([term, fact]) => html`<div><dt>${term}</dt><dd>${fact}</dd></div>`)}</dl>`;
}
