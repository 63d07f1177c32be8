import type { Instance } from "../instances.ts";
import type { PreemptSpec } from "../policy.ts";
import type { State } from "../state.ts";
import type { Request } from "../waiting.ts";

/** A way in which a waiting request may take instances from running ones. */
export interface Taking {
  readonly rule: "reclaimed" | "preempted";
  readonly spec: PreemptSpec;
  /** Only from requests of a lower priority than this. */
  readonly below: number;
  mayTake(instance: Instance): boolean;
}

const NONE: readonly Taking[] = [];

/**
 * What the request may take, in the order in which it is tried: what other tiers borrowed, while the request stays within what is its own
 * tier's; then what its tier may preempt, which under quotas is its own tier's alone. So borrowed capacity goes first, whoever has it.
 */
export function takings(request: Request, state: State): readonly Taking[] {
  const { policy, ledger } = state;
  const { quotas } = ledger;
  if (quotas === null && policy?.admit.preempt === undefined) return NONE;
  const found: Taking[] = [];
  const tierOf = (instance: Instance) => (instance.user === null ? null : ledger.account(instance.user).tier);
  const { tier } = ledger.account(request.user);
  const reclaim = quotas === null ? undefined : policy?.quotas?.reclaim;
  if (reclaim !== undefined && !state.wouldBorrow(request)) {
    const below = reclaim.from === "any" ? Number.POSITIVE_INFINITY : request.priority;
    found.push({ rule: "reclaimed", spec: reclaim, below, mayTake: (instance) => tierOf(instance) !== tier });
  }
  const preempt = policy?.admit.preempt;
  if (preempt !== undefined && state.tier(request.tier).mayPreempt) {
    const mayTake = (instance: Instance) => quotas === null || tierOf(instance) === tier;
    found.push({ rule: "preempted", spec: preempt, below: request.priority, mayTake });
  }
  return found;
}
