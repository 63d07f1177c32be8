import { type Check, checkShape, isCount, isFlag, isSha256, isText, orNull, type Shape } from "./document-shape.ts";
import { IssueList } from "./issue-list.ts";
import { InputError } from "./issues.ts";
import type { TraceManifest } from "./trace.ts";

export const TABLE_NAMES = ["tiers", "users", "apps", "nodes", "requests", "usage", "context"] as const;
export type TableName = (typeof TABLE_NAMES)[number];

/** One Parquet file of a trace directory. */
export interface StoredTable {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** `manifest.json`: the trace's manifest, and what must be found beside it. */
export interface StoredManifest extends TraceManifest {
  /** Whether the requests have the source's ids. */
  readonly requestIds: boolean;
  readonly tables: Readonly<Partial<Record<TableName, StoredTable>>>;
}

const isVersion: Check = (value) => (value === 1 ? null : "1, the schema version this program reads");
const isEpoch: Check = (value) => (Number.isSafeInteger(value) ? null : "an integer");
const isScalar: Check = (value) => (value === null || typeof value !== "object" ? null : "a single value");

const TABLE: Shape = { keys: { rows: isCount, bytes: isCount, sha256: isSha256 } };

const STORED_MANIFEST: Shape = {
  keys: {
    schemaVersion: isVersion,
    name: isText,
    source: {
      keys: {
        importer: isText,
        options: { keys: { "*": isScalar } },
        files: { each: { keys: { name: isText, bytes: isCount, sha256: isSha256 } } },
      },
    },
    synthetic: isFlag,
    composite: isFlag,
    license: isText,
    citation: isText,
    homePage: orNull(isText),
    digest: isSha256,
    window: { keys: { startMs: isCount, endMs: isCount } },
    epochMs: orNull(isEpoch),
    rowsRead: { keys: { "*": isCount } },
    rowsDropped: { each: { keys: { table: isText, reason: isText, count: isCount } } },
    defaults: { each: isText },
    notes: { each: isText },
    requestIds: isFlag,
    tables: {
      keys: {
        tiers: TABLE,
        users: TABLE,
        apps: TABLE,
        requests: TABLE,
        "nodes?": TABLE,
        "usage?": TABLE,
        "context?": TABLE,
      },
    },
  },
};

/** @throws InputError listing what is wrong with the text of a `manifest.json`. */
export function parseStoredManifest(text: string, where: string): StoredManifest {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new InputError([{ where, expected: "a JSON document", found: (error as Error).message }]);
  }
  const issues = new IssueList();
  checkShape(document, STORED_MANIFEST, where, issues);
  issues.throwIfAny();
  return document as StoredManifest;
}
