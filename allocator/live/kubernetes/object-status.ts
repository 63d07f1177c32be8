import type { UserId } from "../../core/ids.ts";
import type { State } from "../../core/state.ts";
import type { Directory } from "../directory.ts";
import { viewFleet } from "../fleet-view.ts";

/** As Kubernetes' own objects have them. */
export interface StatusCondition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

/** What the run holds for a user, by name; instances are counted once for all of them. */
export function userStatuses(state: State, directory: Directory): (name: string) => object {
  const counts = new Map<UserId, number>();
  for (const { user } of state.instances.values()) if (user !== null) counts.set(user, (counts.get(user) ?? 0) + 1);
  return (name) => {
    const id = directory.find("user", name) as UserId | undefined;
    if (id === undefined) return {};
    const { reserved, usage } = state.ledger.account(id);
    return { reserved: { ...reserved }, used: { ...usage }, instances: counts.get(id) ?? 0 };
  };
}

/** How the run is. */
export function runStatus(state: State): object {
  const { policy, frozen, users, nodes, waiting, reserved, instances } = viewFleet(state, 0);
  const all = Object.values(instances).reduce((sum, count) => sum + count, 0);
  return { ...(policy === null ? {} : { policy }), frozen, users, nodes, instances: all, waiting, reserved: { ...reserved } };
}
