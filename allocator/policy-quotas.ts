import type { QuotaSpec, ReclaimSpec, TierQuotaSpec } from "./core/policy.ts";
import { RESOURCE_NAMES, type ResourceName } from "./core/resources.ts";
import { readSomeAmounts } from "./policy-amounts.ts";
import type { PolicyIssue } from "./policy-issue.ts";
import { Section } from "./policy-section.ts";
import { readUserQuotas } from "./policy-user-quotas.ts";

const RECLAIM_KEYS = ["grace", "budget", "protect"];
const TIERS_KEYS = ["tiers", "cohort", "reclaimWithinCohort", ...RECLAIM_KEYS];
const TIER_KEYS = ["nominalQuota", "borrowingLimit", "lendingLimit"] as const;
const MOST_RECLAIMS = 1_000_000;

/**
 * What each user may hold, and what the users of each tier may hold together, the latter in the words of Kueue: a tier is a ClusterQueue, all tiers are one cohort. `null`: as much as there is.
 *
 *     quotas:
 *       tiers:
 *         premium: { nominalQuota: { cpuMillis: 16000 }, lendingLimit: { cpuMillis: 8000 } }
 *         batch: { nominalQuota: { cpuMillis: 4000 }, borrowingLimit: { cpuMillis: 8000 } }
 *       cohort: { cpuMillis: 2000 }      # nobody's own: whoever needs it borrows it
 *       reclaimWithinCohort: any         # or lower-priority, or never (which is Kueue's default)
 *       grace: 30s                       # a request waits so long before it takes back what was borrowed of its tier
 *       budget: 60                       # requests that a tier takes instances from so, in any hour
 *       protect: 1m                      # from none that got its instance less than this ago
 *       users: { each: { instances: 3 } }  # policy-user-quotas.ts; with these alone, none of the others
 */
export function readQuotas(value: unknown, issues: PolicyIssue[]): QuotaSpec | null {
  if (value === undefined) return null;
  const slot = new Section(value, "quotas", ["users", ...TIERS_KEYS], issues);
  const users = readUserQuotas(slot.value("users"), issues);
  if (users === undefined || TIERS_KEYS.some((key) => slot.value(key) !== undefined)) {
    return { ...readTiers(slot, issues), ...(users === undefined ? {} : { users }) };
  }
  return { users };
}

function readTiers(slot: Section, issues: PolicyIssue[]): QuotaSpec {
  const given = slot.value("tiers");
  const names = typeof given === "object" && given !== null && !Array.isArray(given) ? Object.keys(given) : [];
  if (names.length === 0) slot.note("tiers", "a mapping from names of tiers to their quotas");
  const section = names.length === 0 ? null : new Section(given, "quotas.tiers", names, issues);
  const tiers = Object.fromEntries(names.map((name) => [name, readTier(section?.value(name), name, issues)]));
  const cohort = slot.value("cohort");
  const spec = {
    tiers,
    ...(cohort === undefined ? {} : { cohort: readSomeAmounts(cohort, "quotas.cohort", issues) }),
    ...readReclaim(slot),
  };
  noteUnnamed(spec, issues);
  return spec;
}

function readTier(value: unknown, name: string, issues: PolicyIssue[]): TierQuotaSpec {
  const path = `quotas.tiers.${name}`;
  const section = new Section(value, path, TIER_KEYS, issues);
  const amounts = (key: (typeof TIER_KEYS)[number]) => readSomeAmounts(section.value(key) ?? {}, `${path}.${key}`, issues);
  const has = (key: (typeof TIER_KEYS)[number]) => section.value(key) !== undefined;
  const tier: TierQuotaSpec = {
    nominal: amounts("nominalQuota"),
    ...(has("borrowingLimit") ? { borrowing: amounts("borrowingLimit") } : {}),
    ...(has("lendingLimit") ? { lending: amounts("lendingLimit") } : {}),
  };
  for (const resource of RESOURCE_NAMES) {
    const [most, lent] = [tier.nominal[resource] ?? 0, tier.lending?.[resource] ?? 0];
    if (lent <= most) continue;
    const expected = `at most the nominalQuota (${most})`;
    issues.push({ path: `${path}.lendingLimit.${resource}`, expected, found: `${lent}` });
  }
  return tier;
}

/** A limit on borrowing what no quota names would bound nothing. */
function noteUnnamed({ tiers = {}, cohort }: QuotaSpec, issues: PolicyIssue[]): void {
  const isNamed = (name: ResourceName) =>
    [cohort ?? {}, ...Object.values(tiers).map(({ nominal }) => nominal)].some((of) => name in of);
  for (const [tier, { borrowing }] of Object.entries(tiers)) {
    for (const name of RESOURCE_NAMES.filter((one) => borrowing !== undefined && one in borrowing && !isNamed(one))) {
      const expected = `nothing, because no nominalQuota names ${name}`;
      issues.push({ path: `quotas.tiers.${tier}.borrowingLimit.${name}`, expected, found: `${borrowing?.[name]}` });
    }
  }
}

function readReclaim(slot: Section): { reclaim?: ReclaimSpec } {
  const from = slot.choice("reclaimWithinCohort", ["any", "lower-priority", "never"], "any");
  if (from === "never") {
    for (const key of RECLAIM_KEYS) if (slot.value(key) !== undefined) slot.note(key, "nothing, because nothing is reclaimed");
    return {};
  }
  const reclaim = {
    from,
    graceMs: slot.duration("grace", 30_000, 0),
    budget: slot.whole("budget", 60, 1, MOST_RECLAIMS),
    protectMs: slot.duration("protect", 60_000, 1),
  };
  return { reclaim };
}
