import type { CommandModule } from "yargs";
import type { Comparison } from "../../reports/comparison.ts";
import type { ExplainedRun } from "../../reports/explained.ts";
import type { RunCells } from "../../reports/statistics/cells.ts";
import type { IntervalMethod, MetricIntervals } from "../../reports/statistics/intervals.ts";
import type { UserSeries } from "../../reports/users/series.ts";
import type { ForecastOrigin, RunRecord, TraceReference } from "../run-record.ts";
import type { NamedPolicy } from "./inputs.ts";
import { printJson, say } from "./output.ts";
import type { OutputPlace } from "./output-places.ts";
import { policyHelp } from "./policy-help.ts";
import type { Scenario } from "./run-policy.ts";
import { FORK_OPTIONS, isForking, SCENARIO_OPTIONS, SEED_OPTION } from "./scenario-options.ts";

interface CompareArguments {
  readonly trace: string;
  readonly policies: string | undefined;
  readonly cluster: string | undefined;
  readonly seed: number;
  readonly evaluateFrom: string | undefined;
  readonly prices: string | undefined;
  readonly limit: string | undefined;
  readonly grace: string | undefined;
  readonly whatIf: readonly string[] | undefined;
  readonly faults: string | undefined;
  readonly set: readonly string[] | undefined;
  readonly fork: string | undefined;
  readonly at: string | undefined;
  readonly registry: string | undefined;
  readonly out: string | undefined;
  readonly runs: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

/** Replays one trace under several policies and compares them. */
export const command: CommandModule<object, CompareArguments> = {
  command: "compare",
  describe: "Replay a trace under several policies and compare them in one report",
  builder: (yargs) =>
    yargs
      .option("trace", { type: "string", demandOption: true, requiresArg: true, describe: "Trace directory" })
      .option("policies", {
        type: "string",
        demandOption: !isForking(),
        requiresArg: true,
        describe: "name, name:key=value,… or file.yaml, separated by commas",
      })
      .options(SCENARIO_OPTIONS)
      .options(FORK_OPTIONS)
      .options(SEED_OPTION)
      .option("out", { type: "string", requiresArg: true, describe: "HTML report to write" })
      .option("runs", { type: "string", requiresArg: true, describe: "Directory to keep the run records in" })
      .option("force", { type: "boolean", default: false, describe: "Replace what is there" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .epilogue(policyHelp())
      .example(
        "$0 compare --trace traces/azure --policies keep-alive:ttl=10m,keep-alive:ttl=20m,reactive,clairvoyant --out report.html",
        "",
      )
      .example("$0 compare --trace traces/x --policies reactive:margin=1.5,every=5m --cluster unlimited --json", "")
      .example("$0 compare --trace traces/x --policies keep-alive,reactive --what-if demand=1.2,start-up=2 --out more.html", "")
      .example("$0 compare --trace traces/x --fork runs/ttl10 --at 14:05 --policies keep-alive:ttl=1m,hpa --json", "") as never,
  handler: run,
};

async function run(args: CompareArguments): Promise<void> {
  const { readScenario } = await import("./scenario.ts");
  const { readPolicies } = await import("./inputs.ts");
  const { commandLine } = await import("./command-line.ts");
  const { checkOutputPlaces } = await import("./output-places.ts");
  const { setPolicies } = await import("./what-if/set-policies.ts");
  const { ofRun } = await import("./what-if/forked-scenario.ts");
  const named = args.policies === undefined ? [] : await readPolicies(args.policies);
  checkOutputPlaces(await outputPlaces(args), args.force);
  const scenario = await readScenario(args);
  const policies = await setPolicies(named.length > 0 ? named : ofRun(scenario, args.set), args.set, scenario.trace);
  const command = commandLine(["prae", ...process.argv.slice(2)]);
  const compared = await compareOn(scenario, policies, command, args.registry);
  if (args.out !== undefined) await writeReport(compared, args.out, args.force);
  if (args.runs !== undefined) await writeRuns(compared, args.runs, args.force);
  if (args.json) printJson(comparisonDocument(compared, args.out ?? null));
  else sayVerdict(compared, args.out);
}

async function outputPlaces({ out, runs }: CompareArguments): Promise<OutputPlace[]> {
  const { InputError } = await import("../../datasets/issues.ts");
  const { resolve, sep } = await import("node:path");
  if (out !== undefined && runs !== undefined && `${resolve(out)}${sep}`.startsWith(`${resolve(runs)}${sep}`)) {
    throw new InputError([{ where: "--out", expected: "a place apart from --runs", found: `${out}, in ${runs}` }]);
  }
  return [
    ...(out === undefined ? [] : [{ path: out, kind: "file" as const }]),
    ...(runs === undefined ? [] : [{ path: runs, kind: "records" as const }]),
  ];
}

/** A comparison and the records it was made from. */
export interface ComparedRecords {
  readonly records: readonly RunRecord[];
  /** Of each record, what its intervals are made from; `null` where it is not known. */
  readonly cells: readonly (RunCells | null)[];
  /** Of each record, the series of its users; `null` where they are not known. */
  readonly users: readonly (UserSeries | null)[];
  readonly comparison: Comparison;
}

export async function compareOn(
  scenario: Scenario,
  policies: readonly NamedPolicy[],
  commandText: string,
  registry?: string,
): Promise<ComparedRecords> {
  const { refuseUnfit } = await import("./policy-fit.ts");
  const { replayEach } = await import("./replay-each.ts");
  const { compareRuns } = await import("../../reports/comparison.ts");
  refuseUnfit(policies, scenario, "--policies");
  const runs = await replayEach(scenario, policies, registry);
  const records = runs.map(({ record }) => record);
  const cells = runs.map((run) => run.cells);
  const users = runs.map((run) => run.users);
  return { records, cells, users, comparison: compareRuns(records, commandText, cells, users) };
}

export async function writeReport(
  { comparison }: ComparedRecords,
  path: string,
  replace: boolean,
  explained: readonly ExplainedRun[] = [],
): Promise<void> {
  const { renderReport } = await import("../../reports/html/report.ts");
  const { writeAtomically } = await import("../../datasets/atomic.ts");
  const { writeFile } = await import("node:fs/promises");
  const page = await renderReport(comparison, explained);
  await writeAtomically(path, { replace }, (temporary) => writeFile(temporary, page));
}

export async function writeRuns({ records, cells, users }: ComparedRecords, directory: string, replace: boolean): Promise<void> {
  const { writeCells } = await import("./cells-beside.ts");
  const { writeUsers } = await import("./users-beside.ts");
  const { writeAtomically } = await import("../../datasets/atomic.ts");
  const { mkdir, writeFile } = await import("node:fs/promises");
  await writeAtomically(directory, { replace }, async (temporary) => {
    await mkdir(temporary);
    for (const [index, record] of records.entries()) {
      const path = `${temporary}/${record.id}.json`;
      await writeFile(path, `${JSON.stringify(record, null, 1)}\n`);
      const own = cells[index] ?? null;
      if (own !== null) await writeCells(own, path);
      const series = users[index] ?? null;
      if (series !== null) await writeUsers(series, path);
    }
  });
}

interface ComparisonDocument {
  readonly trace: TraceReference;
  /** What is otherwise than in the trace that was read, as written. */
  readonly whatIf: readonly string[];
  readonly runs: readonly {
    readonly id: string;
    readonly policy: string;
    readonly metrics: Record<string, unknown>;
    /** 95 %, by metric; `null` where the records do not say enough. */
    readonly intervals: Record<string, unknown> | null;
    readonly differences: { readonly best: MetricIntervals | null; readonly reactive: MetricIntervals | null } | null;
    readonly journalDigest: string;
    /** By which models' forecasts it acted; `null`: by none. */
    readonly forecasts: readonly ForecastOrigin[] | null;
  }[];
  readonly intervalMethod: IntervalMethod | null;
  readonly verdict: Comparison["verdict"];
  readonly report: string | null;
}

export function comparisonDocument({ comparison, records }: ComparedRecords, report: string | null): ComparisonDocument {
  return {
    trace: (records[0] as RunRecord).trace,
    whatIf: (records[0] as RunRecord).whatIf ?? [],
    runs: comparison.runs.map(({ id, policyText, metrics, journal, forecasts = null }, index) => {
      const own = comparison.intervals?.runs[index];
      return {
        id,
        policy: policyText,
        metrics: { ...metrics.overall, by_tier: metrics.byTier },
        intervals: own === undefined ? null : { ...own.overall, by_tier: own.byTier },
        differences: own === undefined ? null : { best: own.lessBest, reactive: own.lessReactive },
        journalDigest: journal.digest,
        forecasts,
      };
    }),
    intervalMethod: comparison.intervals?.method ?? null,
    verdict: comparison.verdict,
    report,
  };
}

export function sayVerdict({ comparison }: ComparedRecords, report: string | undefined): void {
  say(comparison.verdict.headline);
  for (const sentence of [...comparison.verdict.findings, ...comparison.verdict.caveats]) say(`  ${sentence}`);
  if (report !== undefined) say(`\nReport: ${report}`);
}
