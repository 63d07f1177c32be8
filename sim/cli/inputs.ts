import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Policy } from "../../allocator/core/policy.ts";
import type { Resources } from "../../allocator/core/resources.ts";
import { parseDurationMs, policyFromDocument } from "../../allocator/policy-document.ts";
import { PolicyError } from "../../allocator/policy-issue.ts";
import { policyFromText, splitPolicies } from "../../allocator/policy-text.ts";
import { InputError, type Issue } from "../../datasets/issues.ts";
import type { Trace } from "../../datasets/trace.ts";
import { type ClusterSpec, clusterOf, type NodeSpec, type PoolSpec, UNLIMITED } from "../cluster-spec.ts";
import { USAGE_LIMITS } from "../measured-use.ts";
import type { Prices, UsageSettings } from "../run-record.ts";

/** What people give the verbs, read and checked. Every function throws InputError with all the issues it found. */

export interface NamedPolicy {
  /** As it was written. */
  readonly text: string;
  readonly policy: Policy;
}

/** `name`, `name:key=value,…` or a `.yaml` file, several separated by commas. */
export async function readPolicies(list: string, flag = "--policies"): Promise<NamedPolicy[]> {
  const texts = splitPolicies(list);
  const issues: Issue[] = [];
  if (texts.length === 0) issues.push({ where: flag, expected: "at least one policy", found: "none" });
  const seen = new Set<string>();
  const policies: NamedPolicy[] = [];
  for (const text of texts) {
    if (seen.has(text)) issues.push({ where: flag, expected: "each policy once", found: `"${text}" twice` });
    seen.add(text);
    try {
      policies.push({
        text,
        policy: /\.(ya?ml|json)$/i.test(text) ? policyFromDocument(await readYaml(text)) : policyFromText(text),
      });
    } catch (error) {
      if (error instanceof PolicyError) issues.push(...error.issues.map((issue) => ({ where: flag, ...issue })));
      else if (error instanceof InputError) issues.push(...error.issues);
      else throw error;
    }
  }
  if (issues.length > 0) throw new InputError(issues);
  return policies;
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
      document.errors.map(({ message, pos }) => ({
        where: path,
        line: text.slice(0, pos[0]).split("\n").length,
        expected: "YAML",
        found: message.split("\n")[0] ?? "something else",
      })),
    );
  }
  return document.toJS() as unknown;
}

/** `on-demand` (also where nothing is said), `spot`, `reserved`, or a YAML file. */
export async function readPrices(text: string | undefined): Promise<Prices> {
  const { DEFAULT_PRICES, parsePrices, PRICE_TABLES } = await import("../../reports/prices.ts");
  if (text === undefined) return DEFAULT_PRICES;
  const table = PRICE_TABLES[text];
  if (table !== undefined) return table;
  if (!existsSync(text)) {
    const expected = `${Object.keys(PRICE_TABLES).join(", ")}, or a YAML file`;
    throw new InputError([{ where: "--prices", expected, found: JSON.stringify(text) }]);
  }
  return parsePrices(await readYaml(text), text);
}

/**
 * When scoring begins: a duration after the trace's start ("14d"), a trace time in ms, or a date where the trace knows its epoch.
 */
export function readEvaluateFrom(text: string | undefined, trace: Trace): number {
  const { window, epochMs } = trace.manifest;
  if (text === undefined) return window.startMs;
  const duration = parseDurationMs(text);
  const date = epochMs !== null && /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) - epochMs : Number.NaN;
  const atMs = duration !== null ? window.startMs + duration : /^\d+$/.test(text) ? Number(text) : date;
  if (Number.isSafeInteger(atMs) && atMs >= window.startMs && atMs < window.endMs) return atMs;
  const expected = `a duration after the trace's start (14d), or a time in ms in [${window.startMs}, ${window.endMs})`;
  throw new InputError([{ where: "--evaluate-from", expected, found: JSON.stringify(text) }]);
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

const MOST_NODES = 100_000;

/**
 *     pools:
 *       - { name: general, nodes: 24, capacity: { cpuMillis: 32000, memoryMiB: 131072 } }
 *       - { name: burst, unlimited: true }
 */
export function clusterFromDocument(document: unknown, where: string): ClusterSpec {
  const issues: Issue[] = [];
  const note = (path: string, expected: string, value: unknown) => {
    issues.push({ where, path, expected, found: value === undefined ? "nothing" : JSON.stringify(value) });
  };
  const pools = isMapping(document) ? document["pools"] : undefined;
  if (!Array.isArray(pools) || pools.length === 0) note("pools", "a list of pools", pools);
  const specs: PoolSpec[] = [];
  for (const [i, pool] of (Array.isArray(pools) ? pools : []).entries()) {
    const at = `pools[${i}]`;
    if (!isMapping(pool)) {
      note(at, "a mapping with name, nodes and capacity, or name and unlimited", pool);
      continue;
    }
    for (const key of Object.keys(pool)) {
      if (!["name", "nodes", "capacity", "unlimited"].includes(key))
        note(`${at}.${key}`, "name, nodes, capacity or unlimited", pool[key]);
    }
    const name = pool["name"] ?? `pool-${i}`;
    if (typeof name !== "string" || name === "" || specs.some((spec) => spec.name === name))
      note(`${at}.name`, "a name of its own", name);
    const count = pool["nodes"];
    const unlimited = pool["unlimited"] === true;
    const isCount = typeof count === "number" && Number.isInteger(count) && count >= 1 && count <= MOST_NODES;
    if (!unlimited && !isCount) note(`${at}.nodes`, `a whole number from 1 to ${MOST_NODES}`, count);
    const capacity = unlimited ? null : readCapacity(pool["capacity"], `${at}.capacity`, note);
    specs.push({ name: String(name), nodes: capacity === null || !isCount ? null : nodesOf(String(name), count, capacity) });
  }
  if (issues.length > 0) throw new InputError(issues);
  return { pools: specs };
}

function nodesOf(pool: string, count: number, capacity: Resources): NodeSpec[] {
  return Array.from({ length: count }, (_, k) => ({ name: `${pool}-${k}`, capacity }));
}

function readCapacity(value: unknown, at: string, note: (path: string, expected: string, value: unknown) => void): Resources {
  const amounts = { cpuMillis: 0, memoryMiB: 0, gpuMillis: 0, networkKbps: 0 };
  if (!isMapping(value)) {
    note(at, "a mapping with cpuMillis, memoryMiB, gpuMillis, networkKbps", value);
    return amounts;
  }
  for (const [key, amount] of Object.entries(value)) {
    const isAmount = typeof amount === "number" && Number.isInteger(amount) && amount >= 0 && amount < 2 ** 32;
    if (!Object.hasOwn(amounts, key)) note(`${at}.${key}`, Object.keys(amounts).join(", "), amount);
    else if (!isAmount) note(`${at}.${key}`, "a whole number of at least 0", amount);
    else amounts[key as keyof typeof amounts] = amount;
  }
  return amounts;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function readSeed(seed: number): number {
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new InputError([{ where: "--seed", expected: "a whole number of at least 0", found: String(seed) }]);
}

/** SHA-256, hex, of data with its keys in order: equal data, equal digest. */
export function digestOf(data: unknown): string {
  const ordered = (_key: string, value: unknown) =>
    isMapping(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
  return createHash("sha256").update(JSON.stringify(data, ordered)).digest("hex");
}
