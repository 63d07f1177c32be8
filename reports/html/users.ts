import { timeUnit } from "../charts/capacity.ts";
import { type ComparedRun, metric } from "../compared-run.ts";
import { count, counted, duration } from "../format.ts";
import type { CompactUsers, PackedUsers } from "../users/compact.ts";
import type { UserMeasure } from "../users/series.ts";
import { type Html, html, scriptJson, trusted } from "./html.ts";
import { policyName } from "./policy-key.ts";
import { numbers, table, words } from "./table.ts";

const HOUR_MS = 3_600_000;
/** Waits of a minute and more read better in seconds. */
const LONG_MS = 60_000;
const SECONDS = { unit: "s", one: 1000 };
const MILLISECONDS = { unit: "ms", one: 1 };

/** Something of a user that a table can add up and a picture can show by the hour. */
interface View {
  readonly name: string;
  /** Of a cell of the heat map: of an hour, or a mean. */
  readonly unit: string;
  /** Of a sum over time, or of a mean. */
  readonly total: string;
  readonly plus: readonly UserMeasure[];
  readonly minus: readonly UserMeasure[];
  /** What it is a mean over; `null`: a sum. */
  readonly per: UserMeasure | null;
  /** So many of what is kept are one of the unit. */
  readonly one: number;
  /** Whole numbers. */
  readonly counts: boolean;
}

interface Strip {
  readonly name: string;
  readonly unit: string;
  readonly height: number;
  readonly layers: readonly { readonly view: View; readonly color: string }[];
}

/**
 * Who wasted and waited when: users × time, the search for one of them, and that one over time; and the data behind it, which may
 * stand at the end of the page.
 */
export function usersParts(
  runs: readonly ComparedRun[],
  { header, payload }: PackedUsers,
): { readonly section: Html; readonly data: Html } {
  const { currency } = (runs[0] as ComparedRun).prices;
  const time = runs.some((run) => (metric(run, "start_latency_ms_max") ?? 0) >= LONG_MS) ? SECONDS : MILLISECONDS;
  const views = viewsOf(header, currency, time);
  const unit = timeUnit(header.bins * header.binMs);
  const page = {
    ...header,
    views,
    strips: stripsOf(header, currency, time),
    labels: runs.map(({ label }) => label),
    unit: { name: unit.one, ms: unit.ms },
    fineText: binText(header.binMs),
    coarseText: binText(header.binMs * header.factor),
  };
  const section = html`<section id="users" aria-labelledby="users-title"><h2 id="users-title">Users</h2>
  <noscript><p class="note">The pictures of users need JavaScript.</p></noscript>
  <div class="controls">
    <label class="select">Policy <select id="heat-policy">${runs.map((run, index) => html`<option value="${index}">${run.label}</option>`)}</select></label>
    <label class="select">Show <select id="heat-view">${views.map(({ name }, index) => html`<option value="${index}">${name}</option>`)}</select></label>
    <label class="select">Find a user <input type="search" id="user-search" list="user-names" autocomplete="off" spellcheck="false"></label>
    <datalist id="user-names"></datalist>
    <span class="readout" id="user-found" role="status"></span>
  </div>
  <figure id="figure-users">
    <figcaption><h3>Users by time</h3><p id="heat-text"></p></figcaption>
    <div class="by-user range"><div class="side"><b>All users</b><p>Drag to choose a time; a click shows all of it. The same in the charts of
      capacity.</p></div><div><div id="fleet" role="img" aria-label="Capacity of all users over time. The sliders below choose a part of it."></div>
      <div class="ranges"><label>from <input type="range" id="range-from" min="0" value="0"></label>
        <label>to <input type="range" id="range-to" min="0" value="0"></label>
        <span>Shown: <span id="range-text"></span></span>
        <button type="button" id="range-whole">Show the whole window</button></div></div></div>
    <div class="by-user"><ul id="heat-users" role="listbox" tabindex="0"></ul><div id="heat-cells" role="img" aria-label="Users by time"></div></div>
    <ul class="key" id="heat-key"></ul><p class="readout" id="heat-readout"></p>
    <p class="note">${reductionText(header)}</p>
    <details><summary>The numbers as a table</summary><div class="wide" tabindex="0" role="region" aria-label="Users, scrolls sideways">
      <table id="heat-table"><thead><tr></tr></thead><tbody></tbody></table></div></details>
  </figure>
  <figure id="figure-user">
    <figcaption><h3><span id="user-name"></span> <small id="user-about"></small></h3>
      <p>Capacity is at its prices. Every strip has one scale for all policies.</p>
      <ul class="key"><li><span class="part" style="background: var(--part-used)"></span>used</li>
        <li><span class="part" style="background: var(--unused)"></span>${header.measured ? "reserved and not used" : "held and not used"}</li></ul>
      <button type="button" class="link" id="show-all-users">Show all users together</button></figcaption>
    <div class="multiples" id="user-policies" role="group">${runs.map(
      (run) => html`<div class="multiple"><h4>${policyName(run, runs)}</h4><div class="strips"></div></div>`,
    )}</div>
    <div id="user-table-box">${table(
      "This user, scrolls sideways",
      [words("in the time shown"), ...views.map(({ name, total }) => numbers(total === "" ? name : `${name}, ${total}`))],
      runs.map((run) => [policyName(run, runs), ...views.map(() => "")]),
    )}</div>
  </figure></section>`;
  const data = html`<script type="application/json" id="users-header">${scriptJson(page)}</script>
  <script type="text/plain" id="users-data">${trusted(payload)}</script>`;
  return { section, data };
}

