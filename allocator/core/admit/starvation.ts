import type { State } from "../state.ts";
import type { Request } from "../waiting.ts";

/** Whether the request has waited for so long that it comes before others. */
export function isStarved({ sinceMs }: Request, { policy }: State, nowMs: number): boolean {
  const starvationMs = policy?.admit.starvationMs;
  return starvationMs !== undefined && sinceMs + starvationMs <= nowMs;
}

/**
 * The priority of a starved request: the highest of those tiers that may not preempt, if its own is lower. Tiers that may are above it
 * still: they would else only take back what it got.
 */
export function agedPriority({ priority }: Request, { tiers }: State): number {
  return tiers.reduce((most, tier) => (tier.mayPreempt ? most : Math.max(most, tier.priority)), priority);
}
