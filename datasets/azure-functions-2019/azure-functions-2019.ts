import { basename, join, resolve } from "node:path";
import { type Arrivals, arrivalPlacer, formatArrivals, type PlaceStep } from "../arrivals.ts";
import { TraceBuilder } from "../build-trace.ts";
import { PUBLIC_TRACES } from "../catalogue.ts";
import { InputError } from "../issues.ts";
import type { Spill, SpilledRequests } from "../large/spilled-requests.ts";
import { NO_TIER } from "../row-buffers.ts";
import { type FileSummary, type OnBytes, readCsvBytes, readCsvFile, readCsvText } from "../source-file.ts";
import type { TraceDefaults } from "../tiers.ts";
import type { Trace } from "../trace.ts";
import type { Window } from "../trace-input.ts";
import { type AzureFunction, AzureReader, MINUTES_PER_DAY } from "./azure-reader.ts";
import { findAzureFiles } from "./files.ts";
import { FunctionSample, formatSample, type SampleSize } from "./function-sample.ts";

export interface AzureOptions {
  readonly name?: string;
  /** Default: even. */
  readonly arrivals?: Arrivals;
  /** What an app is: Azure's unit of allocation (default), or each function on its own. */
  readonly app?: "app" | "function";
  /** Days of the series to read, first and last; default: all that are there. */
  readonly days?: { readonly first: number; readonly last: number } | null;
  /** Hours from midnight of the first day that is read: from the first, up to and without the last; default: all. */
  readonly hours?: { readonly from: number; readonly to: number } | null;
  /** Default: all functions. */
  readonly sample?: SampleSize | null;
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
  const source = new Source(days, options);
  for (const { handler, file } of handlersOf(days, source.reader)) {
    readCsvText(file.content, file.name, source.reader.issues, handler());
  }
  const { builder, window } = source.builder([], null);
  for (const _ of source.addRequests(builder));
  return builder.build(window);
}

/** `fromAzureFunctions2019` on streams of bytes. */
export async function fromAzureFunctions2019Streams(
  days: readonly AzureDay<AsyncIterable<Uint8Array>>[],
  options: AzureOptions = {},
): Promise<Trace> {
  const source = new Source(days, options);
  for (const { handler, file } of handlersOf(days, source.reader)) {
    await readCsvBytes(file.content, file.name, source.reader.issues, handler());
  }
  return finish(source, [], null);
}

/**
 * `fromAzureFunctions2019` on a folder, in the original naming (`invocations_per_function_md.anon.d01.csv`, …) or the published
 * sample's (`invocations.csv`, `durations.csv`, `memory.csv`), plain or `.gz`.
 * @param spill where many requests go instead of into memory: see `TraceBuilder.finish`.
 */
export async function loadAzureFunctions2019(
  directory: string,
  options: AzureOptions = {},
  onBytes?: OnBytes,
  spill: Spill | null = null,
): Promise<Trace> {
  const days = findAzureFiles(directory, options.days ?? null);
  const source = new Source(days, { name: basename(resolve(directory)), ...options });
  const files: FileSummary[] = [];
  for (const { handler, file } of handlersOf(days, source.reader)) {
    files.push(await readCsvFile(join(directory, file.content), source.reader.issues, handler(), onBytes));
  }
  return finish(source, files, spill);
}

