import { splitPolicies } from "../../../allocator/policy-text.ts";
import { InputError, type Issue } from "../../../datasets/issues.ts";
import type { NamedPolicy } from "../inputs.ts";
import { readPolicies, readYaml } from "../inputs.ts";

/** More runs than this are a slip of the hand. */
const MOST_POLICIES = 10_000;
/** Stands for a comma within braces while the list is split. */
const INNER_COMMA = "\u0000";

/**
 * Every policy of a grid, in the order written, the last parameter changing fastest:
 * `keep-alive:ttl={1m,5m},reactive` → `keep-alive:ttl=1m`, `keep-alive:ttl=5m`, `reactive`.
 * @throws InputError when braces do not match.
 */
export function expandGrid(list: string, where: string): string[] {
  const flat = list.replace(/\{[^{}]*\}/g, (group) => group.replaceAll(",", INNER_COMMA));
  const policies = splitPolicies(flat).flatMap((policy) => expand(policy, where));
  if (policies.length > MOST_POLICIES) {
    throw new InputError([{ where, expected: `at most ${MOST_POLICIES} policies`, found: String(policies.length) }]);
  }
  return policies;
}

function expand(policy: string, where: string): string[] {
  const group = /\{([^{}]*)\}/.exec(policy);
  if (group === null) {
    if (!/[{}]/.test(policy)) return [policy];
    const found = JSON.stringify(policy.replaceAll(INNER_COMMA, ","));
    throw new InputError([{ where, expected: "braces in pairs, none within another: ttl={1m,5m}", found }]);
  }
  const before = policy.slice(0, group.index);
  const after = policy.slice(group.index + group[0].length);
  return (group[1] as string).split(INNER_COMMA).flatMap((value) => expand(`${before}${value.trim()}${after}`, where));
}

/**
 * A grid as a file:
 *
 *     policies:
 *       - { policy: keep-alive, ttl: [1m, 5m, 10m] }
 *       - { policy: reactive, margin: [1, 1.2], every: 1m }
 *       - clairvoyant
 *     seeds: 1..5
 */
export async function readGrid(path: string): Promise<{ readonly policies: string; readonly seeds: string | undefined }> {
  const document = await readYaml(path);
  const issues: Issue[] = [];
  const note = (at: string, expected: string, value: unknown) => {
    issues.push({ where: path, path: at, expected, found: value === undefined ? "nothing" : JSON.stringify(value) });
  };
  const root = isMapping(document) ? document : {};
  for (const key of Object.keys(root)) if (key !== "policies" && key !== "seeds") note(key, "policies or seeds", root[key]);
  const entries = root["policies"];
  if (!Array.isArray(entries) || entries.length === 0) note("policies", "a list of policies", entries);
  const texts = (Array.isArray(entries) ? entries : []).map((entry: unknown, index) => {
    if (typeof entry === "string") return entry;
    const name = isMapping(entry) ? entry["policy"] : undefined;
    if (!isMapping(entry) || typeof name !== "string") {
      note(`policies[${index}]`, "a policy, or a mapping of policy and its parameters", entry);
      return "";
    }
    const parameters = Object.entries(entry).filter(([key]) => key !== "policy");
    const written = parameters.map(([key, value]) => `${key}=${Array.isArray(value) ? `{${value.join(",")}}` : String(value)}`);
    return written.length === 0 ? name : `${name}:${written.join(",")}`;
  });
  const seeds = root["seeds"];
  const isSeeds = seeds === undefined || typeof seeds === "string" || typeof seeds === "number" || Array.isArray(seeds);
  if (!isSeeds) note("seeds", "1..5, or a list", seeds);
  if (issues.length > 0) throw new InputError(issues);
  return { policies: texts.join(","), seeds: seeds === undefined ? undefined : String(seeds) };
}

/** The policies of `--policies` or `--grid`, each read and checked once. */
export async function policiesOfGrid(list: string, where: string): Promise<NamedPolicy[]> {
  const texts = expandGrid(list, where);
  const issues: Issue[] = [];
  const policies: NamedPolicy[] = [];
  if (texts.length === 0) issues.push({ where, expected: "at least one policy", found: "none" });
  for (const [index, text] of texts.entries()) {
    if (texts.indexOf(text) !== index) {
      issues.push({ where, expected: "each policy once", found: `"${text}" twice` });
      continue;
    }
    try {
      policies.push(...(await readPolicies(text, where)));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      issues.push(...error.issues);
    }
  }
  if (issues.length > 0) throw new InputError(issues);
  return policies;
}

/** `3`, `1..5`, `1,2,7` → the seeds, ascending and each once. */
export function readSeeds(text: string): number[] {
  const seeds = text.split(",").flatMap((part) => {
    const range = /^\s*(\d+)\s*(?:\.\.\s*(\d+)\s*)?$/.exec(part);
    const first = Number(range?.[1] ?? Number.NaN);
    const last = range?.[2] === undefined ? first : Number(range[2]);
    const isRange = Number.isSafeInteger(first) && Number.isSafeInteger(last) && first <= last && last - first < 1000;
    return isRange ? Array.from({ length: last - first + 1 }, (_, index) => first + index) : [Number.NaN];
  });
  if (seeds.some(Number.isNaN)) {
    const expected = "whole numbers of at least 0: 1..5, or 1,2,7; at most 1000 in a range";
    throw new InputError([{ where: "--seeds", expected, found: JSON.stringify(text) }]);
  }
  return [...new Set(seeds)].sort((a, b) => a - b);
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
