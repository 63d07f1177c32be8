import { InputError, type Issue } from "../datasets/issues.ts";
import type { Prices } from "../sim/run-record.ts";

/**
 * Assumptions, not quotes: rounded to the order of what public clouds ask on demand for a core, a GiB and a mid-range GPU for
 * an hour. Bandwidth held and a missed service level have no list price; those are choices. Only ratios matter to a comparison.
 */
export const DEFAULT_PRICES: Prices = {
  currency: "USD",
  cpuCoreHour: 0.04,
  memoryGiBHour: 0.005,
  gpuHour: 2,
  networkMbpsHour: 0.001,
  violation: { premium: 0.05, standard: 0.01, "best-effort": 0.002 },
};

/**
 * Prices by name, assumptions as well: interruptible capacity at 30 % of on demand, capacity committed to for a year or more at
 * 60 %, as public clouds order them. Bandwidth and missed service levels cost the same however capacity is bought.
 */
export const PRICE_TABLES: Readonly<Record<string, Prices>> = {
  "on-demand": DEFAULT_PRICES,
  spot: { ...DEFAULT_PRICES, cpuCoreHour: 0.012, memoryGiBHour: 0.0015, gpuHour: 0.6 },
  reserved: { ...DEFAULT_PRICES, cpuCoreHour: 0.024, memoryGiBHour: 0.003, gpuHour: 1.2 },
};
const TABLE_NAMES = Object.keys(PRICE_TABLES).join(", ");

/** The tier whose price stands in for a tier that has none. */
const FALLBACK_TIER = "standard";

/** Price of one missed service level; a tier without a price costs what `standard` does. */
export function violationPrice(prices: Prices, tier: string): number {
  const named = Object.hasOwn(prices.violation, tier) ? tier : FALLBACK_TIER;
  return prices.violation[named] ?? 0;
}

const RESOURCE_PRICES = ["cpuCoreHour", "memoryGiBHour", "gpuHour", "networkMbpsHour"] as const;
const KEYS: readonly string[] = ["table", "currency", ...RESOURCE_PRICES, "violation"];

/**
 * Prices from a document of the shape of `Prices`. What it leaves out is as in the `table` that it names (on-demand unless it
 * does), except that a document in another currency must give every price itself. The price of a resource may also be the name of
 * a table: `gpuHour: spot`.
 * @throws InputError naming each path that is wrong.
 */
export function parsePrices(document: unknown, where = "prices"): Prices {
  const issues: Issue[] = [];
  const refuse = (path: string, expected: string, found: unknown) =>
    issues.push({ where, ...(path === "" ? {} : { path }), expected, found: describe(found) });

  if (!isMapping(document)) {
    refuse("", `a mapping of ${KEYS.join(", ")}`, document);
    throw new InputError(issues);
  }
  for (const key of Object.keys(document)) if (!KEYS.includes(key)) refuse(key, `one of ${KEYS.join(", ")}`, key);

  const named = document.table ?? "on-demand";
  const table = tableOf(named);
  if (table === undefined) refuse("table", `one of ${TABLE_NAMES}`, named);
  const base = table ?? DEFAULT_PRICES;
  const currency = document.currency ?? base.currency;
  if (typeof currency !== "string" || currency === "") refuse("currency", "a name, such as USD", currency);
  const isDefaultCurrency = currency === DEFAULT_PRICES.currency;

  const price = (path: string, value: unknown, fallback: number | undefined): number => {
    if (value === undefined && fallback !== undefined && isDefaultCurrency) return fallback;
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
    refuse(path, "a finite number, at least 0", value);
    return 0;
  };
  const [cpuCoreHour, memoryGiBHour, gpuHour, networkMbpsHour] = RESOURCE_PRICES.map((key) =>
    price(key, (isDefaultCurrency ? tableOf(document[key])?.[key] : undefined) ?? document[key], base[key]),
  ) as [number, number, number, number];

  const given = document.violation ?? {};
  if (!isMapping(given)) {
    refuse("violation", "a mapping from tier to price", given);
    throw new InputError(issues);
  }
  const tiers = new Set([
    ...Object.keys(isDefaultCurrency ? DEFAULT_PRICES.violation : {}),
    FALLBACK_TIER,
    ...Object.keys(given),
  ]);
  const violation = Object.fromEntries(
    [...tiers].map((tier) => [tier, price(`violation.${tier}`, given[tier], DEFAULT_PRICES.violation[tier])]),
  );

  if (issues.length > 0) throw new InputError(issues);
  return { currency: String(currency), cpuCoreHour, memoryGiBHour, gpuHour, networkMbpsHour, violation };
}

function tableOf(name: unknown): Prices | undefined {
  return typeof name === "string" && Object.hasOwn(PRICE_TABLES, name) ? PRICE_TABLES[name] : undefined;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
}
