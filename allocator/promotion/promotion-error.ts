/** One thing wrong with a promotion, a key or their folder: where, what was expected, what was found, what to do. */
export interface PromotionIssue {
  /** A file, a folder or a flag. */
  readonly where: string;
  /** Path in the document. */
  readonly path?: string;
  readonly expected: string;
  readonly found: string;
  readonly hint?: string;
}

/** Thrown when something of a promotion is refused, with every issue found. */
export class PromotionError extends Error {
  override readonly name = "PromotionError";
  readonly issues: readonly PromotionIssue[];

  constructor(issues: readonly PromotionIssue[]) {
    super(
      issues
        .map(
          ({ where, path, expected, found }) =>
            `${where}${path === undefined ? "" : ` ${path}`}: expected ${expected}, found ${found}`,
        )
        .join("\n"),
    );
    this.issues = issues;
  }
}
