import { basename, join, resolve } from "node:path";
import { TraceBuilder } from "../build-trace.ts";
import { InputError } from "../issues.ts";
import { NO_TIER } from "../row-buffers.ts";
import { type FileSummary, type OnBytes, readCsvBytes, readCsvFile, readCsvText } from "../source-file.ts";
import type { TraceDefaults } from "../tiers.ts";
import type { Trace } from "../trace.ts";
import { type Arrivals, arrivalPlacer, formatArrivals, type PlaceMinute } from "./arrivals.ts";
import { type AzureFunction, AzureReader, type InvocationRow } from "./azure-reader.ts";
import { findAzureFiles } from "./files.ts";

export interface AzureOptions {
  readonly name?: string;
  /** Default: even. */
  readonly arrivals?: Arrivals;
  /** What an app is: Azure's unit of allocation (default), or each function on its own. */
  readonly app?: "app" | "function";
  /** Days of the series to read, first and last; default: all that are there. */
  readonly days?: { readonly first: number; readonly last: number } | null;
  readonly defaults?: Partial<TraceDefaults> & { readonly runMs?: number };
}

/** The files of one day. */
export interface AzureDay<Content> {
  /** 0: not one of a series; the columns name absolute minutes. */
  readonly day: number;
  readonly invocations: NamedContent<Content>;
  readonly durations: NamedContent<Content>;
  /** `null`: not published for this day. */
  readonly memory: NamedContent<Content> | null;
}

export interface NamedContent<Content> {
  readonly name: string;
  readonly content: Content;
}

/**
 * A trace from the texts of Azure Functions 2019: invocations of each function by the minute, average run times by function and
 * day, average memory by app (or function). A user is an owner.
 * @throws InputError listing what is wrong, by file, line and column.
 */
export function fromAzureFunctions2019(days: readonly AzureDay<string>[], options: AzureOptions = {}): Trace {
  const reader = new AzureReader();
  for (const { handler, file } of handlersOf(days, reader)) readCsvText(file.content, file.name, reader.issues, handler());
  return toTrace(reader, options, []);
}

/** `fromAzureFunctions2019` on streams of bytes. */
export async function fromAzureFunctions2019Streams(
  days: readonly AzureDay<AsyncIterable<Uint8Array>>[],
  options: AzureOptions = {},
): Promise<Trace> {
  const reader = new AzureReader();
  for (const { handler, file } of handlersOf(days, reader)) await readCsvBytes(file.content, file.name, reader.issues, handler());
  return toTrace(reader, options, []);
}

/**
 * `fromAzureFunctions2019` on a folder, in the original naming (`invocations_per_function_md.anon.d01.csv`, …) or the published
 * sample's (`invocations.csv`, `durations.csv`, `memory.csv`), plain or `.gz`.
 */
export async function loadAzureFunctions2019(directory: string, options: AzureOptions = {}, onBytes?: OnBytes): Promise<Trace> {
  const days = findAzureFiles(directory, options.days ?? null);
  const reader = new AzureReader();
  const files: FileSummary[] = [];
  for (const { handler, file } of handlersOf(days, reader)) {
    files.push(await readCsvFile(join(directory, file.content), reader.issues, handler(), onBytes));
  }
  return toTrace(reader, { name: basename(resolve(directory)), ...options }, files);
}

/** Each file with what takes its rows; a memory file that serves several days is read once. */
function* handlersOf<Content>(days: readonly AzureDay<Content>[], reader: AzureReader) {
  const read = new Set<string>();
  for (const { day, invocations, durations, memory } of days) {
    yield { file: invocations, handler: () => reader.invocations(invocations.name, day) };
    yield { file: durations, handler: () => reader.durations(durations.name, day) };
    if (memory === null || read.has(memory.name)) continue;
    read.add(memory.name);
    yield { file: memory, handler: () => reader.memory(memory.name) };
  }
}

/** More would not fit in memory. */
const MOST_REQUESTS = 100_000_000;

/** Where the source is silent about a function's run time. */
const DEFAULT_RUN_MS = 1_000;

