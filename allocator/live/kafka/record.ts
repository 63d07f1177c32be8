import type { PolicyIssue } from "../../policy-issue.ts";
import { Section } from "../../policy-section.ts";
import { readAmounts } from "../fleet.ts";
import type { Told } from "../ports.ts";

/** A record that can be read: what it tells, and its own id where it has one. */
export interface KafkaRecord {
  readonly id: string | null;
  readonly told: Told;
}

/** Larger ones are not looked at. */
const MOST_BYTES = 65_536;
const MOST_NAME = 253;
const MOST_WINDOW_MS = 86_400_000;

const KEYS = {
  arrived: ["kind", "id", "request", "user", "app", "requested"],
  ended: ["kind", "id", "request"],
  usage: ["kind", "id", "user", "used", "windowMs", "saturated"],
} as const;

/**
 * What a record's value says: one JSON object, of a closed set of kinds.
 *
 *     { "kind": "arrived", "request": "r1", "user": "alice", "app": "notebook", "requested": { "cpuMillis": 500 } }
 *     { "kind": "ended", "request": "r1" }
 *     { "kind": "usage", "id": "7f3a", "user": "alice", "used": { "cpuMillis": 250, "memoryMiB": 900 }, "windowMs": 60000, "saturated": false }
 *
 * `requested` may be left out (the app's own size), as may `id` and `saturated`; an amount that is left out is 0.
 * @returns what is wrong with it, where it says nothing that can be read.
 */
export function readRecord(value: Uint8Array | null | undefined): KafkaRecord | readonly PolicyIssue[] {
  if (value == null || value.length === 0) return [{ path: "(record)", expected: "a JSON object", found: "nothing" }];
  if (value.length > MOST_BYTES)
    return [{ path: "(record)", expected: `at most ${MOST_BYTES} bytes`, found: `${value.length} bytes` }];
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value));
  } catch (error) {
    return [{ path: "(record)", expected: "a JSON object in UTF-8", found: (error as Error).message }];
  }
  const issues: PolicyIssue[] = [];
  const kinds = Object.keys(KEYS) as (keyof typeof KEYS)[];
  const isMapping = typeof document === "object" && document !== null && !Array.isArray(document);
  const kind = isMapping ? (document as { kind?: unknown }).kind : undefined;
  const known = kinds.find((one) => one === kind);
  if (known === undefined) {
    new Section(isMapping ? { kind } : document, "", ["kind"], issues).choice("kind", kinds, "usage");
    if (issues.length === 0) issues.push({ path: "kind", expected: `one of ${kinds.join(", ")}`, found: "nothing" });
    return issues;
  }
  const section = new Section(document, "", KEYS[known], issues);
  const id = section.value("id") === undefined ? null : name(section, "id");
  const told = read(known, section, issues);
  return issues.length > 0 ? issues : { id, told };
}

function read(kind: keyof typeof KEYS, section: Section, issues: PolicyIssue[]): Told {
  if (kind === "ended") return { kind, request: name(section, "request") };
  if (kind === "arrived") {
    const given = section.value("requested") ?? null;
    const requested = given === null ? null : readAmounts(given, "requested", issues);
    return { kind, request: name(section, "request"), user: name(section, "user"), app: name(section, "app"), requested };
  }
  const saturated = section.value("saturated") ?? false;
  if (typeof saturated !== "boolean") section.note("saturated", "true or false");
  const used = readAmounts(section.value("used"), "used", issues);
  const windowMs = section.whole("windowMs", 0, 1, MOST_WINDOW_MS);
  return { kind, user: name(section, "user"), used, windowMs, saturated: saturated === true };
}

function name(section: Section, key: string): string {
  const value = section.value(key);
  if (typeof value === "string" && value !== "" && value.length <= MOST_NAME) return value;
  section.note(key, `a name of 1 to ${MOST_NAME} characters`);
  return "";
}
