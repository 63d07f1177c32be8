import type { CommandModule } from "yargs";
import type { TraceDefaults } from "../../datasets/tiers.ts";
import type { Trace } from "../../datasets/trace.ts";
import { IMPORTERS, type ImportFlags, refuseOtherFlags } from "./importers.ts";
import { printJson, say } from "./output.ts";
import { Progress } from "./progress.ts";

interface ImportArguments extends ImportFlags {
  readonly kind: string;
  readonly path: string;
  readonly out: string;
  readonly force: boolean;
  readonly name: string | undefined;
  readonly default: string[] | undefined;
  readonly json: boolean;
}

/** Reads a public or your own trace and writes it as a trace directory. */
export const command: CommandModule<object, ImportArguments> = {
  command: "import <kind> <path>",
  describe: "Import a trace: your own tables, a public data set, or what a run's journal holds",
  builder: (yargs) =>
    yargs
      .positional("kind", { type: "string", choices: Object.keys(IMPORTERS), demandOption: true, describe: "What the files are" })
      .positional("path", {
        type: "string",
        demandOption: true,
        describe: "Folder with the files, or the file; journal: a run's folder",
      })
      .option("out", { type: "string", demandOption: true, requiresArg: true, describe: "Trace directory to write" })
      .option("force", { type: "boolean", default: false, describe: "Replace the trace directory that is there" })
      .option("name", { type: "string", requiresArg: true, describe: "The trace's name; default: the folder's" })
      .option("default", {
        type: "string",
        array: true,
        nargs: 1,
        describe: "A value where the source is silent, as memory_mib=512; may be repeated",
      })
      .option("window", { type: "string", requiresArg: true, describe: "canonical: START,END in ms; rows outside are dropped" })
      .option("mapping", {
        type: "string",
        requiresArg: true,
        describe: "canonical, timeseries: YAML that says which column is what, or builtin:NAME",
      })
      .option("arrivals", {
        type: "string",
        requiresArg: true,
        describe: "azure: even (default) or uniform:SEED, where in its minute an invocation falls",
      })
      .option("app", {
        type: "string",
        choices: ["app", "function"],
        requiresArg: true,
        describe: "azure: what an app is; default app",
      })
      .option("days", { type: "string", requiresArg: true, describe: "azure: 2 or 1-3; default: all that are there" })
      .option("from", { type: "string", requiresArg: true, describe: "azure: first hour, from midnight of the first day read" })
      .option("to", { type: "string", requiresArg: true, describe: "azure: the hour before which it ends" })
      .option("sample-functions", {
        type: "string",
        requiresArg: true,
        describe: "azure: only so many functions (500), or such a share (2%), chosen by a hash of their names",
      })
      .option("pods", { type: "string", requiresArg: true, describe: "openb: openb_pod_list_NAME.csv; default: default" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 import canonical my-logs --out traces/mine", "requests.csv and, if there, apps.csv, users.csv, nodes.csv, …")
      .example(
        "$0 import canonical my-logs --mapping names.yaml --default memory_mib=512 --out traces/mine",
        "other names, another default",
      )
      .example(
        "$0 import azure-functions-2019 azure --days 1-2 --arrivals uniform:1 --out traces/azure",
        "two days of the original files",
      )
      .example(
        "$0 import azure-functions-2019 azure --days 1 --sample-functions 2% --out traces/azure",
        "a fiftieth of the functions of a day",
      )
      .example("$0 import journal live --out traces/yesterday", "what a live run saw, to be simulated under another policy")
      .example("$0 import google-2011 jobs.csv.gz --default cold_start_ms=30000 --out traces/google", "or a folder of parts")
      .example(
        "$0 import canonical genai --mapping builtin:genai-2026 --out traces/genai",
        "prae datasets lists the public ones",
      ) as never,
  handler: run,
};

async function run(args: ImportArguments): Promise<void> {
  const { checkDestination } = await import("../../datasets/store.ts");
  checkDestination(args.out, { replace: args.force });
  const progress = new Progress(`import ${args.kind}`);
  const trace = await importInto(args, progress);
  progress.end();
  const { manifest, users, apps, requests, usage, nodes } = trace;
  const counts = { users: users.length, apps: apps.length, requests: requests.count };
  if (args.json) {
    const more = { usageSamples: usage?.count ?? 0, nodes: nodes?.length ?? null };
    printJson({ trace: args.out, ...counts, ...more, manifest });
    return;
  }
  const { name, digest, rowsDropped, defaults, notes } = manifest;
  const samples = usage === null ? "" : `, ${usage.count} usage samples`;
  say(`${args.out}: ${name}, ${counts.users} users, ${counts.apps} apps, ${counts.requests} requests${samples}`);
  say(`digest ${digest}`);
  for (const { table, reason, count } of rowsDropped) say(`dropped: ${count} rows of ${table}, ${reason}`);
  for (const text of defaults) say(`assumed: ${text}`);
  for (const text of notes) say(`note: ${text}`);
}

async function importInto(args: ImportArguments, progress: Progress): Promise<Trace> {
  const { totalBytes } = await import("../../datasets/source-file.ts");
  const { writeLargeTrace } = await import("../../datasets/store.ts");
  const total = totalBytes(args.path);
  let done = 0;
  const onBytes = (bytes: number) => {
    done += bytes;
    progress.update(done, total);
  };
  await refuseOtherFlags(args.kind, args);
  const name = args.name === undefined ? {} : { name: args.name };
  const common = { ...name, defaults: await parseDefaults(args.default ?? [], args.kind) };
  const importer = IMPORTERS[args.kind] as (typeof IMPORTERS)[string];
  return writeLargeTrace(args.out, { replace: args.force }, (spill) =>
    importer.load(args.path, common, args, { totalBytes: total, onBytes, spill }),
  );
}

/** Names of `--default` and what they set. */
const DEFAULT_KEYS: Readonly<Record<string, keyof TraceDefaults>> = {
  cpu_millis: "cpuMillis",
  memory_mib: "memoryMiB",
  gpu_millis: "gpuMillis",
  network_kbps: "networkKbps",
  cold_start_ms: "coldStartMs",
  resume_ms: "resumeMs",
};

async function parseDefaults(texts: readonly string[], kind: string): Promise<Partial<TraceDefaults> & { runMs?: number }> {
  const { IssueList } = await import("../../datasets/issue-list.ts");
  const issues = new IssueList();
  const defaults: Record<string, number | string> = {};
  const keys: Readonly<Record<string, string>> =
    kind === "azure-functions-2019" ? { ...DEFAULT_KEYS, run_ms: "runMs" } : DEFAULT_KEYS;
  for (const text of texts) {
    const [name = "", value = ""] = text.split(/=(.*)/s);
    const key = Object.hasOwn(keys, name) ? keys[name] : undefined;
    if (name === "tier" && value !== "") defaults["tier"] = value;
    else if (key !== undefined && /^\d{1,10}$/.test(value) && Number(value) < 2 ** 32) defaults[key] = Number(value);
    else {
      const known = [...Object.keys(keys), "tier"].join(", ");
      issues.add({ where: "--default", expected: `name=whole number, name one of ${known}`, found: JSON.stringify(text) });
    }
  }
  issues.throwIfAny();
  return defaults;
}