function viewsOf({ measures, measured }: CompactUsers, currency: string, time: typeof SECONDS): View[] {
  const money = currency === "" ? "cost" : currency;
  const view = (name: string, of: string, plus: UserMeasure, minus: readonly UserMeasure[] = []): View => ({
    ...{ name, unit: `${of === "" ? name : of} an hour`, total: of, plus: [plus], minus, per: null, one: 1, counts: of === "" },
  });
  const violations = measured ? view("shortage", "min", "violations") : view("requests past their target", "", "violations");
  const wait: View = { ...view("mean wait", time.unit, "waitMs"), unit: time.unit, per: "requests", one: time.one };
  const all = [
    view("waste", money, "held", ["used"]),
    violations,
    wait,
    view("missing capacity", money, "missing"),
    view("used capacity", money, "used"),
    view("requests", "", "requests"),
    view("instances", "h", "instances"),
    view("decisions", "", "decisions"),
  ];
  return all.filter(({ plus }) => plus.every((measure) => measures.includes(measure)));
}

function stripsOf(header: CompactUsers, currency: string, time: typeof SECONDS): Strip[] {
  const money = `${currency === "" ? "cost" : currency} an hour`;
  const view = (measure: UserMeasure, per: UserMeasure | null = null): View => ({
    ...{ name: "", unit: "", total: "", plus: [measure], minus: [], per, one: per === null ? 1 : time.one, counts: false },
  });
  const strips: Strip[] = [
    {
      ...{ name: "capacity held and used", unit: money, height: 84 },
      layers: [
        { view: view("held"), color: "var(--unused)" },
        { view: view("used"), color: "var(--part-used)" },
      ],
    },
    strip("missing capacity", money, view("missing"), "var(--violation)"),
    strip("instances", "mean", view("instances"), "var(--part-headroom)"),
    strip("requests", "an hour", view("requests"), "var(--axis)"),
    header.measured
      ? strip("shortage", "min an hour", view("violations"), "var(--violation)")
      : strip("past their target", "requests an hour", view("violations"), "var(--violation)"),
    strip("mean wait", time.unit, view("waitMs", "requests"), "var(--part-idle)"),
    strip("decisions", "an hour", view("decisions"), "var(--part-shadow)"),
  ];
  return strips.filter(({ layers }) =>
    layers.every(({ view }) => view.plus.every((measure) => header.measures.includes(measure))),
  );
}

function strip(name: string, unit: string, view: View, color: string): Strip {
  return { name, unit, height: 30, layers: [{ view, color }] };
}

/** Bins of hours are called so. */
function binText(ms: number): string {
  if (ms < HOUR_MS || ms % HOUR_MS !== 0) return duration(ms);
  return ms % (24 * HOUR_MS) === 0 ? counted(ms / (24 * HOUR_MS), "day", "days") : counted(ms / HOUR_MS, "hour", "hours");
}

/** What was left out so that the page stays small. */
function reductionText({ users, fine, factor, binMs, topLevel, cutNames }: CompactUsers): string {
  const all = users - 1;
  const levels = `in ${topLevel} levels of equal steps of the square root, so the largest are right within ${(100 / topLevel).toFixed(1)} %`;
  const bins =
    fine === users
      ? `Values are of ${binText(binMs)} each, ${levels}.`
      : `So that the page stays small, ${count(fine - 1)} of ${count(all)} users, those first by waste, violations or waits under ` +
        `some policy, have values of ${binText(binMs)} each; the other ${count(users - fine)} of ${binText(binMs * factor)}; ${levels}.`;
  const names = cutNames ? " Long names are cut; the search knows them whole." : "";
  return `${bins} Ranks and sums of single users are from these values; the scoreboard is exact.${names}`;
}
