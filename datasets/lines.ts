import type { IssueList } from "./issue-list.ts";
import type { TextSink } from "./source-file.ts";

/** Longer lines are refused. */
const LONGEST_LINE = 1 << 20;

/** Splits a text that comes in pieces into lines, which end in LF or CRLF. `line` counts from 1; the last may lack its end. */
export class LineSplitter implements TextSink {
  readonly #where: string;
  readonly #issues: IssueList;
  readonly #onLine: (text: string, line: number) => void;
  #rest = "";
  #line = 1;
  #broken = false;

  constructor(where: string, issues: IssueList, onLine: (text: string, line: number) => void) {
    this.#where = where;
    this.#issues = issues;
    this.#onLine = onLine;
  }

  push(text: string): void {
    if (this.#broken) return;
    const whole = this.#rest + text;
    let start = 0;
    for (let end = whole.indexOf("\n"); end >= 0; end = whole.indexOf("\n", start)) {
      this.#take(whole.slice(start, end));
      start = end + 1;
    }
    this.#rest = whole.slice(start);
    if (this.#rest.length <= LONGEST_LINE) return;
    const expected = `a line of at most ${LONGEST_LINE} characters`;
    this.#issues.add({ where: this.#where, line: this.#line, expected, found: "a longer one" });
    this.#broken = true;
  }

  end(): void {
    if (!this.#broken && this.#rest !== "") this.#take(this.#rest);
  }

  #take(text: string): void {
    this.#onLine(text.endsWith("\r") ? text.slice(0, -1) : text, this.#line);
    this.#line += 1;
  }
}
