import type { CsvHandler } from "../csv.ts";
import { IssueList, quote } from "../issue-list.ts";
import { MAX_AMOUNT } from "../laws.ts";
import { parseNumber, TableReader } from "../table-reader.ts";
import type { FunctionSample } from "./function-sample.ts";

/** The original files have a column for each minute of a day, 1 to 1440. */
export const MINUTES_PER_DAY = 1440;

export interface AzureFunction {
  readonly owner: string;
  readonly app: string;
  readonly name: string;
  /** App and name: what tells it from others. */
  readonly key: string;
}

/** What to leave out while reading. */
export interface AzureSelection {
  /** Absolute minutes, the last included; `null`: all. */
  readonly minutes: { readonly first: number; readonly last: number } | null;
  readonly sample: FunctionSample | null;
}

/** What one day's rows say about a function's run time. */
interface Durations {
  weighted: number;
  weight: number;
  sum: number;
  rows: number;
}

/** How often a function was invoked, from one row of one file: only the minutes in which it was. */
export interface InvocationRow {
  readonly function: AzureFunction;
  /** 0: the file is not one of a series. */
  readonly day: number;
  /** Absolute minutes, ascending, and how many invocations each had. */
  readonly minutes: Uint32Array;
  readonly counts: Uint32Array;
}

/** Gathers the three kinds of file of Azure Functions 2019, in any order. */
export class AzureReader {
  readonly issues = new IssueList();
  readonly #rows: InvocationRow[] = [];
  readonly rowsRead: Record<string, number> = {};
  /** Rows that name a function a second time on the same day; both count. */
  repeatedInvocations = 0;
  repeatedDurations = 0;
  /** Every minute that a file has a column for. */
  readonly #minutes = new Set<number>();
  /** By owner, app and name: a month has many rows of few functions. */
  readonly #functions = new Map<string, AzureFunction>();
  /** By day. */
  readonly #seen = new Map<number, Set<AzureFunction>>();
  readonly #durations = new Map<number, Map<string, Durations>>();
  readonly #selection: AzureSelection;
  readonly #memoryMb = new Map<string, number>();
  #memoryByFunction = false;
  readonly #tables: { readonly kind: string; readonly table: TableReader }[] = [];

  constructor(selection: AzureSelection = { minutes: null, sample: null }) {
    this.#selection = selection;
  }

