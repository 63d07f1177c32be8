import { readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { IssueList } from "../issue-list.ts";
import { InputError } from "../issues.ts";
import type { SpilledRequests } from "../large/spilled-requests.ts";
import { type FileSummary, type OnBytes, readCsvBytes, readCsvFile } from "../source-file.ts";
import type { TraceDefaults } from "../tiers.ts";
import type { Trace } from "../trace.ts";
import { compactTable } from "./compact-table.ts";
import { JobEvents } from "./job-events.ts";
import { GoogleJobs } from "./jobs.ts";

/**
 * Google clusterdata-2011-2, the jobs: a trace of requests.
 *
 * | source column | unit | our field |
 * |---|---|---|
 * | user | name | user |
 * | logical job name (`logical_name_id`) | name | app: what identifies a recurring job of a user |
 * | scheduling class | 0–3, 3 the most latency-sensitive | tier `class-0` … `class-3` |
 * | time of SUBMIT (`submit_us`) | µs since 600 s before the trace | `submit_ms`, rounded down |
 * | time of SCHEDULE to time of EVICT, FAIL, FINISH, KILL or LOST (`schedule_us`, `end_us`) | µs | `run_ms`, rounded down, at least 1 |
 * | time 600 s | 1 May 2011, 19:00 US Eastern | `epochMs`; users' time zone is the data centre's |
 * | job id | number | only to join events |
 * | missing info, job name, UPDATE events, `end_event` | | not kept |
 *
 * Time 0 means "before the trace", 2⁶³ − 1 "after it". Jobs without all three times are dropped and counted, by reason. A job that
 * is submitted again after its end is a second request. The table has no CPU or memory: defaults, named as assumptions.
 */
export interface GoogleOptions {
  readonly name?: string;
  readonly defaults?: Partial<TraceDefaults>;
}

/**
 * The trace from the compact table (a file, one row a job, with a header) or from parts of `job_events` (a folder with
 * `part-NNNNN-of-00500.csv`, or one such file, headerless); each plain or `.gz`.
 * @param spilled where the requests go instead of into memory: see `TraceBuilder.finish`.
 * @throws InputError listing what is wrong, by file, line and column.
 */
export async function loadGoogle2011(
  path: string,
  options: GoogleOptions = {},
  onBytes?: OnBytes,
  spilled: SpilledRequests | null = null,
): Promise<Trace> {
  const parts = partsOf(path);
  const name = basename(resolve(path)).replace(/\.csv(\.gz)?$/, "");
  const files: FileSummary[] = [];
  const issues = new IssueList();
  const jobs = new GoogleJobs({ name, ...options }, files, spilled);
  if (parts === null) {
    const table = compactTable(basename(path), issues, jobs);
    files.push(await readCsvFile(path, issues, table, onBytes));
    issues.throwIfAny();
    return jobs.finish("jobs", table.count, null);
  }
  const events = new JobEvents(issues, jobs);
  for (const part of parts) files.push(await readCsvFile(part, issues, events.part(basename(part)), onBytes));
  return events.finish();
}

/** `loadGoogle2011` on the bytes of a compact table. */
export async function fromGoogleCompact(bytes: AsyncIterable<Uint8Array>, options: GoogleOptions = {}): Promise<Trace> {
  const issues = new IssueList();
  const jobs = new GoogleJobs(options, []);
  const table = compactTable("jobs.csv", issues, jobs);
  await readCsvBytes(bytes, "jobs.csv", issues, table);
  issues.throwIfAny();
  return jobs.finish("jobs", table.count, null);
}

/** `loadGoogle2011` on the bytes of parts of `job_events`, in order. */
export async function fromGoogleEvents(parts: Iterable<AsyncIterable<Uint8Array>>, options: GoogleOptions = {}): Promise<Trace> {
  const issues = new IssueList();
  const events = new JobEvents(issues, new GoogleJobs(options, []));
  for (const bytes of parts) await readCsvBytes(bytes, "job_events", issues, events.part("job_events"));
  return events.finish();
}

/** The parts of `job_events` at `path`, in order; `null`: a compact table. */
function partsOf(path: string): string[] | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new InputError([{ where: path, expected: "a file or a folder", found: "nothing there" }]);
  if (!stat.isDirectory()) return PART.test(basename(path)) ? [path] : null;
  const names = readdirSync(path).filter((name) => PART.test(name));
  const repeated = names.find((name) => names.includes(`${name}.gz`));
  if (repeated !== undefined) {
    throw new InputError([{ where: path, expected: "each part once", found: `${repeated} and ${repeated}.gz` }]);
  }
  if (names.length > 0) return names.sort().map((name) => join(path, name));
  const hint = "the compact table is given as a file";
  throw new InputError([{ where: path, expected: "files part-NNNNN-of-NNNNN.csv or .csv.gz", found: "none", hint }]);
}

const PART = /^part-\d{5}-of-\d{5}\.csv(\.gz)?$/;
