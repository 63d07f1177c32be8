import type { Interval } from "../../models/backtest/resampling.ts";
import { type ComparedRun, metric } from "../compared-run.ts";
import type { Comparison } from "../comparison.ts";
import { count, duration, significant } from "../format.ts";
import { type IntervalMethod, type MetricIntervals, WITHOUT_INTERVAL } from "../statistics/intervals.ts";
import { type Fragment, type Html, html } from "./html.ts";
import { policyName } from "./policy-key.ts";
import { numbers, table, words } from "./table.ts";

/** What differences are shown of, and in which unit. */
const COMPARED = [
  { name: "cost", title: "cost", per: 1 },
  { name: "waste_cost", title: "waste", per: 1 },
  { name: "violation_cost", title: "violations", per: 1 },
  { name: "sla_violation_fraction", title: "requests that violate, %", per: 0.01 },
  { name: "cold_fraction", title: "cold starts, %", per: 0.01 },
  { name: "start_latency_ms_mean", title: "mean start latency, ms", per: 1 },
] as const;

/** How each policy differs from the one of the lowest cost and from the reactive one, with the paired intervals. */
export function differencesTable({ runs, intervals }: Comparison): Html | null {
  if (intervals === null) return null;
  const best = intervals.runs.findIndex(({ lessBest }, index) => lessBest === null && !(runs[index] as ComparedRun).reference);
  const reactive = runs.findIndex((run) => run.policy.name === "reactive");
  const rows = [
    ...rowsAgainst(runs, best, (index) => intervals.runs[index]?.lessBest ?? null),
    ...(reactive === best ? [] : rowsAgainst(runs, reactive, (index) => intervals.runs[index]?.lessReactive ?? null)),
  ];
  if (rows.length === 0) return null;
  return html`<details><summary>Differences between policies, with their 95 % intervals</summary>
    ${table(
      "Differences, scrolls sideways",
      [words("policy"), words("less"), ...COMPARED.map(({ title }) => numbers(title))],
      rows,
    )}<p class="note">Both policies of a row see the same resampled users and days, so what they have in common cancels.
    A difference whose interval includes 0 is not shown to be one.</p></details>`;
}

function rowsAgainst(
  runs: readonly ComparedRun[],
  against: number,
  differencesOf: (index: number) => MetricIntervals | null,
): Fragment[][] {
  const other = runs[against];
  if (other === undefined) return [];
  return runs.flatMap((run, index): Fragment[][] => {
    const differences = differencesOf(index);
    if (differences === null) return [];
    const cells = COMPARED.map(({ name, per }): Fragment => {
      const [own, its] = [metric(run, name), metric(other, name)];
      const interval = differences[name];
      return own === null || its === null ? "–" : differenceCell((own - its) / per, interval, per);
    });
    return [[policyName(run, runs), policyName(other, runs), ...cells]];
  });
}

function differenceCell(value: number, interval: Interval | undefined, per: number): Fragment {
  if (interval === undefined) return significant(value);
  const [low, high] = [interval[0] / per, interval[1] / per];
  const isShown = low > 0 || high < 0 || (low === 0 && high === 0);
  return html`${significant(value)}<small class="interval">${significant(low)} … ${significant(high)}${isShown ? null : html`<br>no difference shown`}</small>`;
}

/** How the intervals were made, and which numbers have none, and why. */
export function methodSection({ intervals }: Comparison): Html {
  if (intervals === null) {
    return html`<p>No intervals: not every run record has its cells (the file <code>.cells.gz</code> beside it), from which
      intervals are made. Metrics are defined in METRICS.md.</p>`;
  }
  return html`<p>Metrics are defined in METRICS.md. ${methodText(intervals.method)}</p>
    <ul class="caveats">${WITHOUT_INTERVAL.map(
      ({ metrics, reason }) =>
        html`<li>No interval for ${metrics.map((name, index) => html`${index === 0 ? null : ", "}<code>${name}</code>`)}: ${reason}.</li>`,
    )}</ul>`;
}

export function methodText({ replicates, seed, blockMs, blocks, users, units }: IntervalMethod): string {
  const resampled = units === users ? `${count(users)} users` : `${count(units)} groups of ${count(users)} users`;
  return (
    `Intervals are of 95 %, by a paired bootstrap over users and blocks of time: ${count(replicates)} times as many users and as ` +
    `many blocks as there are, drawn with replacement from ${resampled} and ${count(blocks)} blocks of ${duration(blockMs)}, the ` +
    `same for every policy (seed ${seed}); the interval holds the middle 95 % of the replicates. Mean queue waits, which users ` +
    `share, are by batch means over the same blocks with Student's t. A replay itself is deterministic: the intervals say what ` +
    `other users and other days of the same kind could have given.`
  );
}
