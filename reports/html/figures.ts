import type { ResourceName } from "../../allocator/core/resources.ts";
import { type CapacityPart, START_PATHS } from "../../sim/run-record.ts";
import { partsShown, RESOURCE_UNITS, resourcesShown } from "../charts/capacity.ts";
import type { Selection } from "../charts/latency.ts";
import { shareWithin } from "../charts/staircase.ts";
import { type ComparedRun, metric, tiersOf } from "../compared-run.ts";
import { aligned, count, duration, money, share, significant } from "../format.ts";
import { type Fragment, type Html, html } from "./html.ts";
import { policyKey, policyName } from "./policy-key.ts";
import { type Head, numbers, table, words } from "./table.ts";

const NARROW_SPACE = "\u202f";
const PART_MEANING: Readonly<Record<CapacityPart, string>> = {
  used: "what requests use",
  slack: "size of an instance beyond its use",
  starting: "instances that start up",
  idle: "warm instances that wait for their user",
  shadow: "warm instances bound to nobody yet",
  headroom: "reserved beyond the user's instances",
  free: "ready, held by nobody",
};

export function tradeoffFigure(runs: readonly ComparedRun[]): Html {
  const { currency } = runs[0]?.prices ?? { currency: "" };
  const columns = ["waste_cost", "violation_cost", "cost"].map((name) => aligned(runs.map((run) => metric(run, name))));
  const text = runs.map((run) => {
    const [waste, violations] = ["waste_cost", "violation_cost"].map((name) => {
      const cost = metric(run, name);
      return cost === null ? "not applicable" : money(cost, currency);
    });
    return `${run.label}: waste ${waste}, violations ${violations}`;
  });
  return html`<figure id="figure-tradeoff">
    <div><figcaption><h3>Waste against violations</h3>
      <p>Lower left is better. Along the dashed line the total is the lowest among the ranked policies.</p></figcaption></div>
    ${canvas("tradeoff", `Waste cost against violation cost. ${text.join(". ")}.`)}
    ${dataTable(
      [words("policy"), ...["waste", "violations", "total"].map((name) => numbers(`${name}${unitOf(currency)}`))],
      runs.map((run, row) => [policyName(run, runs), ...columns.map((column) => column[row] as string)]),
    )}</figure>`;
}

export function latencyFigure(runs: readonly ComparedRun[], selections: readonly Selection[]): Html {
  const text = runs.map((run) => {
    const p99 = metric(run, "start_latency_ms_p99");
    return `${run.label}: p99 ${p99 === null ? "not applicable" : duration(p99)}`;
  });
  const within = [0, 100, 1000, 10_000, 60_000];
  const rows = selections.flatMap((selection) =>
    runs.flatMap((run, index): Fragment[][] => {
      const staircase = selection.staircases[index];
      if (staircase === undefined || staircase.requests === 0) return [];
      const shares = within.map((ms) => share(shareWithin(staircase, ms) ?? 0));
      const longest = duration(staircase.latencyMs.at(-1) ?? 0);
      return [
        [selection.tier ?? "all", selection.path ?? "all", policyName(run, runs), count(staircase.requests), ...shares, longest],
      ];
    }),
  );
  const titles = ["started", ...within.map((ms) => (ms === 0 ? "at once" : `within ${duration(ms)}`)), "longest"];
  const tiers = tiersOf(runs);
  const paths = START_PATHS.filter((path) => selections.some((selection) => selection.path === path));
  return html`<figure id="figure-latency">
    <div><figcaption><h3>Start latency</h3>
      <p>The share of requests (logarithmic) that waited longer than a time: lower and further left is better. 1${NARROW_SPACE}% is the p99; each line
      ends with its mark at the longest wait.</p></figcaption>
    <div class="controls"><label class="select">Tier <select data-charts="latency"><option value="all">all</option>${tiers.map(
      (tier, index) => html`<option value="tier-${index}">${tier}</option>`,
    )}</select></label>
    <label class="select">Path <select data-charts="latency"><option value="all">all</option>${paths.map(
      (path) => html`<option value="${path}">${path}</option>`,
    )}</select></label><span class="readout" data-empty="latency" role="status"></span></div>
    ${policyKey(runs)}</div>
    ${canvas("latency", `Share of requests that waited longer than a start latency, one line a policy. ${text.join(". ")}.`)}
    ${dataTable([words("tier"), words("path"), words("policy"), ...titles.map(numbers)], rows)}</figure>`;
}

export function capacityFigure(runs: readonly ComparedRun[]): Html {
  const resources = resourcesShown(runs);
  const parts = partsShown(runs);
  const first = resources[0] as ResourceName;
  const pairs = resources.flatMap((resource) => runs.map((run) => ({ resource, run })));
  const columns = parts.map((part) => aligned(pairs.map(({ run, resource }) => meanOf(run, part, resource))));
  const rows = pairs.map(({ resource, run }, row): Fragment[] => [
    `${RESOURCE_UNITS[resource].name}, ${RESOURCE_UNITS[resource].unit}`,
    policyName(run, runs),
    ...columns.map((column) => column[row] as string),
  ]);
  return html`<figure id="figure-capacity" class="full">
    <figcaption><h3>Capacity over time</h3>
      <p>Mean capacity by what it does, from the bottom: what is used, then what is held and not used. The same scale for every policy.</p></figcaption>
    <div class="controls"><label class="select">Resource <select data-charts="capacity">${resources.map(
      (resource) => html`<option value="${resource}">${RESOURCE_UNITS[resource].name}, ${RESOURCE_UNITS[resource].unit}</option>`,
    )}</select></label>
    ${parts.includes("free") ? html`<label class="check"><input type="checkbox" data-signal="showFree" checked> show free capacity</label>` : null}</div>
    <ul class="key">${parts.map((part) => html`<li><span class="part" style="background: var(--part-${part})"></span>${part} <small>${PART_MEANING[part]}</small></li>`)}</ul>
    <div class="multiples">${runs.map(
      (run, index) => html`<div class="multiple"><h4>${policyName(run, runs)}</h4>
      ${canvas(`capacity-${index}`, capacityText(run, parts, first))}
      <p class="readout" data-readout="capacity-${index}"></p></div>`,
    )}</div>
    ${dataTable([words("mean over the window"), words("policy"), ...parts.map(numbers)], rows)}</figure>`;
}

function capacityText(run: ComparedRun, parts: readonly CapacityPart[], resource: ResourceName): string {
  const { name, unit } = RESOURCE_UNITS[resource];
  const means = parts.map((part) => `${part} ${significant(meanOf(run, part, resource))}`);
  return `Capacity over time under ${run.label}. ${name}, mean ${unit}: ${means.join(", ")}.`;
}

function meanOf(run: ComparedRun, part: CapacityPart, resource: ResourceName): number {
  const bins = run.metrics.timeline.parts[part]?.[resource] ?? [];
  return bins.reduce((sum, amount) => sum + amount, 0) / Math.max(1, bins.length) / RESOURCE_UNITS[resource].per;
}

function canvas(id: string, text: string): Html {
  return html`<div class="chart" id="chart-${id}" role="img" aria-label="${text}"></div>`;
}

function dataTable(heads: readonly Head[], rows: readonly (readonly Fragment[])[]): Html {
  return html`<details><summary>The numbers as a table</summary>${table("Chart data, scrolls sideways", heads, rows)}</details>`;
}

function unitOf(currency: string): string {
  return currency === "" ? "" : ` (${currency})`;
}
