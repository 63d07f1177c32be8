import type { AppId, UserId } from "../../allocator/core/ids.ts";
import { isGivenUp } from "../../allocator/core/launching.ts";
import type { State } from "../../allocator/core/state.ts";
import { clock, GIVEN_UP } from "./words.ts";

/** What the warm slot wants for the user's instances of an app, or for the app's where it is shared. */
export interface WarmReason {
  readonly live: number;
  /** `null`: the slot does not say how many. */
  readonly target: number | null;
  readonly nextChangeMs: number | null;
  readonly text: string;
}

export function warmReason(user: UserId, app: AppId, state: State, nowMs: number): WarmReason {
  const group = state.group(user, app);
  const warm = state.warmOf(group);
  const policy = state.policyOf(group.user);
  const target = warm.target(group, nowMs);
  const nextChangeMs = target === null ? null : warm.nextChangeMs(group, nowMs);
  return { live: group.live, target, nextChangeMs, text: words() };

  function words(): string {
    const slot =
      policy?.replicas === undefined ? `warm ${policy?.warm.strategy ?? "none"}` : `replicas ${policy.replicas.strategy}`;
    if (target === null) return `nothing is prewarmed: the slot ${slot} names no number of instances; ${group.live} are there`;
    const next = nextChangeMs === null ? "it is not known to change" : `it changes at ${clock(nextChangeMs)}`;
    if (target === 0) return `nothing is prewarmed: the target of the slot ${slot} is 0, and ${next}; ${group.live} are there`;
    if (group.live >= target) return `nothing more is started: the target is ${target}, ${group.live} are there, and ${next}`;
    if (isGivenUp({ user, app }, state, nowMs)) return `the target is ${target} and only ${group.live} are there: ${GIVEN_UP}`;
    return `the target is ${target} and only ${group.live} are there: the rest found no room, or their launch was refused`;
  }
}
