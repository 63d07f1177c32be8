import { type IssueList, quote } from "../issue-list.ts";
import { MAX_AMOUNT } from "../laws.ts";
import { parseNumber } from "../table-reader.ts";

/** A job of the log; `null`: unknown. */
export interface SwfJob {
  readonly user: string;
  readonly app: string;
  readonly submitS: number | null;
  readonly runS: number | null;
  readonly processors: number | null;
  readonly memoryMiB: number | null;
  readonly cancelled: boolean;
}

/** The format's fields, by position. */
const FIELDS = [
  "job number",
  "submit time",
  "wait time",
  "run time",
  "allocated processors",
  "average CPU time",
  "used memory",
  "requested processors",
  "requested time",
  "requested memory",
  "status",
  "user",
  "group",
  "executable",
  "queue",
  "partition",
  "preceding job",
  "think time",
] as const;

/** Status 5: cancelled, before it started or while it ran. */
const CANCELLED = 5;

/** Ten thousand years: a log's times are below. */
const LONGEST_S = 10_000 * 366 * 86_400;
const MOST_PROCESSORS = Math.floor(MAX_AMOUNT / 1000);

/** Reads the lines of a log: comments with header fields (`; Key: value`), and jobs of 18 numbers. */
export class SwfReader {
  readonly #where: string;
  readonly #issues: IssueList;
  readonly #onJob: (job: SwfJob) => void;
  readonly #headers = new Map<string, string>();
  unixStartS: number | null = null;
  /** Jobs read. */
  jobs = 0;

  constructor(where: string, issues: IssueList, onJob: (job: SwfJob) => void) {
    this.#where = where;
    this.#issues = issues;
    this.#onJob = onJob;
  }

  /** The first header field of that name; `null`: none. */
  header(key: string): string | null {
    return this.#headers.get(key) ?? null;
  }

  line(text: string, line: number): void {
    const trimmed = text.trim();
    if (trimmed === "") return;
    if (trimmed.startsWith(";")) this.#comment(trimmed, line);
    else this.#job(trimmed.split(/\s+/), line);
  }

  #comment(text: string, line: number): void {
    const match = /^;\s*([A-Za-z]+):\s*(.*)$/.exec(text);
    const [, key, value] = match ?? [];
    if (key === undefined || value === undefined || value === "" || this.#headers.has(key)) return;
    this.#headers.set(key, value);
    if (key !== "UnixStartTime") return;
    const seconds = parseNumber(value);
    if (Number.isInteger(seconds) && seconds >= 0 && seconds <= LONGEST_S) this.unixStartS = seconds;
    else this.#refuse(line, key, `seconds from 0 to ${LONGEST_S}`, quote(value));
  }

  #job(cells: readonly string[], line: number): void {
    this.jobs += 1;
    if (cells.length !== FIELDS.length) {
      this.#refuse(line, null, `${FIELDS.length} fields`, `${cells.length}`);
      return;
    }
    const time = (field: Field) => this.#known(cells, field, line, LONGEST_S, false);
    const count = (field: Field) => this.#known(cells, field, line, MOST_PROCESSORS, true);
    const id = (field: Field) => this.#known(cells, field, line, Number.MAX_SAFE_INTEGER, true) ?? "unknown";
    const allocated = count("allocated processors");
    const requested = count("requested processors");
    // No processors are as good as unknown.
    const processors = allocated || requested || null;
    const memoryKb = time("requested memory") || time("used memory") || null;
    const memoryMiB = memoryKb === null ? null : Math.ceil((memoryKb * (processors ?? 1)) / 1024);
    if (memoryMiB !== null && memoryMiB > MAX_AMOUNT) {
      this.#refuse(line, "used memory", `at most ${MAX_AMOUNT} MiB a job`, `${memoryMiB}`);
    }
    const submitS = time("submit time");
    if (submitS !== null && !Number.isInteger(submitS)) this.#refuse(line, "submit time", "whole seconds", `${submitS}`);
    this.#onJob({
      user: `user-${id("user")}`,
      app: `app-${id("executable")}`,
      submitS,
      runS: time("run time"),
      processors,
      memoryMiB,
      cancelled: this.#known(cells, "status", line, 10, true) === CANCELLED,
    });
  }

  /** A field from 0 to `most`; `null` where it is −1. */
  #known(cells: readonly string[], field: Field, line: number, most: number, whole: boolean): number | null {
    const text = cells[FIELDS.indexOf(field)] as string;
    const value = parseNumber(text);
    if (value === -1) return null;
    if (value >= 0 && value <= most && (!whole || Number.isInteger(value))) return value;
    this.#refuse(line, field, `${whole ? "an integer" : "a number"} from 0 to ${most}, or -1 for unknown`, quote(text));
    return null;
  }

  #refuse(line: number, path: string | null, expected: string, found: string): void {
    this.#issues.add({ where: this.#where, line, ...(path === null ? {} : { path }), expected, found });
  }
}

type Field = (typeof FIELDS)[number];