  /** `day` 0: minutes are absolute, as the columns say; else the day of the series, from 1. */
  invocations(where: string, day: number): CsvHandler {
    let minutes: Uint32Array | null = null;
    let firstColumn = 0;
    let cells: readonly string[] = [];
    const table = this.#table("invocations", where, { required: FUNCTION_COLUMNS, optional: ["Trigger"] }, (row) => {
      if (minutes !== null) this.#takeInvocations(row, cells, firstColumn, minutes, day);
    });
    return {
      header: (names) => {
        firstColumn = names.findIndex((name) => /^\d+$/.test(name.trim()));
        minutes = this.#minuteColumns(names, firstColumn, where, day);
        table.header(names.slice(0, Math.max(0, firstColumn)));
      },
      row: (found, line) => {
        cells = found;
        table.row(found, line);
      },
    };
  }

  #minuteColumns(names: readonly string[], firstColumn: number, where: string, day: number): Uint32Array | null {
    const wanted = "columns named after minutes, such as 1 to 1440, one after the other";
    const found = names.slice(firstColumn).map((name) => name.trim());
    const first = Number(found[0]);
    const wrong = found.findIndex((name, index) => name !== String(first + index));
    const last = first + found.length - 1;
    const inside = day === 0 ? last <= LAST_MINUTE : first >= 1 && last <= MINUTES_PER_DAY;
    if (firstColumn < 0 || wrong >= 0 || !inside) {
      const what =
        firstColumn < 0
          ? "none"
          : wrong >= 0
            ? `${quote(found[wrong] as string)} after ${quote(found[wrong - 1] ?? "")}`
            : `${first} to ${last}`;
      this.issues.add({ where, line: 1, expected: wanted, found: what });
      return null;
    }
    const offset = day === 0 ? first : (day - 1) * MINUTES_PER_DAY + first;
    const minutes = new Uint32Array(found.length).map((_, index) => offset + index);
    for (const minute of minutes) if (this.#isWanted(minute)) this.#minutes.add(minute);
    return minutes;
  }

  #isWanted(minute: number): boolean {
    const { minutes } = this.#selection;
    return minutes === null || (minute >= minutes.first && minute <= minutes.last);
  }

  #takeInvocations(row: TableReader, cells: readonly string[], firstColumn: number, columns: Uint32Array, day: number): void {
    const minutes: number[] = [];
    const counts: number[] = [];
    for (let index = 0; index < columns.length; index += 1) {
      const cell = cells[firstColumn + index] as string;
      if (cell === "0" || !this.#isWanted(columns[index] as number)) continue;
      const count = parseNumber(cell);
      if (!Number.isInteger(count) || count < 0 || count > MAX_AMOUNT) {
        const path = String((columns[index] as number) - (day === 0 ? 0 : (day - 1) * MINUTES_PER_DAY));
        row.refuse(path, "a number of invocations", cell === "" ? "nothing" : quote(cell));
      } else if (count > 0) {
        minutes.push(columns[index] as number);
        counts.push(count);
      }
    }
    const fn = this.#functionOf(row);
    if (this.#selection.sample?.mayHave(fn.key) === false) return;
    const seen = this.#seen.get(day) ?? new Set();
    this.#seen.set(day, seen);
    if (seen.has(fn)) this.repeatedInvocations += 1;
    seen.add(fn);
    this.#rows.push({ function: fn, day, minutes: Uint32Array.from(minutes), counts: Uint32Array.from(counts) });
  }

  /** The rows of the functions that were selected, in the source's order. */
  get rows(): readonly InvocationRow[] {
    const { sample } = this.#selection;
    return sample === null ? this.#rows : this.#rows.filter((row) => sample.has(row.function.key));
  }

  #functionOf(row: TableReader): AzureFunction {
    const [owner, app, name] = [row.text("HashOwner"), row.text("HashApp"), row.text("HashFunction")];
    const id = `${owner}/${app}/${name}`;
    let fn = this.#functions.get(id);
    if (fn === undefined) {
      fn = { owner, app, name, key: `${app}/${name}` };
      this.#functions.set(id, fn);
      this.#selection.sample?.offer(fn.key);
    }
    return fn;
  }

  durations(where: string, day: number): TableReader {
    return this.#table("durations", where, { required: [...FUNCTION_COLUMNS, "Average"], optional: ["Count"] }, (row) => {
      const { key } = this.#functionOf(row);
      const average = nonNegative(row, "Average");
      const weight = row.has("Count") ? nonNegative(row, "Count") : 1;
      if (this.#selection.sample?.mayHave(key) === false) return;
      const durations = this.#durations.get(day) ?? new Map<string, Durations>();
      this.#durations.set(day, durations);
      const entry = durations.get(key) ?? { weighted: 0, weight: 0, sum: 0, rows: 0 };
      if (entry.rows > 0) this.repeatedDurations += 1;
      entry.weighted += average * weight;
      entry.weight += weight;
      entry.sum += average;
      entry.rows += 1;
      durations.set(key, entry);
    });
  }

  /** The published sample gives memory by function, the original by app. */
  memory(where: string): TableReader {
    const layout = { required: ["HashOwner", "HashApp", "AverageAllocatedMb"], optional: ["HashFunction"] };
    return this.#table("memory", where, layout, (row) => {
      const megabytes = nonNegative(row, "AverageAllocatedMb");
      const app = row.text("HashApp");
      const keys = [app];
      if (row.hasColumn("HashFunction")) {
        this.#memoryByFunction = true;
        keys.push(`${app}/${row.text("HashFunction")}`);
      }
      for (const key of keys) this.#memoryMb.set(key, Math.max(megabytes, this.#memoryMb.get(key) ?? 0));
    });
  }

  /**
   * Run time of a function on a day: its average, rounded, at least 1 ms; where the file lists it more than once, the mean of the
   * averages weighted by their counts. `null`: not in the file.
   */
  runMs(fn: AzureFunction, day: number): number | null {
    const entry = this.#durations.get(day)?.get(fn.key);
    if (entry === undefined) return null;
    const average = entry.weight > 0 ? entry.weighted / entry.weight : entry.sum / entry.rows;
    return Math.max(1, Math.round(average));
  }

  /** The largest average memory of an app over its functions and the days, rounded up; `null`: not in the files. */
  memoryOfApp(app: string): number | null {
    const megabytes = this.#memoryMb.get(app);
    return megabytes === undefined ? null : Math.ceil(megabytes);
  }

  /** A function's own memory where the files are by function, else its app's. */
  memoryOfFunction(fn: AzureFunction): number | null {
    if (!this.#memoryByFunction) return this.memoryOfApp(fn.app);
    const megabytes = this.#memoryMb.get(`${fn.app}/${fn.name}`);
    return megabytes === undefined ? null : Math.ceil(megabytes);
  }

  /**
   * First and last minute that the files cover. To be called when all have been read.
   * @throws InputError with everything that was wrong in any file.
   */
  finish(): { readonly first: number; readonly last: number } {
    for (const { kind, table } of this.#tables) this.rowsRead[kind] = (this.rowsRead[kind] ?? 0) + table.count;
    if (this.issues.total === 0 && this.#minutes.size === 0) {
      this.issues.add({ where: "--from, --to", expected: "hours that the files have", found: "none of them" });
    }
    let first = Number.POSITIVE_INFINITY;
    let last = -1;
    for (const minute of this.#minutes) {
      first = Math.min(first, minute);
      last = Math.max(last, minute);
    }
    if (this.issues.total === 0 && this.#minutes.size !== last - first + 1) {
      const found = `${this.#minutes.size} of the minutes ${first} to ${last}`;
      this.issues.add({ where: "invocations", expected: "minutes without gaps", found, hint: "choose days with --days" });
    }
    this.issues.throwIfAny();
    return { first, last };
  }

  #table(
    kind: string,
    where: string,
    layout: { readonly required: readonly string[]; readonly optional: readonly string[] },
    onRow: (row: TableReader) => void,
  ): TableReader {
    const table = new TableReader(where, { ...layout, texts: FUNCTION_COLUMNS }, this.issues, onRow);
    this.#tables.push({ kind, table });
    return table;
  }
}

const FUNCTION_COLUMNS = ["HashOwner", "HashApp", "HashFunction"];

/** A century: beyond it a column's name is no minute. */
const LAST_MINUTE = 100 * 366 * MINUTES_PER_DAY;

function nonNegative(row: TableReader, column: string): number {
  const value = row.finite(column);
  if (value >= 0) return value;
  row.refuse(column, "a number of at least 0", `${value}`);
  return 0;
}
