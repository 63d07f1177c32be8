/**
 * One thing wrong with what a person gave us: where, what was expected, what was found. Bad input is a list of these, never a
 * stack trace.
 */
export interface Issue {
  /** File, flag or document: "requests.csv", "--policies". */
  readonly where: string;
  readonly line?: number;
  /** Column name of a table, or path in a document: "run_ms", "warm.ttlMs". */
  readonly path?: string;
  readonly expected: string;
  readonly found: string;
  /** What to do, where it is not obvious. */
  readonly hint?: string;
}

/** Thrown at the edges when input is refused; carries every issue found (the first 100) and how many there were. */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly issues: readonly Issue[];
  readonly total: number;

  constructor(issues: readonly Issue[], total = issues.length) {
    super(issues.map(formatIssue).join("\n"));
    this.issues = issues.slice(0, 100);
    this.total = total;
  }
}

export function formatIssue(issue: Issue): string {
  const line = issue.line === undefined ? "" : `:${issue.line}`;
  const path = issue.path === undefined ? "" : ` ${issue.path}`;
  const hint = issue.hint === undefined ? "" : ` (${issue.hint})`;
  return `${issue.where}${line}${path}: expected ${issue.expected}, found ${issue.found}${hint}`;
}
