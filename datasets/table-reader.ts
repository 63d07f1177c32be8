import { type IssueList, quote } from "./issue-list.ts";
import { MAX_AMOUNT } from "./laws.ts";

/** A value of a table: CSV gives texts; Parquet gives numbers too, and `null` for what is absent. */
export type TableCell = string | number | null;

export interface TableLayout {
  /** Must be there; a cell may not be empty. */
  readonly required: readonly string[];
  /** May be missing; an empty cell means "not given". */
  readonly optional: readonly string[];
  /** Which of them hold texts; the others hold numbers. */
  readonly texts: readonly string[];
  /** Our name → the name in this file, where it differs. */
  readonly renamed?: Readonly<Record<string, string>>;
}

/**
 * The rows of one table with typed, checked access to their cells by column name. Each problem becomes an issue with file, line
 * and column; the value returned then is a stand-in, since the import is refused as a whole.
 */
export class TableReader {
  readonly where: string;
  readonly #layout: TableLayout;
  readonly #issues: IssueList;
  readonly #onRow: (row: TableReader) => void;
  readonly #positions = new Map<string, number>();
  #usable = false;
  #cells: readonly TableCell[] = [];
  line = 1;
  /** Rows read. */
  count = 0;
  /** Columns of the file that mean nothing here. */
  unknown: readonly string[] = [];

  constructor(where: string, layout: TableLayout, issues: IssueList, onRow: (row: TableReader) => void) {
    this.where = where;
    this.#layout = layout;
    this.#issues = issues;
    this.#onRow = onRow;
  }

  header(names: readonly string[]): void {
    const found = names.map((name) => name.trim());
    const { required, optional, renamed } = this.#layout;
    const theirs = (column: string) => this.nameOf(column);
    let usable = true;
    for (const column of [...required, ...optional]) {
      const position = found.indexOf(theirs(column));
      if (position >= 0) this.#positions.set(column, position);
      else if (required.includes(column) || renamed?.[column] !== undefined) {
        usable = false;
        const columns = found.slice(0, 20).map((name) => quote(name));
        this.#add(theirs(column), `a column ${quote(theirs(column))}`, `the columns ${columns.join(", ")}`);
      }
    }
    for (const [position, name] of found.entries()) {
      if (name === "" || found.indexOf(name) === position) continue;
      usable = false;
      this.#add(name, "each column once", `${quote(name)} twice`);
    }
    const known = new Set([...required, ...optional].map(theirs));
    this.unknown = found.filter((name) => !known.has(name));
    this.#usable = usable;
  }

  row(cells: readonly TableCell[], line: number): void {
    this.line = line;
    this.#cells = cells;
    this.count += 1;
    if (this.#usable) this.#onRow(this);
  }

  hasColumn(column: string): boolean {
    return this.#positions.has(column);
  }

  /** Whether this row gives a value. */
  has(column: string): boolean {
    const cell = this.#cell(column);
    return cell !== null && cell !== "";
  }

  text(column: string): string {
    const cell = this.#cell(column);
    const text = cell === null ? "" : String(cell);
    if (text === "") this.refuse(column, "a text", "nothing");
    else if (text.includes("\0")) this.refuse(column, "a text", "one with NUL characters in it");
    return text;
  }

  optionalText(column: string): string | undefined {
    return this.has(column) ? this.text(column) : undefined;
  }

  /** An integer from `least` to `most`: "12", "12.0" and "1.2e1" are the same. */
  integer(column: string, least = 0, most = MAX_AMOUNT): number {
    const cell = this.#cell(column);
    const value = typeof cell === "number" ? cell : parseNumber(cell ?? "");
    if (Number.isInteger(value) && value >= least && value <= most) return value + 0;
    this.refuse(column, `an integer from ${least} to ${most}`, cell === null || cell === "" ? "nothing" : shown(cell));
    return least;
  }

  optionalInteger(column: string, least = 0, most = MAX_AMOUNT): number | undefined {
    return this.has(column) ? this.integer(column, least, most) : undefined;
  }

  /** Any number but NaN and the infinities. */
  finite(column: string): number {
    const cell = this.#cell(column);
    const value = typeof cell === "number" ? cell : parseNumber(cell ?? "");
    if (Number.isFinite(value)) return value;
    this.refuse(column, "a finite number", cell === null || cell === "" ? "nothing" : shown(cell));
    return 0;
  }

  flag(column: string): boolean {
    const cell = this.#cell(column);
    const text = String(cell ?? "")
      .trim()
      .toLowerCase();
    if (text !== "true" && text !== "1" && text !== "false" && text !== "0") {
      this.refuse(column, "true or false (or 1 or 0)", text === "" ? "nothing" : shown(cell as TableCell));
    }
    return text === "true" || text === "1";
  }

  optionalFlag(column: string): boolean | undefined {
    return this.has(column) ? this.flag(column) : undefined;
  }

  /** What the file calls the column. */
  nameOf(column: string): string {
    return this.#layout.renamed?.[column] ?? column;
  }

  /** Adds an issue about a cell of this row; `column` is our name. */
  refuse(column: string, expected: string, found: string, hint?: string): void {
    this.#add(this.nameOf(column), expected, found, hint);
  }

  #add(path: string, expected: string, found: string, hint?: string): void {
    this.#issues.add({ where: this.where, line: this.line, path, expected, found, ...(hint === undefined ? {} : { hint }) });
  }

  #cell(column: string): TableCell {
    const position = this.#positions.get(column);
    return position === undefined ? null : (this.#cells[position] as TableCell);
  }
}

/** NaN where the text is no decimal number. */
export function parseNumber(text: string): number {
  const length = text.length;
  let value = 0;
  // Most fields are a few digits; this is ten times faster than the general way.
  if (length > 0 && length < 16) {
    for (let i = 0; i < length; i += 1) {
      const digit = text.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) return parseDecimal(text);
      value = value * 10 + digit;
    }
    return value;
  }
  return parseDecimal(text);
}

function parseDecimal(text: string): number {
  const trimmed = text.trim();
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(trimmed) ? Number(trimmed) : Number.NaN;
}

function shown(cell: TableCell): string {
  return typeof cell === "string" ? quote(cell) : String(cell);
}
