import type { UserQuotaSpec, UserQuotasSpec } from "./core/policy.ts";
import { RESOURCE_NAMES } from "./core/resources.ts";
import { MOST_AMOUNT } from "./policy-amounts.ts";
import type { PolicyIssue } from "./policy-issue.ts";
import { Section } from "./policy-section.ts";

const KEYS = ["each", "roles", "named"];
const MOST_INSTANCES = 1_000_000;

/**
 * What each user may hold. Of several that speak for a user, its name comes first, then its role, then `each`: key by key. `undefined`: nothing is said.
 *
 *     quotas:
 *       users:
 *         each: { instances: 3, max: { cpuMillis: 16000 } }
 *         roles: { intern: { instances: 1 } }
 *         named: { alice: { instances: 8, max: { cpuMillis: unlimited } } }
 */
export function readUserQuotas(value: unknown, issues: PolicyIssue[]): UserQuotasSpec | undefined {
  if (value === undefined) return undefined;
  const section = new Section(value, "quotas.users", KEYS, issues);
  if (KEYS.every((key) => section.value(key) === undefined)) section.note("", `at least one of ${KEYS.join(", ")}`);
  const given = section.value("each");
  const each = given === undefined ? undefined : readQuota(given, "quotas.users.each", issues);
  const roles = readNamed(section.value("roles"), "quotas.users.roles", issues);
  const named = readNamed(section.value("named"), "quotas.users.named", issues);
  return {
    ...(each === undefined ? {} : { each }),
    ...(roles === undefined ? {} : { roles }),
    ...(named === undefined ? {} : { named }),
  };
}

function readNamed(value: unknown, path: string, issues: PolicyIssue[]): Readonly<Record<string, UserQuotaSpec>> | undefined {
  if (value === undefined) return undefined;
  const names = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  if (names.length === 0) {
    issues.push({ path, expected: "a mapping from names to their quotas", found: JSON.stringify(value) });
    return undefined;
  }
  const section = new Section(value, path, names, issues);
  return Object.fromEntries(names.map((name) => [name, readQuota(section.value(name), `${path}.${name}`, issues)]));
}

function readQuota(value: unknown, path: string, issues: PolicyIssue[]): UserQuotaSpec {
  const section = new Section(value, path, ["instances", "max"], issues);
  const [instances, max] = [section.value("instances"), section.value("max")];
  if (instances === undefined && max === undefined) section.note("", "instances or max");
  const amounts = max === undefined ? null : new Section(max, `${path}.max`, RESOURCE_NAMES, issues);
  const given = RESOURCE_NAMES.filter((name) => amounts?.value(name) !== undefined);
  return {
    ...(instances === undefined ? {} : { instances: limit(section, "instances", MOST_INSTANCES) }),
    ...(amounts === null ? {} : { max: Object.fromEntries(given.map((name) => [name, limit(amounts, name, MOST_AMOUNT)])) }),
  };
}

/** `unlimited` lifts what a less particular quota says. */
function limit(section: Section, key: string, most: number): number | null {
  return section.value(key) === "unlimited" ? null : section.whole(key, 0, 0, most);
}
