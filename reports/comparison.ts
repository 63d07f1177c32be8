import { InputError, type Issue } from "../datasets/issues.ts";
import type { RunRecord } from "../sim/run-record.ts";
import { type ComparedRun, metric } from "./compared-run.ts";
import type { RunCells } from "./statistics/cells.ts";
import { type Intervals, intervalsOf } from "./statistics/intervals.ts";
import type { UserSeries } from "./users/series.ts";
import { type Verdict, writeVerdict } from "./verdict.ts";

/** Runs of several policies over the same trace, window, cluster and prices, with what only shows side by side. */
export interface Comparison {
  /** In the order given, with `gap_closed` filled. */
  readonly runs: readonly ComparedRun[];
  readonly verdict: Verdict;
  /** `null`: not every run has what they are made from. */
  readonly intervals: Intervals | null;
  /** Of each run in order; `null`: not every run has them. */
  readonly users: readonly UserSeries[] | null;
  /** What to type to make this comparison again. */
  readonly command: string;
}

/**
 * Checks that the runs can be compared, fills `gap_closed` overall and by tier, and puts the result in words.
 *
 * gap closed = (J_reactive − J) ÷ (J_reactive − J_clairvoyant), J = metric `cost`; `null` where the denominator is not above 0
 * or one of the two policies (by name; the first of several) is absent.
 *
 * @param cells of each run, in order: what intervals are made from.
 * @param users of each run, in order: the series of its users.
 * @throws InputError when there is no run, or runs differ in trace, window, cluster or prices, or one is given twice.
 */
export function compareRuns(
  runs: readonly RunRecord[],
  command: string,
  cells: readonly (RunCells | null)[] = [],
  users: readonly (UserSeries | null)[] = [],
): Comparison {
  const first = runs[0];
  if (first === undefined) throw new InputError([{ where: "runs", expected: "at least one run record", found: "none" }]);
  const issues = runs.slice(1).flatMap((run, index) => differences(first, run, index + 2));
  issues.push(...repeated(runs));
  if (issues.length > 0) throw new InputError(issues);

  const reactive = runs.find((run) => run.policy.name === "reactive");
  const clairvoyant = runs.find((run) => run.policy.name === "clairvoyant");
  const gapOf = (run: RunRecord, tier: string | null): number | null => {
    const cost = (of: RunRecord | undefined) => (of === undefined ? null : metric(of, "cost", tier));
    return gapClosed(cost(run), cost(reactive), cost(clairvoyant));
  };
  const compared = runs.map(
    (run): ComparedRun => ({
      ...run,
      label:
        runs.filter((other) => other.policyText === run.policyText).length === 1
          ? run.policyText
          : `${run.policyText} [${run.id}]`,
      reference: isReference(run),
      metrics: {
        ...run.metrics,
        overall: { ...run.metrics.overall, gap_closed: gapOf(run, null) },
        byTier: Object.fromEntries(
          Object.entries(run.metrics.byTier).map(([tier, values]) => [tier, { ...values, gap_closed: gapOf(run, tier) }]),
        ),
      },
    }),
  );
  const known = cells.filter((one) => one !== null);
  const intervals = known.length === runs.length ? intervalsOf(compared, known) : null;
  const series = users.filter((one) => one !== null);
  return {
    runs: compared,
    verdict: writeVerdict(compared, intervals),
    intervals,
    users: series.length === runs.length ? series : null,
    command,
  };
}

/** Whether the policy reads the trace's own future, under whatever name. */
export function isReference({ policy }: Pick<RunRecord, "policy">): boolean {
  return policy.name === "clairvoyant" || policy.feed?.model === "clairvoyant";
}

function gapClosed(cost: number | null, reactive: number | null, clairvoyant: number | null): number | null {
  if (cost === null || reactive === null || clairvoyant === null || reactive - clairvoyant <= 0) return null;
  return (reactive - cost) / (reactive - clairvoyant);
}

function differences(first: RunRecord, run: RunRecord, position: number): Issue[] {
  const compare = (path: string, expected: string, found: string): Issue[] =>
    expected === found
      ? []
      : [
          {
            where: `run ${position} (${run.policyText})`,
            path,
            expected: `${expected}, as in run 1 (${first.policyText})`,
            found,
          },
        ];
  const window = (of: RunRecord) => `[${of.window.fromMs}, ${of.window.toMs})`;
  return [
    ...compare("trace.digest", first.trace.digest, run.trace.digest),
    ...compare("window", window(first), window(run)),
    ...compare("cluster.digest", first.cluster.digest, run.cluster.digest),
    ...compare("prices", canonical(first.prices), canonical(run.prices)),
    ...compare("changes", first.changes ?? "none", run.changes ?? "none"),
    ...compare("usage", canonical(first.usage ?? null), canonical(run.usage ?? null)),
  ];
}

function repeated(runs: readonly RunRecord[]): Issue[] {
  return runs.flatMap((run, index) => {
    const earlier = runs.findIndex((other) => other.id === run.id);
    if (earlier === index) return [];
    const found = `the id of run ${earlier + 1}, ${run.id}`;
    return [{ where: `run ${index + 1} (${run.policyText})`, path: "id", expected: "each run once", found }];
  });
}

/** JSON with sorted keys, so that the order in which prices were written does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
