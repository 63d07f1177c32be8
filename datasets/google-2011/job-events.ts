import type { CsvHandler } from "../csv.ts";
import { headerless } from "../headerless.ts";
import type { IssueList } from "../issue-list.ts";
import { TableReader } from "../table-reader.ts";
import type { Trace } from "../trace.ts";
import { AFTER_US, type GoogleJobs } from "./jobs.ts";

/** The files have no header; these are their columns. */
const COLUMNS = [
  "time",
  "missing info",
  "job ID",
  "event type",
  "user",
  "scheduling class",
  "job name",
  "logical job name",
] as const;

const LAYOUT = {
  required: ["time", "job ID", "event type"],
  optional: ["missing info", "user", "scheduling class", "job name", "logical job name"],
  texts: ["job ID", "user", "job name", "logical job name"],
};

const SUBMIT = 0;
const SCHEDULE = 1;
/** 2 EVICT, 3 FAIL, 4 FINISH, 5 KILL and 6 LOST end a job; 7 and 8 update it. */
const LAST_END = 6;
const LAST_EVENT = 8;

interface OpenJob {
  user: string | undefined;
  app: string | undefined;
  level: number | undefined;
  submitUs: number | null;
  scheduleUs: number | null;
  endUs: number | null;
}

/** Joins the events of each job over the parts of `job_events`, which come in order of time. */
export class JobEvents {
  readonly #issues: IssueList;
  readonly #jobs: GoogleJobs;
  readonly #open = new Map<string, OpenJob>();
  readonly #tables: TableReader[] = [];
  #lastUs = 0;

  constructor(issues: IssueList, jobs: GoogleJobs) {
    this.#issues = issues;
    this.#jobs = jobs;
  }

  /** Takes one part. */
  part(where: string): CsvHandler {
    const table = new TableReader(where, LAYOUT, this.#issues, (row) => this.#take(row));
    this.#tables.push(table);
    return headerless(table, COLUMNS, this.#issues);
  }

  #take(row: TableReader): void {
    const time = row.integer("time", 0, 2 ** 63);
    const id = row.text("job ID");
    const event = row.integer("event type", 0, LAST_EVENT);
    const user = row.optionalText("user");
    const app = row.optionalText("logical job name");
    const level = row.optionalInteger("scheduling class", 0, 3);
    if (time < AFTER_US) this.#lastUs = Math.max(this.#lastUs, time);
    let job = this.#open.get(id);
    // A second submission is a second request.
    if (job === undefined || (event === SUBMIT && job.submitUs !== null)) {
      if (job !== undefined) this.#close(job);
      job = { user, app, level, submitUs: null, scheduleUs: null, endUs: null };
      this.#open.set(id, job);
    }
    job.user ??= user;
    job.app ??= app;
    job.level ??= level;
    if (event === SUBMIT) job.submitUs = time;
    else if (event === SCHEDULE) job.scheduleUs ??= time;
    else if (event <= LAST_END) {
      if (job.scheduleUs !== null && time < job.scheduleUs) {
        row.refuse("time", `a time not before the job was scheduled (${job.scheduleUs})`, `${time}`);
      }
      job.endUs = time;
    }
  }

  #close({ user, app, level, submitUs, scheduleUs, endUs }: OpenJob): void {
    if (user === undefined || app === undefined || level === undefined) this.#jobs.dropUnnamed();
    else this.#jobs.add({ user, app, level, submitUs, scheduleUs, endUs });
  }

  /** @throws InputError with everything that was wrong in any part. */
  async finish(): Promise<Trace> {
    for (const job of this.#open.values()) this.#close(job);
    this.#issues.throwIfAny();
    const rows = this.#tables.reduce((sum, table) => sum + table.count, 0);
    return this.#jobs.finish("job_events", rows, this.#lastUs);
  }
}
