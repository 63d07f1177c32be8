import type { Interval } from "../../models/backtest/resampling.ts";
import { type ComparedRun, metric, tiersOf } from "../compared-run.ts";
import { aligned, significant } from "../format.ts";
import type { Intervals } from "../statistics/intervals.ts";
import { type Column, scoreboardColumns } from "./columns.ts";
import { type Fragment, type Html, html } from "./html.ts";
import { policyName } from "./policy-key.ts";

/** Policies as rows, metrics as columns: sortable, with a choice of tier, the best ranked value of each column marked. */
export function scoreboard(runs: readonly ComparedRun[], intervals: Intervals | null = null): Html {
  const tiers = tiersOf(runs);
  const scopes: readonly (string | null)[] = [null, ...tiers];
  const all = scoreboardColumns(runs, intervals);
  const applies = (column: Column) => scopes.some((tier) => runs.some((run) => column.value(run, tier) !== null));
  const isZero = (column: Column) => scopes.every((tier) => runs.every((run) => (column.value(run, tier) ?? 0) === 0));
  const columns = all.filter((column) => applies(column) && !isZero(column));
  const zero = all.filter((column) => applies(column) && isZero(column));
  const absent = all.filter((column) => !applies(column));
  return html`
    ${tiers.length > 1 ? tierChoice(tiers) : null}
    <div class="wide" role="region" aria-label="Scoreboard, scrolls sideways" tabindex="0">
      <table class="scoreboard">
        <caption class="hidden">Metrics by policy${intervals === null ? null : ", each followed by its 95 % interval"}. Activate a
          column heading to sort by it.</caption>
        <thead>${groupRow(columns)}${headingRow(columns)}</thead>
        ${scopes.map((tier, index) => body(runs, columns, tier, index))}
      </table>
    </div>
    <p class="note"><span class="best">${BEST}</span> best value among the ranked policies.
      ${intervals === null ? null : "Below a number stands its 95 % interval; the method says how it was made."}
      ${leftOut("0 for every policy", zero)} ${leftOut("Not applicable here", absent)}</p>`;
}

/** Groups of columns for which paper has no room. */
const EXTRA: ReadonlySet<string> = new Set(["Queue wait", "Instance hours", "Nodes", "Decisions"]);
const BEST = html`<span class="star" aria-hidden="true">◆</span>`;

function tierChoice(tiers: readonly string[]): Html {
  const choice = (value: number, text: string) =>
    html`<label><input type="radio" name="tier" value="${value}"${value === 0 ? html` checked` : null}><span>${text}</span></label>`;
  return html`<fieldset class="choice"><legend>Requests of</legend>
    ${choice(0, "all tiers")}${tiers.map((tier, index) => choice(index + 1, tier))}</fieldset>`;
}

function groupRow(columns: readonly Column[]): Html {
  const groups = [...new Set(columns.map(({ group }) => group))];
  return html`<tr class="groups"><td></td>${groups.map(
    (group) =>
      html`<th scope="colgroup"${EXTRA.has(group) ? html` class="extra"` : null}
        colspan="${columns.filter((column) => column.group === group).length}">${group}</th>`,
  )}</tr>`;
}

function headingRow(columns: readonly Column[]): Html {
  const heading = (title: string, unit: string, type: string, classes: string, sorted: boolean): Html =>
    html`<th scope="col" class="${classes}" aria-sort="${sorted ? "ascending" : "none"}">
      <button type="button" data-sort="${type}">${title}</button><small>${unit}</small></th>`;
  return html`<tr>${heading("policy", "", "text", "", false)}${columns.map((column, index) =>
    heading(column.title, column.unit, "number", classesOf(columns, index), column.title === "total"),
  )}</tr>`;
}

function classesOf(columns: readonly Column[], index: number): string {
  const group = columns[index]?.group ?? "";
  const classes = [group === columns[index - 1]?.group ? null : "first", EXTRA.has(group) ? "extra" : null];
  return classes.filter((name) => name !== null).join(" ");
}

function body(runs: readonly ComparedRun[], columns: readonly Column[], tier: string | null, index: number): Html {
  const cells = columns.map((column) => cellsOf(runs, column, tier));
  const rows = runs.map((run, row) => ({ run, row })).sort((a, b) => byCost(a.run, tier) - byCost(b.run, tier));
  return html`<tbody data-tier="${index}"${index === 0 ? null : html` hidden`}>
    ${rows.map(
      ({ run, row }) => html`<tr${run.reference ? html` class="reference"` : null}>
        <th scope="row" data-value="${run.label}">${policyName(run, runs)}</th>${cells.map(
          (column, at) => html`<td
          class="${classesOf(columns, at)}" data-value="${column[row]?.value ?? ""}">${column[row]?.content ?? null}</td>`,
        )}
      </tr>`,
    )}</tbody>`;
}

function byCost(run: ComparedRun, tier: string | null): number {
  return metric(run, "cost", tier) ?? Number.MAX_VALUE;
}

function cellsOf(
  runs: readonly ComparedRun[],
  column: Column,
  tier: string | null,
): { value: number | null; content: Fragment }[] {
  const values = runs.map((run) => column.value(run, tier));
  const texts = aligned(values);
  const best = bestOf(runs, values, column.better);
  return values.map((value, row) => {
    const text = texts[row] as string;
    const isBest = value !== null && value === best && runs[row]?.reference === false;
    const shown = isBest ? html`<span class="best">${BEST}${text}<span class="hidden"> (best)</span></span>` : text;
    const interval = value === null ? null : column.interval(runs[row] as ComparedRun, tier);
    return { value, content: interval === null ? shown : html`${shown}${intervalText(interval)}` };
  });
}

/** In a second line. */
function intervalText([low, high]: Interval): Html {
  return html`<small class="interval">${significant(low)} … ${significant(high)}</small>`;
}

/** The best value of the ranked runs; `null` where more than half of them have it, which tells nobody apart. */
function bestOf(runs: readonly ComparedRun[], values: readonly (number | null)[], better: Column["better"]): number | null {
  const ranked = values.filter((value, row): value is number => value !== null && runs[row]?.reference === false);
  if (better === null || ranked.length < 2) return null;
  const best = better === "lower" ? Math.min(...ranked) : Math.max(...ranked);
  return ranked.filter((value) => value === best).length > ranked.length / 2 ? null : best;
}

function leftOut(reason: string, columns: readonly Column[]): string | null {
  if (columns.length === 0) return null;
  const groups = [...new Set(columns.map(({ group }) => group))];
  const named = groups.map(
    (group) =>
      `${group.toLowerCase()} (${columns
        .filter((column) => column.group === group)
        .map(({ title }) => title)
        .join(", ")})`,
  );
  return `${reason}: ${named.join("; ")}.`;
}
