import { type Arrivals, readArrivals } from "../arrivals.ts";
import { TraceBuilder } from "../build-trace.ts";
import { toAmount, toMs, toNumber } from "../convert.ts";
import type { CsvHandler } from "../csv.ts";
import { type IssueList, quote } from "../issue-list.ts";
import { InputError } from "../issues.ts";
import { MOST_IN_MEMORY, type Spill } from "../large/spilled-requests.ts";
import { MAX_AMOUNT } from "../laws.ts";
import { NameRows } from "../name-rows.ts";
import type { FileSummary } from "../source-file.ts";
import { type TableCell, TableReader } from "../table-reader.ts";
import type { Trace } from "../trace.ts";
import { RequestCounts } from "./request-counts.ts";
import { AMOUNTS, type Amount, type SeriesMapping } from "./series-mapping.ts";
import type { SeriesOptions } from "./timeseries.ts";

/** The app of requests whose source names none. */
const SERVICE = "service";
const MOST_REQUESTS = 2_000_000_000;
/** More requests of one series in one step are a slip. */
const MOST_A_STEP = 1_000_000_000;

/** Takes the rows of a long or wide table of time series, and makes the trace. */
export class SeriesReader implements CsvHandler {
  readonly #where: string;
  readonly #issues: IssueList;
  readonly #mapping: SeriesMapping;
  readonly #builder: TraceBuilder;
  readonly #keep: (readonly [column: string, values: ReadonlySet<string>])[];
  readonly #times = new NameRows();
  #table: TableReader | null = null;
  /** wide: the columns that are series. */
  #columns: readonly string[] = [];
  readonly #counts = new RequestCounts();
  #unkept = 0;
  #missing = 0;

  /** `files` may be filled until `finish`. */
  constructor(where: string, issues: IssueList, options: SeriesOptions, files: readonly FileSummary[]) {
    const { mapping, name = "timeseries", defaults = {} } = options;
    this.#where = where;
    this.#issues = issues;
    this.#mapping = mapping;
    this.#keep = Object.entries(mapping.keep ?? {}).map(([column, values]) => [column, new Set(values.map(String))]);
    const given = Object.fromEntries(Object.entries(defaults).map(([key, value]) => [`default ${key}`, value]));
    const source = { importer: "timeseries", options: { mapping: JSON.stringify(mapping), ...given }, files };
    const whose = mapping.source ?? { license: "not stated", citation: "not stated" };
    const epochMs = mapping.time.unit === "datetime" ? 0 : null;
    this.#builder = new TraceBuilder({ name, source, ...whose, epochMs }, defaults);
    for (const text of mapping.assume ?? []) this.#builder.assume(text);
    if (mapping.requests !== undefined) {
      this.#describeRequests(mapping.requests);
      return;
    }
    for (const amount of AMOUNTS) {
      if (mapping.amounts?.[amount] === undefined) this.#builder.assume(`${amount} 0 for every usage sample`);
    }
  }