async function finish(source: Source, files: readonly FileSummary[], spill: Spill | null): Promise<Trace> {
  const spilled = spill !== null && source.total() > spill.aboveRequests ? await spill.open() : null;
  const { builder, window } = source.builder(files, spilled);
  // Turns of the event loop in between keep the process interruptible.
  for (const _ of source.addRequests(builder)) await new Promise((resume) => setImmediate(resume));
  return builder.finish(window);
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

/** More are a slip, or more than anybody waits for. */
const MOST_REQUESTS = 2_000_000_000;
/** Without a file to keep them in. */
const MOST_WITHOUT_FILE = 20_000_000;
/** So many requests are added between two turns of the event loop. */
const SLICE_REQUESTS = 200_000;

/** Where the source is silent about a function's run time. */
const DEFAULT_RUN_MS = 1_000;
const MINUTE_MS = 60_000;

/** The files of the days asked for, and what is made of them once they have been read. */
class Source {
  readonly reader: AzureReader;
  readonly #options: AzureOptions;
  readonly #sample: FunctionSample | null;

  constructor(days: readonly { readonly day: number }[], options: AzureOptions) {
    const { hours = null, sample = null } = options;
    const firstDay = Math.min(...days.map(({ day }) => day));
    // The columns of a day are numbered from 1.
    const midnight = firstDay === 0 ? 0 : (firstDay - 1) * MINUTES_PER_DAY + 1;
    const minutes = hours === null ? null : { first: midnight + hours.from * 60, last: midnight + hours.to * 60 - 1 };
    this.#options = options;
    this.#sample = sample === null ? null : new FunctionSample(sample);
    this.reader = new AzureReader({ minutes, sample: this.#sample });
  }

  /** How many requests there will be. */
  total(): number {
    return this.reader.rows.reduce((sum, row) => row.counts.reduce((subtotal, count) => subtotal + count, sum), 0);
  }

  /** A builder with everything but the requests, and the window. */
  builder(files: readonly FileSummary[], spilled: SpilledRequests | null): { builder: TraceBuilder; window: Window } {
    const { first, last } = this.reader.finish();
    this.#checkTotal(spilled === null ? MOST_WITHOUT_FILE : MOST_REQUESTS);
    const { name = "azure-functions-2019", defaults = {} } = this.#options;
    const { license, citation, homePage } = PUBLIC_TRACES["azure-functions-2019"];
    const source = { importer: "azure-functions-2019", options: this.#described(), files };
    const builder = new TraceBuilder({ name, source, license, citation, homePage }, defaults, spilled);
    for (const [table, rows] of Object.entries(this.reader.rowsRead)) builder.countRead(table, rows);
    for (const note of this.#notes()) builder.note(note);
    return { builder, window: { startMs: first * MINUTE_MS, endMs: (last + 1) * MINUTE_MS } };
  }

  /** The options as the manifest keeps them. */
  #described(): Readonly<Record<string, string | number | null>> {
    const { arrivals = { kind: "even" }, app = "app", days = null, hours = null, sample = null, defaults = {} } = this.#options;
    return {
      arrivals: formatArrivals(arrivals),
      app,
      days: days === null ? null : `${days.first}-${days.last}`,
      ...(hours === null ? {} : { hours: `${hours.from}-${hours.to}` }),
      ...(sample === null ? {} : { sampleFunctions: formatSample(sample) }),
      ...Object.fromEntries(Object.entries(defaults).map(([key, value]) => [`default ${key}`, value])),
    };
  }

  #checkTotal(most: number): void {
    const total = this.total();
    if (total >= 1 && total <= most) return;
    const hint =
      total === 0 ? {} : { hint: "choose days with --days, hours with --from and --to, or functions with --sample-functions" };
    const expected = total === 0 ? "at least one invocation" : `at most ${most} invocations`;
    throw new InputError([{ where: "invocations", expected, found: `${total}`, ...hint }]);
  }

  /** Adds the requests, function by function; stops now and then, so that the caller can do something else. */
  *addRequests(builder: TraceBuilder): Generator<void> {
    const { arrivals = { kind: "even" }, app: unit = "app", defaults = {} } = this.#options;
    const { reader } = this;
    const nameOf = (fn: AzureFunction) => (unit === "function" ? fn.key : fn.app);
    const placers = new Map<string, PlaceStep>();
    const functions = new Set<string>();
    const withoutRun = new Set<string>();
    let added = 0;
    for (const { function: fn, day, minutes, counts } of reader.rows) {
      functions.add(fn.key);
      const user = builder.userIndex(fn.owner);
      if (!builder.hasApp(nameOf(fn))) {
        const memoryMiB = unit === "function" ? reader.memoryOfFunction(fn) : reader.memoryOfApp(fn.app);
        builder.app({ name: nameOf(fn), shape: memoryMiB === null ? {} : { memoryMiB } });
      }
      const app = builder.appIndex(nameOf(fn));
      const known = reader.runMs(fn, day);
      if (known === null) withoutRun.add(fn.key);
      const runMs = known ?? defaults.runMs ?? DEFAULT_RUN_MS;
      const key = `${day}/${fn.key}`;
      const placer = placers.get(key) ?? arrivalPlacer(arrivals, `azure-functions-2019 arrivals ${fn.key} day ${day}`, MINUTE_MS);
      placers.set(key, placer);
      const place = (atMs: number) => builder.addRequest(atMs, runMs, user, app, NO_TIER, -1, -1, -1, -1);
      for (let i = 0; i < minutes.length; i += 1) {
        placer((minutes[i] as number) * MINUTE_MS, counts[i] as number, place);
        added += counts[i] as number;
        if (added < SLICE_REQUESTS) continue;
        added = 0;
        yield;
      }
    }
    if (withoutRun.size > 0) {
      builder.assume(`run_ms ${defaults.runMs ?? DEFAULT_RUN_MS} for ${withoutRun.size} of ${functions.size} functions`);
    }
  }

  #notes(): string[] {
    const { arrivals = { kind: "even" }, hours = null } = this.#options;
    const sample = this.#sample;
    const { repeatedInvocations, repeatedDurations } = this.reader;
    return [
      arrivals.kind === "even"
        ? "the source counts invocations by the minute; they are spread evenly within it"
        : `the source counts invocations by the minute; each is placed at random within it, seed ${arrivals.seed}`,
      "a request runs for its function's average of the day, rounded, at least 1 ms: the spread within a function is lost",
      "AverageAllocatedMb is taken as MiB and rounded up; an app has the largest of its functions and days",
      "triggers are not kept",
      ...(hours === null ? [] : [`only hours ${hours.from} to ${hours.to} of what the files cover`]),
      ...(sample === null
        ? []
        : [`a sample: ${sample.size} of ${sample.offered} functions, chosen by a hash of their names; an app has only those`]),
      ...(repeatedInvocations === 0
        ? []
        : [`${repeatedInvocations} rows of invocations repeat a function of the same day; all count`]),
      ...(repeatedDurations === 0
        ? []
        : [`${repeatedDurations} rows of durations repeat a function of the same day; averages are weighted by Count`]),
    ];
  }
}
