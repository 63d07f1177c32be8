import type { BudgetSpec } from "./core/policy.ts";
import { NO_RESOURCES } from "./core/resources.ts";
import { readSomeAmounts } from "./policy-amounts.ts";
import { PolicyError, type PolicyIssue } from "./policy-issue.ts";
import { Section } from "./policy-section.ts";

const KEYS = ["held", "perHour", "perDay", "prices"];
const PRICES = {
  cpuMillis: "cpuCoreHour",
  memoryMiB: "memoryGiBHour",
  gpuMillis: "gpuHour",
  networkKbps: "networkMbpsHour",
} as const;
const MOST = 1_000_000;

/**
 * What may be held in all, where more would be held ahead of requests. `null`: what capacity allows.
 *
 *     budget:
 *       held: { cpuMillis: 64000 }       # reservations, instances and shadows together; what is left out is not bounded
 *       perHour: 12.5                    # what they cost, at these prices
 *       perDay: 200                      # from midnight UTC
 *       prices: { cpuCoreHour: 0.04, memoryGiBHour: 0.005, gpuHour: 2, networkMbpsHour: 0.001 }
 */
export function readBudget(value: unknown, issues: PolicyIssue[]): BudgetSpec | null {
  if (value === undefined) return null;
  const slot = new Section(value, "budget", KEYS, issues);
  const has = (key: string) => slot.value(key) !== undefined;
  if (!["held", "perHour", "perDay"].some(has)) slot.note("held", "held, perHour or perDay");
  const costs = has("perHour") || has("perDay");
  if (costs !== has("prices"))
    slot.note("prices", costs ? "prices with perHour and perDay" : "nothing, without perHour or perDay");
  const prices = has("prices") ? new Section(slot.value("prices"), "budget.prices", Object.values(PRICES), issues) : null;
  const price = (key: string) => (prices?.value(key) === undefined ? 0 : prices.ppm(key, 0, 0, MOST));
  const priceMicros = Object.fromEntries(Object.entries(PRICES).map(([name, key]) => [name, price(key)]));
  return {
    ...(has("held") ? { most: readSomeAmounts(slot.value("held"), "budget.held", issues) } : {}),
    ...(has("perHour") ? { perHourMicros: slot.ppm("perHour", 1, 0, MOST) } : {}),
    ...(has("perDay") ? { perDayMicros: slot.ppm("perDay", 1, 0, MOST) } : {}),
    ...(costs ? { priceMicros: { ...NO_RESOURCES, ...priceMicros } } : {}),
  };
}

/** A budget in a document of its own. @throws PolicyError with all that is wrong with it. */
export function budgetFromDocument(document: unknown): BudgetSpec {
  const issues: PolicyIssue[] = [];
  const budget = readBudget(document ?? null, issues);
  if (issues.length > 0) throw new PolicyError(issues);
  return budget as BudgetSpec;
}
