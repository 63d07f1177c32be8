import type { TierId, UserId } from "../ids.ts";
import type { Account } from "../ledger.ts";
import { add, maximum, NO_RESOURCES, RESOURCE_NAMES, type Resources } from "../resources.ts";
import type { State } from "../state.ts";

/**
 * The largest share that `held` is of the capacity, over the resources (Ghodsi et al., Dominant Resource Fairness, NSDI 2011, §4). What
 * there is none of is nobody's share; without limit, everything is.
 */
export function dominantShare(held: Resources, capacity: Resources | null): number {
  if (capacity === null) return 0;
  let share = 0;
  for (const name of RESOURCE_NAMES) if (capacity[name] > 0) share = Math.max(share, held[name] / capacity[name]);
  return share;
}

/** What is held for the user: its reservation, or its instances where they take more. */
export function heldFor({ reserved, instances }: Account): Resources {
  return maximum(reserved, instances);
}

export function userShare(user: UserId, { ledger, capacity }: State): number {
  return dominantShare(heldFor(ledger.account(user)), capacity);
}

/** The dominant share of all of a tier's users together, by tier. */
export function tierShares({ ledger, capacity, tiers }: State): number[] {
  const held: Resources[] = tiers.map(() => NO_RESOURCES);
  for (const account of ledger.accounts()) held[account.tier] = add(held[account.tier as TierId] as Resources, heldFor(account));
  return held.map((sum) => dominantShare(sum, capacity));
}
