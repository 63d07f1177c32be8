import { basename, resolve } from "node:path";
import { TraceBuilder } from "../build-trace.ts";
import { PUBLIC_TRACES } from "../catalogue.ts";
import { IssueList } from "../issue-list.ts";
import { InputError } from "../issues.ts";
import { isTimeZone } from "../laws.ts";
import { LineSplitter } from "../lines.ts";
import { NO_TIER } from "../row-buffers.ts";
import { type FileSummary, type OnBytes, readTextFile } from "../source-file.ts";
import type { TraceDefaults } from "../tiers.ts";
import type { Trace } from "../trace.ts";
import { type SwfJob, SwfReader } from "./swf-reader.ts";

/**
 * Standard Workload Format (Feitelson et al., the Parallel Workloads Archive): a trace of requests. −1 means unknown.
 *
 * | source field | unit | our field |
 * |---|---|---|
 * | 2 submit time | s since `UnixStartTime` | `submit_ms`; `UnixStartTime` is `epochMs` |
 * | 4 run time | s | `run_ms`, at least 1 |
 * | 5 allocated processors, else 8 requested | | `cpu_millis` = processors × 1000 |
 * | 10 requested memory, else 7 used | KB a processor | `memory_mib` = memory × processors, up |
 * | 12 user | number | user `user-N`; unknown: `user-unknown` |
 * | 14 executable | number | app `app-N`; unknown: `app-unknown` |
 * | header `TimeZoneString` | IANA name | users' time zone |
 * | the others, and wait time, status, group, queue and partition among them | | not kept |
 *
 * Dropped and counted: jobs of unknown submit or run time, and jobs cancelled before they ran. Unknown
 * processors or memory are the defaults, named as assumptions.
 */
export interface SwfOptions {
  readonly name?: string;
  readonly defaults?: Partial<TraceDefaults>;
}

/**
 * The trace of one `.swf` or `.swf.gz` file.
 * @throws InputError listing what is wrong, by line and field.
 */
export async function loadSwf(path: string, options: SwfOptions = {}, onBytes?: OnBytes): Promise<Trace> {
  const name = basename(resolve(path)).replace(/\.swf(\.gz)?$/, "");
  if (path.endsWith(".zip")) {
    const hint = `unpack it first: unzip ${basename(path)}`;
    throw new InputError([{ where: path, expected: "a .swf or .swf.gz file", found: "a zip archive", hint }]);
  }
  const issues = new IssueList();
  const assembly = new Assembly();
  const reader = new SwfReader(basename(path), issues, (job) => assembly.take(job));
  const lines = new LineSplitter(basename(path), issues, (text, line) => reader.line(text, line));
  const files = [await readTextFile(path, issues, lines, onBytes)];
  issues.throwIfAny();
  return assembly.finish(reader, { name, ...options }, files);
}

/** `loadSwf` on a text. */
export function fromSwf(text: string, options: SwfOptions = {}): Trace {
  const issues = new IssueList();
  const assembly = new Assembly();
  const reader = new SwfReader("log.swf", issues, (job) => assembly.take(job));
  const lines = new LineSplitter("log.swf", issues, (line, number) => reader.line(line, number));
  lines.push(text);
  lines.end();
  issues.throwIfAny();
  return assembly.finish(reader, options, []);
}

type Reason = "of unknown submit time" | "of unknown run time" | "cancelled before it ran";

class Assembly {
  readonly #jobs: SwfJob[] = [];
  readonly #dropped = new Map<Reason, number>();

  take(job: SwfJob): void {
    if (job.submitS === null) this.#drop("of unknown submit time");
    else if (job.cancelled && (job.runS ?? 0) === 0) this.#drop("cancelled before it ran");
    else if (job.runS === null) this.#drop("of unknown run time");
    else this.#jobs.push(job);
  }

  #drop(reason: Reason): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
  }

  finish(reader: SwfReader, { name = "swf", defaults = {} }: SwfOptions, files: readonly FileSummary[]): Trace {
    const { citation, license, homePage } = PUBLIC_TRACES.swf;
    const options = Object.fromEntries(Object.entries(defaults).map(([key, value]) => [`default ${key}`, value]));
    const source = { importer: "swf", options, files };
    const epochMs = reader.unixStartS === null ? null : reader.unixStartS * 1000;
    const builder = new TraceBuilder({ name, source, license, citation, homePage, epochMs }, defaults);
    const timeZone = reader.header("TimeZoneString");
    const users = new Set<string>();
    for (const job of this.#jobs) {
      if (timeZone !== null && isTimeZone(timeZone) && !users.has(job.user)) builder.user({ name: job.user, timeZone });
      users.add(job.user);
      builder.addRequest(
        (job.submitS as number) * 1000,
        Math.max(1, Math.round((job.runS as number) * 1000)),
        builder.userIndex(job.user),
        builder.appIndex(job.app),
        NO_TIER,
        job.processors === null ? -1 : job.processors * 1000,
        job.memoryMiB ?? -1,
        -1,
        -1,
      );
    }
    builder.countRead("jobs", reader.jobs);
    for (const [reason, count] of this.#dropped) builder.countDropped("jobs", reason, count);
    for (const key of ["Computer", "Installation", "Acknowledge"]) {
      const text = reader.header(key);
      if (text !== null) builder.note(`${key}: ${text}`);
    }
    builder.note("a job is one instance with all its processors, wherever the source placed them");
    return builder.build();
  }
}
