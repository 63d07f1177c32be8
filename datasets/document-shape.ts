import type { IssueList } from "./issue-list.ts";
import { quote } from "./issue-list.ts";

/** What a document from outside must look like: a check of one value, a list, or an object by key. */
export type Shape = Check | ListShape | ObjectShape;

/** `null` where the value is as expected, else what was expected. */
export type Check = (value: unknown) => string | null;

export interface ListShape {
  readonly each: Shape;
}

export interface ObjectShape {
  /** A name ending in `?` may be absent; `*` stands for every other key, which is refused without it. */
  readonly keys: Readonly<Record<string, Shape>>;
}

/** Adds an issue, with its path, for everything in which `value` differs from `shape`. */
export function checkShape(value: unknown, shape: Shape, where: string, issues: IssueList, path = ""): void {
  const refuse = (expected: string) => issues.add({ where, ...(path === "" ? {} : { path }), expected, found: describe(value) });
  if (typeof shape === "function") {
    const expected = shape(value);
    if (expected !== null) refuse(expected);
    return;
  }
  if ("each" in shape) {
    if (!Array.isArray(value)) refuse("a list");
    else for (const [index, item] of value.entries()) checkShape(item, shape.each, where, issues, `${path}[${index}]`);
    return;
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    refuse("an object");
    return;
  }
  const child = (key: string) => (path === "" ? key : `${path}.${key}`);
  for (const key of Object.keys(shape.keys)) {
    if (key === "*" || key.endsWith("?") || Object.hasOwn(value, key)) continue;
    issues.add({ where, path: child(key), expected: "a value", found: "nothing" });
  }
  for (const [key, item] of Object.entries(value)) {
    const inner = own(shape.keys, key) ?? own(shape.keys, `${key}?`) ?? shape.keys["*"];
    if (inner !== undefined) checkShape(item, inner, where, issues, child(key));
    else issues.add({ where, path: child(key), expected: `one of ${known(shape)}`, found: "an unknown key" });
  }
}

function own(keys: Readonly<Record<string, Shape>>, key: string): Shape | undefined {
  return Object.hasOwn(keys, key) ? keys[key] : undefined;
}

function known(shape: ObjectShape): string {
  return Object.keys(shape.keys)
    .map((key) => key.replace(/\?$/, ""))
    .join(", ");
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value !== null && typeof value === "object") return "an object";
  return typeof value === "string" ? quote(value) : String(value);
}

export const isText: Check = (value) => (typeof value === "string" ? null : "a text");
export const isFlag: Check = (value) => (typeof value === "boolean" ? null : "true or false");
export const isCount: Check = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? null : "a non-negative integer";
export const isSha256: Check = (value) => (typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? null : "64 hex digits");

export function orNull(check: Check): Check {
  return (value) => {
    const expected = value === null ? null : check(value);
    return expected === null ? null : `${expected} or null`;
  };
}
