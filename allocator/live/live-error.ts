/** One thing that a live run cannot go on with: where, what was expected, what was found. */
export interface LiveIssue {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
  readonly hint?: string;
}

/** Thrown where what a live run is given, or finds on disk, is refused; with every issue found. */
export class LiveError extends Error {
  override readonly name = "LiveError";
  readonly issues: readonly LiveIssue[];

  constructor(issues: readonly LiveIssue[]) {
    super(issues.map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`).join("\n"));
    this.issues = issues;
  }
}
