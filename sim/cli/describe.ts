import type { CommandModule } from "yargs";
import type { ResourceName } from "../../allocator/core/resources.ts";
import type { TraceSummary } from "../../datasets/describe-trace.ts";
import type { Trace } from "../../datasets/trace.ts";
import { printJson, say } from "./output.ts";

interface DescribeArguments {
  readonly trace: string;
  readonly json: boolean;
}

/** Says what a trace directory holds. */
export const command: CommandModule<object, DescribeArguments> = {
  command: "describe <trace>",
  describe: "Say what a trace holds: users, requests, demand, what was assumed",
  builder: (yargs) =>
    yargs
      .positional("trace", { type: "string", demandOption: true, describe: "Trace directory" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 describe traces/azure", "window, users, requests by tier, demand, licence")
      .example("$0 describe traces/azure --json", "the same and the whole manifest, as JSON"),
  handler: run,
};

async function run({ trace: directory, json }: DescribeArguments): Promise<void> {
  const { loadTrace } = await import("../../datasets/store.ts");
  const { summarizeTrace } = await import("../../datasets/describe-trace.ts");
  const trace = await loadTrace(directory);
  const summary = summarizeTrace(trace);
  if (json) printJson({ trace: directory, ...summary, manifest: trace.manifest });
  else for (const line of linesOf(trace, summary)) say(line);
}

function* linesOf({ manifest }: Trace, summary: TraceSummary): Generator<string> {
  const { window, source } = manifest;
  const kind = `${manifest.synthetic ? " (synthetic)" : ""}${manifest.composite ? " (composite)" : ""}`;
  yield `${manifest.name}${kind}, digest ${manifest.digest}`;
  yield `window     [${window.startMs}, ${window.endMs}) ms: ${length(window.endMs - window.startMs)}`;
  yield `users      ${count(summary.users)}, ${count(summary.usersWithRequests)} of them with requests`;
  yield `apps       ${count(summary.apps)}`;
  yield `nodes      ${summary.nodes === null ? "none: capacity is unlimited unless a cluster is given" : count(summary.nodes)}`;
  yield `requests   ${count(summary.requests)}`;
  if (summary.usageSamples > 0) yield `usage      ${count(summary.usageSamples)} samples`;
  if (summary.contextRows > 0) yield `context    ${count(summary.contextRows)} events`;
  for (const { tier, users, requests } of summary.tiers) {
    if (users + requests > 0) yield `tier       ${tier}: ${count(users)} users, ${count(requests)} requests`;
  }
  const { arrivals, runMs, demand } = summary;
  if (arrivals !== null) {
    yield `arrivals   ${decimal(arrivals.meanPerMinute)} a minute; most ${count(arrivals.peakPerMinute)}, from ${arrivals.peakAtMs} ms`;
  }
  if (runMs !== null) {
    yield `run time   mean ${decimal(runMs.mean)} ms, median ${runMs.p50}, p95 ${runMs.p95}, p99 ${runMs.p99}, longest ${runMs.max}`;
  }
  for (const [name, [label, unit, size]] of Object.entries(UNITS)) {
    const { mean, peak } = demand[name as ResourceName];
    const most = peak === null ? "" : `; most ${decimal(peak / size)}`;
    yield `${label.padEnd(10)} mean ${decimal(mean / size)} ${unit}${most}`;
  }
  for (const { user, requests, share } of summary.topUsers) {
    yield `top user   ${user}: ${count(requests)} requests, ${decimal(share * 100)} %`;
  }
  for (const { table, reason, count: rows } of manifest.rowsDropped)
    yield `dropped    ${count(rows)} rows of ${table}, ${reason}`;
  for (const text of manifest.defaults) yield `assumed    ${text}`;
  for (const text of manifest.notes) yield `note       ${text}`;
  yield `source     ${source.importer} ${JSON.stringify(source.options)}`;
  for (const file of source.files) yield `file       ${file.name}, ${count(file.bytes)} bytes, SHA-256 ${file.sha256}`;
  yield `licence    ${manifest.license}`;
  yield `citation   ${manifest.citation}`;
  if (manifest.homePage !== null) yield `home page  ${manifest.homePage}`;
}

/** Label, unit shown, and how many of ours make one of it. */
const UNITS: Readonly<Record<ResourceName, readonly [label: string, unit: string, size: number]>> = {
  cpuMillis: ["CPU", "cores", 1000],
  memoryMiB: ["memory", "GiB", 1024],
  gpuMillis: ["GPU", "GPUs", 1000],
  networkKbps: ["network", "Mbit/s", 1000],
};

function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

function decimal(value: number): string {
  return value >= 100 || Number.isInteger(value) ? count(Math.round(value)) : value.toPrecision(3);
}

function length(ms: number): string {
  if (ms < 60_000) return `${decimal(ms / 1000)} s`;
  if (ms < 7_200_000) return `${decimal(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${decimal(ms / 3_600_000)} h` : `${decimal(ms / 86_400_000)} days`;
}
