import type { IssueList } from "../issue-list.ts";
import { TableReader } from "../table-reader.ts";
import { AFTER_US, type GoogleJobs } from "./jobs.ts";

const LAYOUT = {
  required: ["submit_us", "user", "sched_class", "logical_name_id"],
  optional: ["schedule_us", "end_us"],
  texts: ["user", "logical_name_id"],
};

/** Takes the rows of the compact table: one a job. */
export function compactTable(where: string, issues: IssueList, jobs: GoogleJobs): TableReader {
  return new TableReader(where, LAYOUT, issues, (row) => {
    const level = row.integer("sched_class", 0, 3);
    const submitUs = row.has("submit_us") ? row.integer("submit_us", 0, 2 ** 63) : null;
    const scheduleUs = row.optionalInteger("schedule_us", 0, 2 ** 63) ?? null;
    const endUs = row.optionalInteger("end_us", 0, 2 ** 63) ?? null;
    if (scheduleUs !== null && endUs !== null && endUs < scheduleUs && endUs < AFTER_US) {
      row.refuse("end_us", `a time not before schedule_us (${scheduleUs})`, `${endUs}`);
      return;
    }
    jobs.add({ user: row.text("user"), app: row.text("logical_name_id"), level, submitUs, scheduleUs, endUs });
  });
}
