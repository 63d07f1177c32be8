import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommandModule } from "yargs";
import { InputError } from "../../datasets/issues.ts";
import type { ExplainedRun } from "../../reports/explained.ts";
import type { RunRecord } from "../run-record.ts";
import type { Asked } from "./explain-run.ts";
import { printJson } from "./output.ts";

interface ReportArguments {
  readonly runs: readonly string[];
  readonly out: string;
  readonly why: readonly string[] | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

/** Compares run records that are already there, and writes the report. */
export const command: CommandModule<object, ReportArguments> = {
  command: "report <runs..>",
  describe: "Compare run records in one HTML report",
  builder: (yargs) =>
    yargs
      .positional("runs", {
        type: "string",
        array: true,
        demandOption: true,
        describe: "Run records, or directories of runs, of one trace, window, cluster and prices",
      })
      .option("out", { type: "string", demandOption: true, requiresArg: true, describe: "HTML file to write" })
      .option("why", {
        type: "string",
        array: true,
        nargs: 1,
        requiresArg: true,
        describe: "Explain on the page, from the runs' journals: so many of the longest waits (3), or a user at a time (ana@2h)",
      })
      .option("force", { type: "boolean", default: false, describe: "Replace the file that is there" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 report runs/ttl10 runs/ttl20 --out report.html", "two runs of prae simulate")
      .example("$0 report records/*.json --out report.html", "all records of a folder, as prae compare --runs keeps them")
      .example("$0 report runs/ttl10 --why 3 --why ana@2h --out report.html", "and why users waited, as prae why says")
      .example("$0 report a.json b.json --out report.html --force --json", "two of them again; the verdict as JSON") as never,
  handler: run,
};

async function run({ runs, out, why = [], force, json }: ReportArguments): Promise<void> {
  const { compareRuns } = await import("../../reports/comparison.ts");
  const { readCells } = await import("./cells-beside.ts");
  const { readUsers } = await import("./users-beside.ts");
  const { commandLine } = await import("./command-line.ts");
  const { comparisonDocument, sayVerdict, writeReport } = await import("./compare.ts");
  const { checkOutputPlaces } = await import("./output-places.ts");
  checkOutputPlaces([{ path: out, kind: "file" }], force);
  const asked = why.length === 0 ? null : (await import("./explain-run.ts")).readAsked(why);
  const records = await readRecords(runs);
  const cells = await Promise.all(records.map((record, index) => readCells(record, recordFile(runs[index] as string))));
  const users = await Promise.all(records.map((record, index) => readUsers(record, recordFile(runs[index] as string))));
  const typed = ["prae", "report", ...runs, ...why.flatMap((text) => ["--why", text]), "--out", out];
  const comparison = compareRuns(records, commandLine(typed), cells, users);
  const compared = { records, cells, users, comparison };
  await writeReport(compared, out, force, asked === null ? [] : await explainRuns(runs, records, asked));
  if (json) printJson(comparisonDocument(compared, out));
  else sayVerdict(compared, out);
}

/** Each from its journal: a record without one beside it cannot be explained. */
async function explainRuns(paths: readonly string[], records: readonly RunRecord[], asked: Asked): Promise<ExplainedRun[]> {
  const { explainRun } = await import("./explain-run.ts");
  const { journalPath } = await import("./journal-file.ts");
  const journals = paths.map(journalPath);
  const explained: ExplainedRun[] = [];
  for (const [index, { id }] of records.entries()) {
    explained.push({ run: id, explained: await explainRun(journals[index] as string, asked) });
  }
  return explained;
}

/** Reads all of them before it refuses any, so that every issue is named at once. */
async function readRecords(paths: readonly string[]): Promise<RunRecord[]> {
  const { parseRunRecord } = await import("../../reports/parse-run-record.ts");
  const results = await Promise.allSettled(paths.map(recordFile).map(async (path) => parseRunRecord(await readText(path), path)));
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  const bug = failures.find((failure) => !(failure instanceof InputError));
  if (bug !== undefined) throw bug;
  const issues = (failures as InputError[]).flatMap((failure) => failure.issues);
  if (issues.length > 0) throw new InputError(issues);
  return results.map((result) => (result as PromiseFulfilledResult<RunRecord>).value);
}

/** The directory of a run stands for the record in it. */
function recordFile(path: string): string {
  const inside = join(path, "run.json");
  return existsSync(inside) ? inside : path;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const found = code === "ENOENT" ? "nothing there" : code === "EISDIR" ? "a directory without run.json" : null;
    if (found === null) throw error;
    throw new InputError([{ where: path, expected: "a file with a run record", found }]);
  }
}
