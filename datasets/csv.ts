import { type IssueList, quote } from "./issue-list.ts";

export interface CsvHandler {
  /** The character between fields; default: a comma. */
  readonly separator?: string;
  /** The first line. Called once, before any row. */
  header(names: readonly string[]): void;
  /** As many cells as the header has names. `line` counts from 1, the header included; of a row over several lines, the first. */
  row(cells: readonly string[], line: number): void;
}

/** Longer records are refused: a quote that is never closed would swallow the file. */
const LONGEST_RECORD = 1 << 24;

/**
 * Splits CSV as RFC 4180 has it: commas (or the handler's separator); quotes around fields that hold commas, line ends or (doubled) quotes; LF or CRLF. Text
 * comes in pieces of any length. Blank lines are skipped. What is wrong goes to `issues`, with file and line.
 */
export class CsvParser {
  readonly #where: string;
  readonly #issues: IssueList;
  readonly #handler: CsvHandler;
  readonly #separator: string;
  #rest = "";
  #line = 1;
  /** Columns of the header; 0: not seen yet. */
  #columns = 0;
  #broken = false;

  constructor(where: string, issues: IssueList, handler: CsvHandler) {
    this.#where = where;
    this.#issues = issues;
    this.#handler = handler;
    this.#separator = handler.separator ?? ",";
  }

  push(text: string): void {
    if (this.#broken) return;
    const whole = this.#rest === "" ? text : this.#rest + text;
    let start = 0;
    let nextQuote = positionOf(whole, '"', 0);
    for (;;) {
      let end = positionOf(whole, "\n", start);
      const quoted = nextQuote < end;
      if (quoted) {
        end = endOfQuotedRecord(whole, start, end);
        nextQuote = positionOf(whole, '"', end);
      }
      if (end === whole.length) break;
      this.#record(whole.slice(start, end), quoted);
      start = end + 1;
    }
    this.#rest = whole.slice(start);
    if (this.#rest.length > LONGEST_RECORD) {
      const expected = `a row of at most ${LONGEST_RECORD} characters`;
      this.#issues.add({ where: this.#where, line: this.#line, expected, found: "a longer one", hint: "is a quote left open?" });
      this.#broken = true;
    }
  }

  /** The last line may lack its line end; a file without a header is refused. */
  end(): void {
    if (this.#broken) return;
    const rest = this.#rest;
    if (rest !== "") this.#record(rest, rest.includes('"'));
    if (this.#columns === 0) this.#issues.add({ where: this.#where, line: 1, expected: "a header line", found: "an empty file" });
  }

  #record(record: string, quoted: boolean): void {
    const line = this.#line;
    this.#line += 1;
    const text = record.endsWith("\r") ? record.slice(0, -1) : record;
    if (text === "") return;
    let cells: readonly string[] | null;
    if (quoted) {
      for (let at = record.indexOf("\n"); at >= 0; at = record.indexOf("\n", at + 1)) this.#line += 1;
      cells = this.#quotedCells(text, line);
    } else {
      cells = text.split(this.#separator);
    }
    if (cells === null) return;
    if (this.#columns === 0) {
      this.#columns = cells.length;
      this.#handler.header(cells);
    } else if (cells.length === this.#columns) {
      this.#handler.row(cells, line);
    } else {
      this.#issues.add({
        where: this.#where,
        line,
        expected: `${this.#columns} fields, as in the header`,
        found: `${cells.length}`,
      });
    }
  }

  #quotedCells(text: string, line: number): string[] | null {
    const refuse = (found: string) => {
      this.#issues.add({ where: this.#where, line, expected: "quotes around a whole field, doubled inside it", found });
      return null;
    };
    const cells: string[] = [];
    let at = 0;
    for (;;) {
      let cell: string;
      if (text[at] === '"') {
        const close = closingQuote(text, at + 1);
        if (close < 0) return refuse("a quote that is never closed");
        cell = text.slice(at + 1, close).replaceAll('""', '"');
        at = close + 1;
        if (at < text.length && text[at] !== this.#separator)
          return refuse(`${quote(text.slice(at, at + 20))} after a closing quote`);
      } else {
        const end = positionOf(text, this.#separator, at);
        cell = text.slice(at, end);
        if (cell.includes('"')) return refuse(quote(cell));
        at = end;
      }
      cells.push(cell);
      if (at === text.length) return cells;
      at += 1;
    }
  }
}

/** Like `indexOf`, but the text's length where there is none. */
function positionOf(text: string, wanted: string, from: number): number {
  const at = text.indexOf(wanted, from);
  return at < 0 ? text.length : at;
}

/** The first line end outside quotes, or the text's length. `lineEnd` is the first of all. */
function endOfQuotedRecord(text: string, start: number, lineEnd: number): number {
  let end = lineEnd;
  let from = start;
  let open = false;
  while (end < text.length) {
    for (let at = positionOf(text, '"', from); at < end; at = positionOf(text, '"', at + 1)) open = !open;
    if (!open) return end;
    from = end + 1;
    end = positionOf(text, "\n", from);
  }
  return end;
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at;
  }
  return -1;
}
