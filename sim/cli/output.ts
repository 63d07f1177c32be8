import { formatIssue, InputError } from "../../datasets/issues.ts";

/** What scripts can rely on. */
export const EXIT = { done: 0, bug: 1, badInput: 2, worldRefused: 3, modelFailed: 4, gateRefused: 5, interrupted: 130 } as const;

/** The one JSON document of a `--json` command; everything else goes to stderr. */
export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** A line of the result, for people: on stdout, instead of the JSON document. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Rows for people: columns as wide as their widest cell. */
export function sayTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  for (const row of rows)
    say(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

/** A line about what goes on: on stderr, like all progress. */
export function sayMeanwhile(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Reports why a command failed and gives its exit code. */
export function reportFailure(error: unknown, json: boolean): number {
  const failure = describeFailure(error);
  if (json) printJson({ error: failure.document });
  return sayFailure(failure);
}

/** For whoever has begun the JSON document already: the failure, to be put into it. */
export function sayFailure(failure: Failure): number {
  const overProgress = process.stderr.isTTY ? "\r\u001b[2K" : "";
  process.stderr.write(`${overProgress}${failure.text}\n`);
  return failure.exitCode;
}

export interface Failure {
  readonly exitCode: number;
  readonly text: string;
  readonly document: Record<string, unknown>;
}

/** Codes of the operating system that mean "the world refused", with what to do about it. */
const REFUSALS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; free space or choose another place",
  EDQUOT: "the disk quota is used up; free space or choose another place",
  EFBIG: "the file grew beyond the allowed size; choose another place",
  EACCES: "permission denied; choose another place or change its permissions",
  EPERM: "permission denied; choose another place or change its permissions",
  EROFS: "the file system is read-only; choose another place",
  ENOTDIR: "a file stands where a folder is needed; choose another place",
  EEXIST: "a file stands where a folder is needed; choose another place",
  EISDIR: "a folder stands where a file is needed; choose another place",
  ENOENT: "no such file or folder, and none can be made there",
  ENAMETOOLONG: "the name is too long; choose a shorter one",
  ELOOP: "its symbolic links lead round in a circle",
  EIO: "the disk failed to read or write",
  EMFILE: "too many open files; raise the limit (ulimit -n)",
};

export function describeFailure(error: unknown): Failure {
  if (error instanceof InputError) {
    const more = error.total > error.issues.length ? [`… and ${error.total - error.issues.length} more`] : [];
    const count = error.total === 1 ? "1 issue" : `${error.total} issues`;
    return {
      exitCode: EXIT.badInput,
      text: [`prae: input refused, ${count}:`, ...error.issues.map((issue) => `  ${formatIssue(issue)}`), ...more].join("\n"),
      document: { kind: "bad_input", issues: error.issues, total: error.total },
    };
  }
  const code = (error as NodeJS.ErrnoException).code ?? codeInMessage(error);
  const advice = code === undefined ? undefined : REFUSALS[code];
  if (code !== undefined && advice !== undefined) {
    const path = (error as NodeJS.ErrnoException).path;
    return {
      exitCode: EXIT.worldRefused,
      text: `prae: ${path === undefined ? "" : `${path}: `}${advice} (${code}). Nothing half-written was left.`,
      document: { kind: "world_refused", code, path: path ?? null, advice },
    };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    exitCode: EXIT.bug,
    text: `prae: this is a bug, please report it with the command you ran\n${text}`,
    document: { kind: "bug", message: error instanceof Error ? error.message : String(error) },
  };
}

/** DuckDB reports a full disk in words. */
function codeInMessage(error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : String(error);
  if (/no space left/i.test(message)) return "ENOSPC";
  if (/file too large/i.test(message)) return "EFBIG";
  if (/permission denied/i.test(message)) return "EACCES";
  return undefined;
}
