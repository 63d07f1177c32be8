import { ARRIVALS_EXPECTED, readArrivals } from "../arrivals.ts";
import { TIME_UNITS, type TimeUnit } from "../convert.ts";
import { type Check, checkShape, isText, type Shape } from "../document-shape.ts";
import { IssueList } from "../issue-list.ts";
import { InputError } from "../issues.ts";
import { MAX_AMOUNT } from "../laws.ts";
import { readMappingText } from "../mapping-file.ts";
import { BUILTIN_SERIES } from "./builtin-series.ts";

/** The four amounts as columns are called. */
export const AMOUNTS = ["cpu_millis", "memory_mib", "gpu_millis", "network_kbps"] as const;
export type Amount = (typeof AMOUNTS)[number];

/** How the columns of a table of time series become samples of use, or requests. */
export interface SeriesMapping {
  /** long: a row a time and series. wide: a row a time, a column a series. */
  readonly layout: "long" | "wide";
  readonly time: { readonly column: string; readonly unit: TimeUnit };
  /** Length of a sample, or of the step in which requests are counted. */
  readonly windowMs: number;
  /** Whether a time is the start of its sample or, the default, its end. */
  readonly stamp?: "start" | "end";
  /** long: the columns that name a series, joined by "/": a user. */
  readonly series?: readonly string[];
  /** wide: the columns that are series; default: all but the time. */
  readonly columns?: readonly string[];
  /** long: the column of each amount. wide: one amount, without a column. The value there × `scale` (default 1), rounded up. */
  readonly amounts?: Readonly<Partial<Record<Amount, { readonly column?: string; readonly scale?: number }>>>;
  /** Instead of amounts: what each value × `scale` (default 1) is the number of, a step. */
  readonly requests?: {
    /** long only. */
    readonly column?: string;
    readonly scale?: number;
    /** How long each runs. */
    readonly runMs: number;
    /** `even` (default) or `uniform:SEED`, where in its step a request falls. */
    readonly arrivals?: string;
    /** long: the columns that name the app, joined by "/"; default: one app, `service`. */
    readonly app?: readonly string[];
    /** What each asks for; what it leaves out is a default. */
    readonly requested?: Readonly<Partial<Record<Amount, number>>>;
  };
  /** long: their column → the values of which a row must have one. */
  readonly keep?: Readonly<Record<string, readonly (string | number)[]>>;
  /** What the scales suppose, in words, for the reports. */
  readonly assume?: readonly string[];
  readonly source?: { readonly license: string; readonly citation: string; readonly homePage: string };
}

const oneOf =
  (values: readonly string[]): Check =>
  (value) =>
    values.includes(value as string) ? null : values.join(" or ");
const isWindow: Check = (value) =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_AMOUNT ? null : `ms from 1 to ${MAX_AMOUNT}`;
const isScale: Check = (value) =>
  typeof value === "number" && value > 0 && value < 1e15 ? null : "a number above 0 and below 1e15";
const isAmount: Check = (value) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_AMOUNT
    ? null
    : `an integer from 0 to ${MAX_AMOUNT}`;
const isName: Check = (value) => (typeof value === "string" && value !== "" ? null : "a column's name");
const isValue: Check = (value) => (typeof value === "string" || Number.isFinite(value) ? null : "a text or a number");

const SHAPE: Shape = {
  keys: {
    layout: oneOf(["long", "wide"]),
    time: { keys: { column: isName, unit: oneOf(TIME_UNITS) } },
    windowMs: isWindow,
    "stamp?": oneOf(["start", "end"]),
    "series?": { each: isName },
    "columns?": { each: isName },
    "amounts?": {
      keys: Object.fromEntries(AMOUNTS.map((name) => [`${name}?`, { keys: { "column?": isName, "scale?": isScale } }])),
    },
    "requests?": {
      keys: {
        "column?": isName,
        "scale?": isScale,
        runMs: isWindow,
        "arrivals?": (value) => (typeof value === "string" && readArrivals(value) !== null ? null : ARRIVALS_EXPECTED),
        "app?": { each: isName },
        "requested?": { keys: Object.fromEntries(AMOUNTS.map((name) => [`${name}?`, isAmount])) },
      },
    },
    "keep?": { keys: { "*": { each: isValue } } },
    "assume?": { each: isText },
    "source?": { keys: { license: isText, citation: isText, homePage: isText } },
  },
};

/**
 * A mapping written in YAML.
 * @throws InputError with a path into the document for each thing wrong.
 */
export async function parseSeriesMapping(text: string, where: string): Promise<SeriesMapping> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text, { prettyErrors: true });
  const issues = new IssueList();
  for (const { linePos, message } of document.errors) {
    const line = linePos?.[0].line;
    issues.add({ where, ...(line === undefined ? {} : { line }), expected: "YAML", found: message.split("\n")[0] as string });
  }
  issues.throwIfAny();
  let mapping: unknown;
  try {
    mapping = document.toJS();
  } catch (error) {
    throw new InputError([{ where, expected: "YAML without such references", found: (error as Error).message }]);
  }
  checkShape(mapping, SHAPE, where, issues);
  issues.throwIfAny();
  checkLayout(mapping as SeriesMapping, where, issues);
  issues.throwIfAny();
  return mapping as SeriesMapping;
}

function checkLayout(mapping: SeriesMapping, where: string, issues: IssueList): void {
  const { layout, series = [], columns, amounts, requests, keep } = mapping;
  const given = Object.entries(amounts ?? {});
  const refuse = (path: string, expected: string, found: string) => issues.add({ where, path, expected, found });
  if ((amounts === undefined) === (requests === undefined)) {
    refuse("amounts", "either amounts, for samples of use, or requests", amounts === undefined ? "neither" : "both");
    return;
  }
  if (requests !== undefined) {
    const { column, app } = requests;
    if (layout === "long" && column === undefined) refuse("requests.column", "a column", "nothing");
    if (layout === "wide" && column !== undefined) refuse("requests.column", "nothing: each column is a series", column);
    if (layout === "wide" && app !== undefined) refuse("requests.app", "nothing: it belongs to the layout long", "a list");
  }
  if (layout === "long") {
    if (series.length === 0) refuse("series", "the columns that name a series", "none");
    if (columns !== undefined) refuse("columns", "nothing: it belongs to the layout wide", "a list");
    if (given.length === 0 && requests === undefined) refuse("amounts", `at least one of ${AMOUNTS.join(", ")}`, "none");
    for (const [name, amount] of given) if (amount.column === undefined) refuse(`amounts.${name}.column`, "a column", "nothing");
    return;
  }
  if (series.length > 0) refuse("series", "nothing: it belongs to the layout long", "a list");
  if (keep !== undefined) refuse("keep", "nothing: it belongs to the layout long", "an object");
  if (given.length !== 1 && requests === undefined) refuse("amounts", `one of ${AMOUNTS.join(", ")}`, `${given.length} of them`);
  for (const [name, amount] of given) {
    if (amount.column !== undefined) refuse(`amounts.${name}.column`, "nothing: each column is a series", amount.column);
  }
}

/** The mapping of a file, or of `builtin:NAME`. */
export async function loadSeriesMapping(path: string): Promise<SeriesMapping> {
  return parseSeriesMapping(readMappingText(path, BUILTIN_SERIES), path);
}
