import { readFileSync } from "node:fs";
import { type Check, checkShape, isText, type Shape } from "../document-shape.ts";
import { IssueList } from "../issue-list.ts";
import { InputError } from "../issues.ts";
import { CANONICAL_LAYOUTS, CANONICAL_TABLES, type CanonicalTable } from "./tables.ts";

/** Where a table is, and what its columns are called there. */
export interface TableMapping {
  /** File name in the folder; default: the table's own, `.csv`, `.csv.gz` or `.parquet`. */
  readonly file?: string;
  /** Our name → theirs. */
  readonly columns?: Readonly<Record<string, string>>;
}

export type Mapping = Readonly<Partial<Record<CanonicalTable, TableMapping>>>;

const isTableFile: Check = (value) =>
  typeof value === "string" && /\.(csv|csv\.gz|parquet)$/.test(value)
    ? null
    : "a file name that ends in .csv, .csv.gz or .parquet";

const MAPPING: Shape = {
  keys: Object.fromEntries(
    CANONICAL_TABLES.map((table) => {
      const { required, optional } = CANONICAL_LAYOUTS[table];
      const columns = Object.fromEntries([...required, ...optional].map((column) => [`${column}?`, isText]));
      return [`${table}?`, { keys: { "file?": isTableFile, "columns?": { keys: columns } } }];
    }),
  ),
};

/**
 * A mapping written in YAML: `requests: { file: jobs.csv, columns: { user_id: owner } }`.
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
  return mapping as Mapping;
}

export async function loadMapping(path: string): Promise<Mapping> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "EISDIR") throw error;
    throw new InputError([{ where: path, expected: "a mapping file", found: code === "ENOENT" ? "nothing there" : "a folder" }]);
  }
  return parseMapping(text, path);
}
