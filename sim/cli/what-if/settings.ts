import { InputError, type Issue } from "../../../datasets/issues.ts";

/** What fields can be set of. */
export const SCOPES = ["policy", "cluster", "prices"] as const;
type Scope = (typeof SCOPES)[number];

/** One field to be otherwise. */
export interface Setting {
  /** As written: "policy.warm.ttl=5m". */
  readonly text: string;
  readonly scope: Scope;
  /** Below the scope; a number is a place in a list. */
  readonly path: readonly (string | number)[];
  /** As YAML says; `null`: without it. */
  readonly value: unknown;
}

/**
 * `--set` options, each of one or several settings separated by commas.
 * @throws InputError with all that is wrong in any of them.
 */
export async function readSettings(options: readonly string[]): Promise<readonly Setting[]> {
  const { parseDocument } = await import("yaml");
  const issues: Issue[] = [];
  const settings: Setting[] = [];
  const between = new RegExp(`,(?=\\s*(?:${SCOPES.join("|")})[.=])`);
  for (const text of options.flatMap((option) => option.split(between)).map((part) => part.trim())) {
    const note = (expected: string, found: string) => issues.push({ where: "--set", path: text, expected, found });
    const match = new RegExp(`^(${SCOPES.join("|")})\\.([^=]+)=(.*)$`, "s").exec(text);
    if (match === null) {
      note(`${SCOPES.map((scope) => `${scope}.FIELD=VALUE`).join(", ")}, such as policy.warm.ttl=5m`, JSON.stringify(text));
      continue;
    }
    const [, scope = "", field = "", value = ""] = match;
    const path = pathOf(field.trim());
    const document = parseDocument(value, { prettyErrors: false });
    const problem = document.errors[0]?.message.split("\n")[0];
    const other = settings.find((one) => one.scope === scope && JSON.stringify(one.path) === JSON.stringify(path));
    if (path === null) note("a path of names and places in lists, such as pools[0].nodes", JSON.stringify(field));
    else if (problem !== undefined) note("a value, as in YAML", problem);
    else if (other !== undefined) note("each field once", `"${other.text}" as well`);
    else settings.push({ text, scope: scope as Scope, path, value: document.toJS() as unknown });
  }
  if (issues.length > 0) throw new InputError(issues);
  return settings;
}

/** "reserve.levels[1].of" → reserve, levels, 1, of; `null`: no path. */
function pathOf(field: string): (string | number)[] | null {
  const path: (string | number)[] = [];
  for (const part of field.split(".")) {
    const match = /^([^[\]]+)((?:\[\d{1,6}\])*)$/.exec(part);
    if (match === null) return null;
    path.push(match[1] as string, ...[...(match[2] as string).matchAll(/\d+/g)].map(([digits]) => Number(digits)));
  }
  return path.some((part) => part === "__proto__") ? null : path;
}

/** The document with the fields set. What stands in the way of a path is noted. The given document stays as it is. */
export function setFields(
  document: unknown,
  settings: readonly Pick<Setting, "text" | "path" | "value">[],
  issues: Issue[],
): unknown {
  let set = document;
  for (const { text, path, value } of settings) {
    try {
      set = setField(set, path, value);
    } catch (error) {
      if (!(error instanceof Obstacle)) throw error;
      issues.push({ where: "--set", path: text, expected: error.expected, found: error.found });
    }
  }
  return set;
}

class Obstacle extends Error {
  readonly expected: string;
  readonly found: string;

  constructor(expected: string, found: unknown) {
    super(expected);
    this.expected = expected;
    this.found = found === undefined ? "nothing" : (JSON.stringify(found) ?? String(found));
  }
}

function setField(into: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (typeof key === "number") {
    if (!Array.isArray(into) || key > into.length) throw new Obstacle(`a list with a place ${key}`, into);
    return [...into.slice(0, key), setField(into[key], rest, value), ...into.slice(key + 1)];
  }
  if (into !== undefined && !isMapping(into)) throw new Obstacle(`a mapping that "${key}" can be in`, into);
  const { [key]: before, ...others } = into ?? {};
  if (rest.length > 0 || value !== null) return { ...into, [key]: setField(before, rest, value) };
  if (before === undefined) throw new Obstacle(`a "${key}" that can be left out`, before);
  return others;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
