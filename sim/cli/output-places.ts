import { accessSync, constants, existsSync, lstatSync, readdirSync, type Stats, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { InputError, type Issue } from "../../datasets/issues.ts";

/** Where a verb will write, and what. */
export interface OutputPlace {
  readonly path: string;
  readonly kind: OutputKind;
}

export type OutputKind = "file" | "run" | "records" | "quickstart" | "backtest";

/** Replacing deletes what is there, so `--force` replaces only what the verb itself wrote once. */
const REPLACEABLE: Readonly<Record<OutputKind, { readonly what: string; holds(path: string): boolean }>> = {
  file: { what: "a file", holds: (path) => status(path)?.isFile() === true },
  run: {
    what: "the directory of a run",
    holds: (path) => consistsOf(path, /^(run\.json|run\.(cells|users)\.gz|journal\.prae\.gz|forecasts)$/),
  },
  records: { what: "a directory of run records", holds: (path) => consistsOf(path, /^[0-9a-f]{12}\.(json|(cells|users)\.gz)$/) },
  backtest: { what: "the directory of a backtest", holds: (path) => consistsOf(path, /^(backtest\.json|report\.html)$/) },
  quickstart: { what: "an earlier quickstart", holds: (path) => consistsOf(path, /^(trace|runs|report\.html)$/) },
};

/**
 * Asks before the work is done, not after, whether the outputs can stand where they shall.
 * @throws InputError when something is there already, unless `replace` and it is of the kind that may be replaced; the system's
 * error where nothing can be written.
 */
export function checkOutputPlaces(places: readonly OutputPlace[], replace: boolean): void {
  const issues: Issue[] = [];
  for (const { path, kind } of places) {
    const { what, holds } = REPLACEABLE[kind];
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) checkFolderOf(path);
    else if (!holds(path)) {
      const expected = replace ? `nothing there, or ${what} to replace` : "a place that does not exist yet";
      issues.push({ where: path, expected, found: "something else", hint: "choose another place" });
    } else if (!replace) {
      const hint = "choose another, or add --force";
      issues.push({ where: path, expected: "a place that does not exist yet", found: "one that does", hint });
    }
  }
  if (issues.length > 0) throw new InputError(issues);
}

/** An empty folder consists of anything. */
function consistsOf(path: string, names: RegExp): boolean {
  return status(path)?.isDirectory() === true && readdirSync(path).every((name) => names.test(name));
}

/** `undefined`: nothing there, or a link to nothing. */
function status(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

/** @throws the system's error when the nearest folder above that is there is none, or may not be written to. */
function checkFolderOf(path: string): void {
  let folder = dirname(resolve(path));
  while (!existsSync(folder)) folder = dirname(folder);
  accessSync(join(folder, "/"), constants.W_OK);
}
