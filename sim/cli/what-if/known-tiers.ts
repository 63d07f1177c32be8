import { InputError, type Issue } from "../../../datasets/issues.ts";
import type { Trace } from "../../../datasets/trace.ts";
import type { Prices } from "../../run-record.ts";
import type { Setting } from "./settings.ts";

/** A price of a tier that no request has would change nothing. */
export function refuseUnknownTiers(settings: readonly Setting[], prices: Prices, { tiers }: Trace): void {
  const names = tiers.map(({ name }) => name);
  const issues = settings.flatMap(({ scope, path, text }): Issue[] => {
    const tier = scope === "prices" && path[0] === "violation" ? path[1] : undefined;
    // "standard" stands in for tiers without a price.
    if (
      tier === undefined ||
      names.includes(String(tier)) ||
      (tier === "standard" && names.some((name) => !(name in prices.violation)))
    )
      return [];
    return [{ where: "--set", path: text, expected: `a tier of the trace: ${names.join(", ")}`, found: JSON.stringify(tier) }];
  });
  if (issues.length > 0) throw new InputError(issues);
}
