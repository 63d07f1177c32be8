import { basename, resolve } from "node:path";
import { IssueList } from "../issue-list.ts";
import type { Spill } from "../large/spilled-requests.ts";
import { type FileSummary, type OnBytes, readCsvFile, readCsvText } from "../source-file.ts";
import type { TraceDefaults } from "../tiers.ts";
import type { Trace } from "../trace.ts";
import type { SeriesMapping } from "./series-mapping.ts";
import { SeriesReader } from "./series-reader.ts";

/**
 * A table of time series, long or wide, by a mapping: a trace of usage, one user a series; or of requests, where the values count
 * them.
 *
 * | source column | unit | our field |
 * |---|---|---|
 * | `time.column` | `time.unit` | `at_ms`: the end of the sample |
 * | long: `series` columns; wide: a column's name | | user |
 * | long: `amounts.*.column`; wide: the cell | × `scale`, up | that amount |
 * | long: `requests.column`; wide: the cell | × `scale` | so many requests in the step, of `requests.runMs` each |
 *
 * Rows (wide: cells) without a value are missing samples: dropped and counted. Times from dates are Unix time.
 */
export interface SeriesOptions {
  readonly mapping: SeriesMapping;
  readonly name?: string;
  readonly defaults?: Partial<TraceDefaults>;
}

/**
 * The trace of one CSV file, plain or `.gz`.
 * @param spill where many requests go instead of into memory: see `TraceBuilder.finish`.
 * @throws InputError listing what is wrong, by line and column.
 */
export async function loadTimeSeries(
  path: string,
  options: SeriesOptions,
  onBytes?: OnBytes,
  spill: Spill | null = null,
): Promise<Trace> {
  const issues = new IssueList();
  const name = basename(resolve(path)).replace(/\.csv(\.gz)?$/, "");
  const files: FileSummary[] = [];
  const reader = new SeriesReader(basename(path), issues, { name, ...options }, files);
  files.push(await readCsvFile(path, issues, reader, onBytes));
  return reader.finish(spill);
}

/** `loadTimeSeries` on a text. */
export async function fromTimeSeries(text: string, options: SeriesOptions): Promise<Trace> {
  const issues = new IssueList();
  const reader = new SeriesReader("series.csv", issues, options, []);
  readCsvText(text, "series.csv", issues, reader);
  return reader.finish(null);
}
