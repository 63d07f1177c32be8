import type { CommandModule } from "yargs";
import type { Issue } from "../../datasets/issues.ts";
import type { TraceDefaults } from "../../datasets/tiers.ts";
import type { Trace } from "../../datasets/trace.ts";
import type { Window } from "../../datasets/trace-input.ts";
import { printJson, say } from "./output.ts";
import { Progress } from "./progress.ts";

const KINDS = ["canonical", "azure-functions-2019"] as const;

interface ImportArguments {
  readonly kind: string;
  readonly path: string;
  readonly out: string;
  readonly force: boolean;
  readonly name: string | undefined;
  readonly arrivals: string | undefined;
  readonly app: string | undefined;
  readonly days: string | undefined;
  readonly mapping: string | undefined;
  readonly window: string | undefined;
  readonly default: string[] | undefined;
  readonly json: boolean;
}

/** Reads a public or your own trace and writes it as a trace directory. */
export const command: CommandModule<object, ImportArguments> = {
  command: "import <kind> <path>",
  describe: "Import a trace: your own tables, or a public data set",
  builder: (yargs) =>
    yargs
      .positional("kind", { type: "string", choices: KINDS, demandOption: true, describe: "What the files are" })
      .positional("path", { type: "string", demandOption: true, describe: "Folder with the files" })
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
      .option("mapping", { type: "string", requiresArg: true, describe: "canonical: YAML with other names of files and columns" })
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
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 import canonical my-logs --out traces/mine", "requests.csv and, if there, apps.csv, users.csv, nodes.csv, …")
      .example(
        "$0 import canonical my-logs --mapping names.yaml --default memory_mib=512 --out traces/mine",
        "other names, another default",
      )
      .example(
        "$0 import azure-functions-2019 azure --days 1-2 --arrivals uniform:1 --out traces/azure",
        "two days of the original files",
      ),
  handler: run,
};

async function run(args: ImportArguments): Promise<void> {
  const { checkDestination, writeTrace } = await import("../../datasets/store.ts");
  checkDestination(args.out, { replace: args.force });
  const progress = new Progress(`import ${args.kind}`);
  const trace = await load(args, progress);
  await writeTrace(trace, args.out, { replace: args.force });
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

async function load(args: ImportArguments, progress: Progress): Promise<Trace> {
  const { totalBytes } = await import("../../datasets/source-file.ts");
  const total = totalBytes(args.path);
  let done = 0;
  const onBytes = (bytes: number) => {
    done += bytes;
    progress.update(done, total);
  };
  const name = args.name === undefined ? {} : { name: args.name };
  const defaults = await parseDefaults(args.default ?? [], args.kind);
  if (args.kind === "canonical") {
    await refuseFlags(args, ["arrivals", "app", "days"]);
    const { loadCanonical } = await import("../../datasets/canonical/canonical.ts");
    const { loadMapping } = await import("../../datasets/canonical/mapping.ts");
    const mapping = args.mapping === undefined ? {} : { mapping: await loadMapping(args.mapping) };
    const window = args.window === undefined ? null : await parseWindow(args.window);
    return loadCanonical(args.path, { ...name, defaults, window, ...mapping }, onBytes);
  }
  await refuseFlags(args, ["mapping", "window"]);
  const { loadAzureFunctions2019 } = await import("../../datasets/azure-functions-2019/azure-functions-2019.ts");
  const { parseArrivals } = await import("../../datasets/azure-functions-2019/arrivals.ts");
  const arrivals = parseArrivals(args.arrivals ?? "even");
  const days = args.days === undefined ? null : await parseDays(args.days);
  const app = args.app === "function" ? "function" : "app";
  return loadAzureFunctions2019(args.path, { ...name, defaults, arrivals, days, app }, onBytes);
}

async function refuse(issue: Issue): Promise<never> {
  const { InputError } = await import("../../datasets/issues.ts");
  throw new InputError([issue]);
}

async function refuseFlags(args: ImportArguments, flags: readonly (keyof ImportArguments)[]): Promise<void> {
  const flag = flags.find((name) => args[name] !== undefined);
  if (flag === undefined) return;
  await refuse({
    where: `--${flag}`,
    expected: `an option of ${args.kind}`,
    found: "one of another kind",
    hint: "prae import --help",
  });
}

/** `START,END` in ms. */
async function parseWindow(text: string): Promise<Window> {
  const match = /^(\d{1,16}),(\d{1,16})$/.exec(text);
  const [startMs, endMs] = [Number(match?.[1]), Number(match?.[2])];
  if (match !== null && startMs < endMs && endMs <= Number.MAX_SAFE_INTEGER) return { startMs, endMs };
  return refuse({ where: "--window", expected: "START,END: whole milliseconds, start before end", found: JSON.stringify(text) });
}

/** `3` or `1-3`. */
async function parseDays(text: string): Promise<{ first: number; last: number }> {
  const match = /^(\d{1,2})(?:-(\d{1,2}))?$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match !== null && first >= 1 && first <= last) return { first, last };
  return refuse({ where: "--days", expected: "a day such as 2, or a range such as 1-3", found: JSON.stringify(text) });
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
  const keys: Readonly<Record<string, string>> = kind === "canonical" ? DEFAULT_KEYS : { ...DEFAULT_KEYS, run_ms: "runMs" };
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