function toTrace(reader: AzureReader, options: AzureOptions, files: readonly FileSummary[]): Trace {
  const { first, last } = reader.finish();
  const { name = "azure-functions-2019", arrivals = { kind: "even" }, app = "app", days = null, defaults = {} } = options;
  checkTotal(reader.rows);
  const given = Object.entries(defaults).map(([key, value]) => [`default ${key}`, value] as const);
  const builder = new TraceBuilder(
    {
      name,
      source: {
        importer: "azure-functions-2019",
        options: {
          arrivals: formatArrivals(arrivals),
          app,
          days: days === null ? null : `${days.first}-${days.last}`,
          ...Object.fromEntries(given),
        },
        files,
      },
      license: "CC-BY 4.0 (Microsoft)",
      citation:
        "Shahrad et al., Serverless in the Wild: Characterizing and Optimizing the Serverless Workload at a Large Cloud Provider, USENIX ATC 2020",
      homePage: "https://github.com/Azure/AzurePublicDataset",
    },
    defaults,
  );
  const withoutRun = addRequests(builder, reader, options);
  const functions = new Set(reader.rows.map((row) => `${row.function.app}/${row.function.name}`)).size;
  if (withoutRun > 0) builder.assume(`run_ms ${defaults.runMs ?? DEFAULT_RUN_MS} for ${withoutRun} of ${functions} functions`);
  for (const [table, rows] of Object.entries(reader.rowsRead)) builder.countRead(table, rows);
  for (const note of notesOf(reader, arrivals)) builder.note(note);
  return builder.build({ startMs: first * 60_000, endMs: (last + 1) * 60_000 });
}

function checkTotal(rows: readonly InvocationRow[]): void {
  const total = rows.reduce((sum, row) => row.counts.reduce((subtotal, count) => subtotal + count, sum), 0);
  if (total >= 1 && total <= MOST_REQUESTS) return;
  const hint = total === 0 ? {} : { hint: "choose fewer days with --days, or keep fewer functions in the files" };
  const expected = total === 0 ? "at least one invocation" : `at most ${MOST_REQUESTS} invocations, which fit in memory`;
  throw new InputError([{ where: "invocations", expected, found: `${total}`, ...hint }]);
}

/** Gives the number of functions without a run time. */
function addRequests(builder: TraceBuilder, reader: AzureReader, options: AzureOptions): number {
  const arrivals = options.arrivals ?? { kind: "even" };
  const byFunction = options.app === "function";
  const nameOf = (fn: AzureFunction) => (byFunction ? `${fn.app}/${fn.name}` : fn.app);
  const placers = new Map<string, PlaceMinute>();
  const withoutRun = new Set<string>();
  for (const { function: fn, day, minutes, counts } of reader.rows) {
    const fullName = `${fn.app}/${fn.name}`;
    const user = builder.userIndex(fn.owner);
    if (!builder.hasApp(nameOf(fn))) {
      const memoryMiB = byFunction ? reader.memoryOfFunction(fn) : reader.memoryOfApp(fn.app);
      builder.app({ name: nameOf(fn), shape: memoryMiB === null ? {} : { memoryMiB } });
    }
    const app = builder.appIndex(nameOf(fn));
    const known = reader.runMs(fn, day);
    if (known === null) withoutRun.add(fullName);
    const runMs = known ?? options.defaults?.runMs ?? DEFAULT_RUN_MS;
    const key = `${day}/${fullName}`;
    const placer = placers.get(key) ?? arrivalPlacer(arrivals, fullName, day);
    placers.set(key, placer);
    const place = (atMs: number) => builder.addRequest(atMs, runMs, user, app, NO_TIER, -1, -1, -1, -1);
    for (let i = 0; i < minutes.length; i += 1) placer(minutes[i] as number, counts[i] as number, place);
  }
  return withoutRun.size;
}

function notesOf(reader: AzureReader, arrivals: Arrivals): string[] {
  const notes = [
    arrivals.kind === "even"
      ? "the source counts invocations by the minute; they are spread evenly within it"
      : `the source counts invocations by the minute; each is placed at random within it, seed ${arrivals.seed}`,
    "a request runs for its function's average of the day, rounded, at least 1 ms: the spread within a function is lost",
    "AverageAllocatedMb is taken as MiB and rounded up; an app has the largest of its functions and days",
    "triggers are not kept",
  ];
  const { repeatedInvocations, repeatedDurations } = reader;
  if (repeatedInvocations > 0)
    notes.push(`${repeatedInvocations} rows of invocations repeat a function of the same day; all count`);
  if (repeatedDurations > 0) {
    notes.push(`${repeatedDurations} rows of durations repeat a function of the same day; averages are weighted by Count`);
  }
  return notes;
}
