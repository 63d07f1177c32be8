import { basename } from "node:path";
import { parseDateTime } from "../../datasets/convert.ts";
import { IssueList, quote } from "../../datasets/issue-list.ts";
import { readCsvFile } from "../../datasets/source-file.ts";
import { parseNumber } from "../../datasets/table-reader.ts";
import { emptyValues, gridOf } from "./grid.ts";
import type { Panel, Series } from "./panel.ts";

/**
 * A table of measurements as a panel: the first column says when, as a date and time or in Unix time in ms, each other column is a
 * series of signed numbers. Forecasting benchmarks come like this. Steps are as long as the first two rows are apart; rows that
 * are left out and cells that are empty are not observed.
 * @throws InputError on what cannot be read, by line and column.
 */
export async function panelFromTable(path: string): Promise<Panel> {
  const where = basename(path);
  const issues = new IssueList();
  const atMs: number[] = [];
  const lines: number[] = [];
  let names: readonly string[] = [];
  const rows: Float32Array[] = [];
  await readCsvFile(path, issues, {
    header: (cells) => {
      names = cells.slice(1).map((name) => name.trim());
      checkNames(names, where, issues);
    },
    row: (cells, line) => {
      atMs.push(timeOf(cells[0] as string, where, line, issues));
      lines.push(line);
      rows.push(Float32Array.from(names, (name, i) => numberOf(cells[i + 1] as string, where, line, name, issues)));
    },
  });
  if (issues.total === 0 && rows.length < 2) {
    issues.add({ where, expected: "at least two rows", found: `${rows.length}` });
  }
  issues.throwIfAny();
  const startMs = atMs[0] as number;
  const stepMs = (atMs[1] as number) - startMs;
  checkRegular(atMs, lines, stepMs, where, issues);
  issues.throwIfAny();
  const grid = gridOf(0, (atMs[atMs.length - 1] as number) - startMs + stepMs, stepMs);
  const values = emptyValues(names.length, grid);
  rows.forEach((row, i) => {
    const step = ((atMs[i] as number) - startMs) / stepMs;
    row.forEach((value, series) => {
      values[series * grid.steps + step] = value;
    });
  });
  return { target: "demand", ...grid, epochMs: startMs, signed: true, series: names.map(column), values, context: [] };
}

function column(name: string): Series {
  const traits = { tier: null, role: null, timeZone: "UTC", permittedApps: null, appName: null };
  return { name, user: null, app: null, resource: null, traits };
}

function checkNames(names: readonly string[], where: string, issues: IssueList): void {
  if (names.length === 0)
    issues.add({ where, line: 1, expected: "a column of times and others of numbers", found: "one column" });
  for (const [i, name] of names.entries()) {
    if (names.indexOf(name) < i)
      issues.add({ where, line: 1, path: name, expected: "each column once", found: `${quote(name)} twice` });
  }
}

function timeOf(cell: string, where: string, line: number, issues: IssueList): number {
  const number = parseNumber(cell);
  const atMs = Number.isNaN(number) ? parseDateTime(cell) : number;
  if (!Number.isSafeInteger(atMs)) issues.add({ where, line, expected: "a date and time, or whole ms", found: quote(cell) });
  return atMs;
}

function numberOf(cell: string, where: string, line: number, path: string, issues: IssueList): number {
  if (cell.trim() === "") return Number.NaN;
  const value = parseNumber(cell);
  if (!Number.isFinite(value)) issues.add({ where, line, path, expected: "a number, or nothing", found: quote(cell) });
  return value;
}

function checkRegular(atMs: readonly number[], lines: readonly number[], stepMs: number, where: string, issues: IssueList): void {
  for (let i = 1; i < atMs.length; i += 1) {
    const sinceMs = (atMs[i] as number) - (atMs[i - 1] as number);
    if (stepMs > 0 && sinceMs > 0 && sinceMs % stepMs === 0) continue;
    const expected = stepMs > 0 ? `a multiple of ${stepMs} ms after the row before` : "a later time than in the row before";
    issues.add({ where, line: lines[i] as number, expected, found: `${sinceMs} ms after it` });
  }
}