  #describeRequests({ runMs, arrivals = "even", requested = {} }: NonNullable<SeriesMapping["requests"]>): void {
    const builder = this.#builder;
    builder.assume(`run_ms ${runMs} for every request`);
    for (const [amount, value] of Object.entries(requested)) builder.assume(`${amount} ${value} for every request`);
    builder.note(
      arrivals === "even"
        ? "the source counts requests a step; they are spread evenly within it"
        : `the source counts requests a step; each is placed at random within it, ${arrivals}`,
    );
    builder.note("what a step has less than a whole request goes to the series' next step");
  }

  header(names: readonly string[]): void {
    const { layout, time, series = [], columns, amounts = {}, requests } = this.#mapping;
    const found = names.map((name) => name.trim());
    const wide = layout === "wide";
    this.#columns = columns ?? found.filter((name) => name !== time.column && name !== "");
    const values = [
      ...AMOUNTS.flatMap((amount) => amounts[amount]?.column ?? []),
      requests?.column ?? [],
      requests?.app ?? [],
    ].flat();
    const required = wide
      ? [time.column, ...this.#columns]
      : [time.column, ...series, ...values, ...this.#keep.map(([name]) => name)];
    // What a row lacks is decided here, not by the table.
    const table = new TableReader(
      this.#where,
      { required: [...new Set(required)], optional: [], texts: [] },
      this.#issues,
      (row) => (wide ? this.#takeWide(row) : this.#takeLong(row)),
    );
    this.#table = table;
    if (wide && this.#columns.length === 0) {
      this.#issues.add({ where: this.#where, line: 1, expected: "at least one column besides the time", found: "none" });
    }
    table.header(found);
  }

  row(cells: readonly TableCell[], line: number): void {
    this.#table?.row(cells, line);
  }

  #takeLong(row: TableReader): void {
    for (const [column, values] of this.#keep) {
      if (values.has(row.optionalText(column) ?? "")) continue;
      this.#unkept += 1;
      return;
    }
    const { series = [], amounts = {}, requests } = this.#mapping;
    const atMs = this.#time(row);
    const user = series.map((column) => row.text(column)).join("/");
    if (requests !== undefined) {
      const app = requests.app?.map((column) => row.text(column)).join("/") ?? SERVICE;
      this.#takeCount(row, requests.column as string, atMs, user, app);
      return;
    }
    const used = new Map<Amount, number>();
    for (const amount of AMOUNTS) {
      const { column, scale = 1 } = amounts[amount] ?? {};
      if (column === undefined) continue;
      const value = this.#amount(row, column, scale);
      if (value === null) {
        this.#missing += 1;
        return;
      }
      used.set(amount, value);
    }
    this.#add(row, atMs, user, used);
  }

  #takeWide(row: TableReader): void {
    const atMs = this.#time(row);
    if (this.#mapping.requests !== undefined) {
      for (const column of this.#columns) this.#takeCount(row, column, atMs, column, SERVICE);
      return;
    }
    const [amount, { scale = 1 }] = Object.entries(this.#mapping.amounts ?? {})[0] as [Amount, { scale?: number }];
    for (const column of this.#columns) {
      const value = this.#amount(row, column, scale);
      if (value === null) this.#missing += 1;
      else this.#add(row, atMs, column, new Map([[amount, value]]));
    }
  }

  /** The end of the sample. */
  #time(row: TableReader): number {
    const { time, stamp = "end", windowMs } = this.#mapping;
    const text = row.text(time.column);
    const ms = toMs(text, time.unit) + (stamp === "start" ? windowMs : 0);
    if (Number.isSafeInteger(ms) && ms >= 0) return ms;
    const expected = time.unit === "datetime" ? "a date and time" : `a time in ${time.unit}`;
    if (text !== "") row.refuse(time.column, `${expected}, from 0 to 2^53 - 1 ms`, quote(text));
    return 0;
  }

  #takeCount(row: TableReader, column: string, atMs: number, user: string, app: string): void {
    const { windowMs, requests } = this.#mapping;
    const text = row.optionalText(column);
    if (text === undefined) {
      this.#missing += 1;
      return;
    }
    const scale = requests?.scale ?? 1;
    const count = toNumber(text) * scale;
    if (!(count >= 0 && count <= MOST_A_STEP)) {
      row.refuse(column, `a number from 0 to ${Math.floor(MOST_A_STEP / scale)}`, quote(text));
      return;
    }
    if (!this.#isNew(row, atMs, user) || user === "" || app === "") return;
    if (atMs < windowMs) {
      row.refuse(this.#mapping.time.column, "the end of a step that does not begin before 0", `${atMs} ms`);
      return;
    }
    const builder = this.#builder;
    this.#counts.add(user, builder.userIndex(user), builder.appIndex(app), atMs - windowMs, count);
  }

  /** `null`: the cell is empty. */
  #amount(row: TableReader, column: string, scale: number): number | null {
    const text = row.optionalText(column);
    if (text === undefined) return null;
    const value = toAmount(text, scale);
    if (value >= 0 && value <= MAX_AMOUNT) return value;
    const most = MAX_AMOUNT / scale;
    row.refuse(column, `a number from 0 to ${scale === 1 ? MAX_AMOUNT : Math.floor(most)}`, quote(text));
    return 0;
  }

  #add(row: TableReader, atMs: number, user: string, used: ReadonlyMap<Amount, number>): void {
    if (!this.#isNew(row, atMs, user) || user === "") return;
    const [cpu = 0, memory = 0, gpu = 0, network = 0] = AMOUNTS.map((amount) => used.get(amount) ?? 0);
    this.#builder.addUsage(atMs, this.#builder.userIndex(user), this.#mapping.windowMs, cpu, memory, gpu, network);
  }

  /** Whether no earlier row has the user's value at this time. */
  #isNew(row: TableReader, atMs: number, user: string): boolean {
    const first = this.#times.put(`${atMs} ${user}`, row.line);
    if (first === row.line) return true;
    const { column } = this.#mapping.time;
    row.refuse(column, `a time that line ${first} does not give for ${quote(user)}`, quote(row.text(column)));
    return false;
  }

  /**
   * @param spill where many requests go instead of into memory.
   * @throws InputError with everything that was wrong.
   */
  async finish(spill: Spill | null): Promise<Trace> {
    this.#issues.throwIfAny();
    const table = this.#table as TableReader;
    const what = this.#mapping.layout === "wide" ? "cells" : "rows";
    this.#builder.countRead("series", table.count);
    const kept = this.#keep.map(([column]) => column).join(", ");
    this.#builder.countDropped("series", `${kept}: none of the values that the mapping keeps`, this.#unkept);
    this.#builder.countDropped("series", `${what} without a value`, this.#missing);
    const { unknown } = table;
    if (unknown.length > 0) this.#builder.note(`not used: ${unknown.map((name) => quote(name)).join(", ")}`);
    const { requests, windowMs } = this.#mapping;
    if (requests === undefined) return this.#builder.finish();
    await this.#addRequests(requests, windowMs, spill);
    return this.#builder.finish(this.#counts.window(windowMs));
  }

  async #addRequests(requests: NonNullable<SeriesMapping["requests"]>, stepMs: number, spill: Spill | null): Promise<void> {
    const { runMs, arrivals = "even", requested = {} } = requests;
    const { total } = this.#counts;
    const most = spill === null ? MOST_IN_MEMORY : MOST_REQUESTS;
    if (total > most) {
      const hint = "is the scale right? counts are requests a step";
      throw new InputError([{ where: this.#where, expected: `at most ${most} requests`, found: `${total}`, hint }]);
    }
    if (spill !== null && total > spill.aboveRequests) this.#builder.spillInto(await spill.open());
    const of = { arrivals: readArrivals(arrivals) as Arrivals, stepMs, runMs, requested };
    // Turns of the event loop in between keep the process interruptible.
    for (const _ of this.#counts.addTo(this.#builder, of)) await new Promise((resume) => setImmediate(resume));
  }
}
