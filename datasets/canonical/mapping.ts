import { TIME_UNITS, type TimeUnit } from "../convert.ts";
import { type Check, checkShape, isText, type Shape } from "../document-shape.ts";
import { IssueList, quote } from "../issue-list.ts";
import { InputError } from "../issues.ts";
import { readMappingText } from "../mapping-file.ts";
import { BUILTIN_MAPPINGS } from "./builtin-mappings.ts";
import { CANONICAL_LAYOUTS, CANONICAL_TABLES, type CanonicalTable } from "./tables.ts";

/** A column by its name there; with the unit of a time there, or what an amount there is multiplied by; or one value for all rows. */
export type ColumnMapping =
  | string
  | { readonly column: string; readonly unit?: TimeUnit; readonly scale?: number }
  | { readonly constant: string | number | boolean };

/** Where a table is, and what its columns are called there. */
export interface TableMapping {
  /** File name in the folder (`x.csv` is found as `x.csv.gz` too); default: the table's own, `.csv`, `.csv.gz` or `.parquet`. */
  readonly file?: string;
  /** By our name. */
  readonly columns?: Readonly<Record<string, ColumnMapping>>;
  /** Their column → the values of which a row must have one; others are dropped, and counted. */
  readonly keep?: Readonly<Record<string, readonly (string | number | boolean)[]>>;
}

/** Whose trace it is, for the manifest. */
export interface MappedSource {
  readonly license: string;
  readonly citation: string;
  readonly homePage: string;
}

export interface Mapping extends Readonly<Partial<Record<CanonicalTable, TableMapping>>> {
  readonly source?: MappedSource;
}

const isTableFile: Check = (value) =>
  typeof value === "string" && /\.(csv|csv\.gz|parquet)$/.test(value)
    ? null
    : "a file name that ends in .csv, .csv.gz or .parquet";

const isValue: Check = (value) =>
  typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))
    ? null
    : "a text, a number, true or false";

/** How a column of that name may be mapped. */
function columnCheck(column: string, isTextColumn: boolean): Check {
  const isTime = column.endsWith("_ms");
  const unit = isTime ? `, unit: ${TIME_UNITS.join(" or ")}` : isTextColumn ? "" : ", scale: a number above 0";
  const expected = `a column's name, { column: its name${unit} } or { constant: a value }`;
  return (value) => {
    if (typeof value === "string") return null;
    if (value === null || typeof value !== "object" || Array.isArray(value)) return expected;
    const { column: named, unit: given, scale, constant, ...others } = value as Record<string, unknown>;
    if (Object.keys(others).length > 0 || (named === undefined) === (constant === undefined)) return expected;
    if (constant !== undefined) return given === undefined && scale === undefined && isValue(constant) === null ? null : expected;
    const unitFits = given === undefined || (isTime && TIME_UNITS.includes(given as TimeUnit));
    const scaleFits = scale === undefined || (!isTime && !isTextColumn && typeof scale === "number" && scale > 0 && scale < 1e15);
    return typeof named === "string" && unitFits && scaleFits ? null : expected;
  };
}

const MAPPING: Shape = {
  keys: {
    "source?": { keys: { license: isText, citation: isText, homePage: isText } },
    ...Object.fromEntries(
      CANONICAL_TABLES.map((table) => {
        const { required, optional, texts } = CANONICAL_LAYOUTS[table];
        const columns = Object.fromEntries(
          [...required, ...optional].map((column) => [`${column}?`, columnCheck(column, texts.includes(column))]),
        );
        const keep = { keys: { "*": { each: isValue } } };
        return [`${table}?`, { keys: { "file?": isTableFile, "columns?": { keys: columns }, "keep?": keep } }];
      }),
    ),
  },
};

/** A source column may be converted for one of ours, not left as it is for another. */
function checkConversions(mapping: Mapping, where: string, issues: IssueList): void {
  for (const table of CANONICAL_TABLES) {
    const named = Object.entries(mapping[table]?.columns ?? {}).flatMap(([ours, mapped]) => {
      if (typeof mapped === "string") return [{ ours, theirs: mapped, converted: false }];
      return "column" in mapped ? [{ ours, theirs: mapped.column, converted: true }] : [];
    });
    for (const { ours, theirs, converted } of named) {
      if (!converted || named.every((other) => other.ours === ours || other.theirs !== theirs)) continue;
      issues.add({ where, path: `${table}.columns.${ours}`, expected: "a column named once", found: `${quote(theirs)} again` });
    }
  }
}

/**
 * A mapping written in YAML: `requests: { file: jobs.csv, columns: { user_id: owner, run_ms: { column: seconds, unit: s } } }`.
 * @throws InputError with a path into the document for each thing wrong.
 */
export async function parseMapping(text: string, where: string): Promise<Mapping> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text, { prettyErrors: true });
  const issues = new IssueList();
  for (const error of document.errors) {
    const line = error.linePos?.[0].line;
    issues.add({
      where,
      ...(line === undefined ? {} : { line }),
      expected: "YAML",
      found: error.message.split("\n")[0] as string,
    });
  }
  issues.throwIfAny();
  let mapping: unknown;
  try {
    mapping = document.toJS();
  } catch (error) {
    // References without end, or to nothing.
    throw new InputError([{ where, expected: "YAML without such references", found: (error as Error).message }]);
  }
  checkShape(mapping, MAPPING, where, issues);
  issues.throwIfAny();
  checkConversions(mapping as Mapping, where, issues);
  issues.throwIfAny();
  return mapping as Mapping;
}

/** The mapping of a file, or of `builtin:NAME`. */
export async function loadMapping(path: string): Promise<Mapping> {
  return parseMapping(readMappingText(path, BUILTIN_MAPPINGS), path);
}

/** Our name → theirs. */
export function namesOf({ columns = {} }: TableMapping): Record<string, string> {
  const names: [string, string][] = Object.entries(columns).flatMap(([ours, mapped]) => {
    if (typeof mapped === "string") return [[ours, mapped]];
    return "column" in mapped ? [[ours, mapped.column]] : [];
  });
  return Object.fromEntries(names);
}

/** Times from dates are Unix time. */
export function hasDates(mapping: Mapping | undefined): boolean {
  const tables = CANONICAL_TABLES.map((table) => mapping?.[table]?.columns ?? {});
  return tables.some((columns) =>
    Object.values(columns).some((mapped) => typeof mapped === "object" && "unit" in mapped && mapped.unit === "datetime"),
  );
}
