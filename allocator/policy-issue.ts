/** One thing wrong with a policy: the path in its document, what was expected, what was found. */
export interface PolicyIssue {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** Thrown when a policy is refused, with every issue found. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
  readonly issues: readonly PolicyIssue[];

  constructor(issues: readonly PolicyIssue[]) {
    super(issues.map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`).join("\n"));
    this.issues = issues;
  }
}
