import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Policy } from "../../allocator/core/policy.ts";
import { parseDurationMs, policyFromDocument } from "../../allocator/policy-document.ts";
import { PolicyError } from "../../allocator/policy-issue.ts";
import { policyFromText, splitPolicies } from "../../allocator/policy-text.ts";
import { InputError, type Issue } from "../../datasets/issues.ts";
import { orderedJson } from "../../datasets/ordered-json.ts";
import type { Trace } from "../../datasets/trace.ts";
import { type ClusterSpec, clusterOf, UNLIMITED } from "../cluster-spec.ts";
import { isUsageTrace, USAGE_LIMITS } from "../measured-use.ts";
import type { Prices, UsageSettings } from "../run-record.ts";
import { clusterFromDocument } from "./cluster-document.ts";
import { instantForms, instantOf } from "./instant.ts";
import { type Setting, setFields } from "./what-if/settings.ts";

/** What people give the verbs, read and checked. Every function throws InputError with all the issues it found. */

export interface NamedPolicy {
  /** As it was written. */
  readonly text: string;
  readonly policy: Policy;
  /** What the same name means on a trace of usage alone, where that is something else. */
  readonly usagePolicy?: Policy;
}

/** What a named policy is on a trace of requests, or of usage alone. */
export function policyOn(trace: Trace, { policy, usagePolicy }: NamedPolicy): Policy {
  return isUsageTrace(trace) ? (usagePolicy ?? policy) : policy;
}

/** `name`, `name:key=value,…` or a `.yaml` file, several separated by commas. */
export async function readPolicies(list: string, flag = "--policies"): Promise<NamedPolicy[]> {
  const texts = splitPolicies(list);
  const issues: Issue[] = [];
  if (texts.length === 0) issues.push({ where: flag, expected: "at least one policy", found: "none" });
  const policies: NamedPolicy[] = [];
  for (const text of texts) {
    const isFile = /\.(ya?ml|json)$/i.test(text);
    try {
      const policy = isFile ? policyFromDocument(await readYaml(text)) : policyFromText(text);
      const same = policies.find((other) => digestOf(other.policy) === digestOf(policy));
      if (same !== undefined) {
        const found = same.text === text ? `"${text}" twice` : `"${text}", which is "${same.text}"`;
        issues.push({ where: flag, expected: "each policy once", found });
      }
      const usagePolicy = isFile ? policy : policyFromText(text, "usage");
      policies.push({ text, policy, ...(digestOf(usagePolicy) === digestOf(policy) ? {} : { usagePolicy }) });
    } catch (error) {
      const where = isFile ? text : flag;
      if (error instanceof PolicyError) issues.push(...error.issues.map((issue) => ({ where, ...issue })));
      else if (error instanceof InputError) issues.push(...error.issues);
      else throw error;
    }
  }
  if (issues.length > 0) throw new InputError(issues);
  return policies;
}

/** Likewise, where one is asked for. */
export async function readPolicy(text: string, flag: string): Promise<NamedPolicy> {
  const [policy, ...others] = await readPolicies(text, flag);
  if (policy !== undefined && others.length === 0) return policy;
  throw new InputError([{ where: flag, expected: "one policy", found: `${others.length + 1}` }]);
}

/** A YAML (or JSON) file as data. */
export async function readYaml(path: string): Promise<unknown> {
  const { parseDocument } = await import("yaml");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const found = code === "ENOENT" ? "nothing there" : code === "EISDIR" ? "a directory" : null;
    if (found === null) throw error;
    throw new InputError([{ where: path, expected: "a YAML file", found }]);
  }
  const document = parseDocument(text, { prettyErrors: false });
  if (document.errors.length > 0) {
    throw new InputError(
      document.errors.map(({ code, message, pos }) => ({
        where: path,
        line: text.slice(0, pos[0]).split("\n").length,
        expected: "YAML, one document",
        found: code === "MULTIPLE_DOCS" ? "a second one" : (message.split("\n")[0] ?? "something else"),
      })),
    );
  }
  try {
    const data: unknown = document.toJS();
    JSON.stringify(data);
    return data;
  } catch (error) {
    // References to nothing, to themselves, or without end.
    const found = (error as Error).message.split("\n")[0] as string;
    throw new InputError([{ where: path, expected: "YAML without such references", found }]);
  }
}

/**
 * `on-demand` (also where nothing is said), `spot`, `reserved`, or a YAML file.
 * @param settings fields of it to be otherwise.
 * @param standing what holds where nothing is said.
 */
export async function readPrices(
  text: string | undefined,
  settings: readonly Setting[] = [],
  standing?: Prices,
): Promise<Prices> {
  const { DEFAULT_PRICES, parsePrices, PRICE_TABLES } = await import("../../reports/prices.ts");
  const set = settings.filter(({ scope }) => scope === "prices");
  if (text !== undefined && !Object.hasOwn(PRICE_TABLES, text) && !existsSync(text)) {
    const expected = `${Object.keys(PRICE_TABLES).join(", ")}, or a YAML file`;
    throw new InputError([{ where: "--prices", expected, found: JSON.stringify(text) }]);
  }
  const table = text === undefined ? (standing ?? DEFAULT_PRICES) : PRICE_TABLES[text];
  if (table !== undefined && set.length === 0) return table;
  const document = table === undefined ? await readYaml(text as string) : text === undefined ? table : { table: text };
  const issues: Issue[] = [];
  const changed = setFields(document, set, issues);
  if (issues.length > 0) throw new InputError(issues);
  return parsePrices(changed, set.length > 0 ? "--set" : text);
}

/**
 * An instant of a trace, such as that when scoring begins; without a text, the start.
 * @param where the flag that gave it.
 */
export function readEvaluateFrom(text: string | undefined, trace: Trace, where = "--evaluate-from"): number {
  if (text === undefined) return trace.manifest.window.startMs;
  const atMs = instantOf(text, trace);
  if (atMs !== null) return atMs;
  throw new InputError([{ where, expected: instantForms(trace), found: JSON.stringify(text) }]);
}

/** `--limit` and `--grace`: how a usage trace is run and scored. */
export function readUsage(limitText: string | undefined, graceText: string | undefined): UsageSettings {
  const limit = limitText === undefined ? "none" : USAGE_LIMITS.find((known) => known === limitText);
  const graceMs = graceText === undefined ? null : parseDurationMs(graceText);
  const issues: Issue[] = [];
  if (limit === undefined)
    issues.push({ where: "--limit", expected: USAGE_LIMITS.join(" or "), found: JSON.stringify(limitText) });
  if (graceText !== undefined && graceMs === null)
    issues.push({ where: "--grace", expected: "a duration, such as 0s, 5m or 1h", found: JSON.stringify(graceText) });
  if (limit === undefined || issues.length > 0) throw new InputError(issues);
  return { limit, graceMs };
}

/** `--cluster unlimited`, or a YAML file; without it the trace's own nodes, and no limit where it has none. */
export async function readCluster(text: string | undefined, trace: Trace): Promise<ClusterSpec> {
  if (text === undefined) return clusterOf(trace);
  return text === "unlimited" ? UNLIMITED : clusterFromDocument(await readYaml(text), text);
}

export function readSeed(seed: number): number {
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new InputError([{ where: "--seed", expected: "a whole number of at least 0", found: String(seed) }]);
}

/** SHA-256, hex, of data with its keys in order: equal data, equal digest. */
export function digestOf(data: unknown): string {
  return createHash("sha256").update(orderedJson(data)).digest("hex");
}
