/** What a signed document must look like: a check of one value, a list, or an object by key. */
export type Shape = Check | { readonly each: Shape } | { readonly keys: Readonly<Record<string, Shape>> };

/** `null` where the value is as expected, else what was expected. */
type Check = (value: unknown) => string | null;

export interface Misfit {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** Everything in which `value` differs from `shape`. In `keys`, `*` stands for every other key, which is refused without it. */
export function misfits(value: unknown, shape: Shape, path = ""): Misfit[] {
  const refuse = (expected: string): Misfit[] => [{ path, expected, found: describe(value) }];
  if (typeof shape === "function") {
    const expected = shape(value);
    return expected === null ? [] : refuse(expected);
  }
  if ("each" in shape) {
    if (!Array.isArray(value)) return refuse("a list");
    return value.flatMap((item, index) => misfits(item, shape.each, `${path}[${index}]`));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return refuse("an object");
  const at = (key: string) => (path === "" ? key : `${path}.${key}`);
  const { "*": others, ...known } = shape.keys;
  const missing = Object.keys(known).filter((key) => !Object.hasOwn(value, key));
  return [
    ...missing.map((key) => ({ path: at(key), expected: "a value", found: "nothing" })),
    ...Object.entries(value).flatMap(([key, item]) => {
      const own = Object.hasOwn(known, key) ? known[key] : others;
      if (own !== undefined) return misfits(item, own, at(key));
      return [{ path: at(key), expected: `one of ${Object.keys(known).join(", ")}`, found: "an unknown key" }];
    }),
  ];
}

/** A value in an issue, cut where it is long. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = value === undefined ? "nothing" : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

export const isText: Check = (value) => (typeof value === "string" && value !== "" ? null : "a text");
export const isNumber: Check = (value) => (typeof value === "number" ? null : "a number");
export const isFlag: Check = (value) => (typeof value === "boolean" ? null : "true or false");
export const isCount: Check = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? null : "a non-negative integer";
export const isSha256: Check = (value) => (typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? null : "64 hex digits");
export const isInstant: Check = (value) =>
  typeof value === "string" && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z$/.test(value)
    ? null
    : "an instant in UTC, ISO 8601";
export const isAnything: Check = () => null;

export function oneOf(...values: readonly (string | number)[]): Check {
  return (value) => (values.some((one) => one === value) ? null : values.map((one) => JSON.stringify(one)).join(" or "));
}

export function orNull(check: Check): Check {
  return (value) => {
    const expected = value === null ? null : check(value);
    return expected === null ? null : `${expected} or null`;
  };
}
