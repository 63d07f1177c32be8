import { InputError, type Issue } from "./issues.ts";

/** Gathers what is wrong with an input: keeps the first hundred, counts all. */
export class IssueList {
  readonly issues: Issue[] = [];
  total = 0;

  add(issue: Issue): void {
    this.total += 1;
    if (this.issues.length < 100) this.issues.push(issue);
  }

  /** @throws InputError when there is at least one issue. */
  throwIfAny(): void {
    if (this.total > 0) throw new InputError(this.issues, this.total);
  }
}

/** How a value that was found is shown in an issue: quoted, cut to 60 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
}
