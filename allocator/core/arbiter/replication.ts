import type { Group } from "../instances.ts";
import type { State } from "../state.ts";
import type { InstanceActions } from "./instance-actions.ts";
import type { Warmth } from "./warmth.ts";

/** Brings every group to as many instances as the slot `replicas` wants. */
export class Replication {
  readonly #state: State;
  readonly #actions: InstanceActions;
  readonly #warmth: Warmth;

  constructor(state: State, actions: InstanceActions, warmth: Warmth) {
    this.#state = state;
    this.#actions = actions;
    this.#warmth = warmth;
  }

  /** Launches what a group lacks of the instances that it is to have, while there is room. */
  launchMissing(group: Group): void {
    const { warm, ledger } = this.#state;
    if (group.user !== null && !ledger.mayRun(group.user, group.app)) return; // it asked, and was refused
    const why = warm.because(warm.launchRule, group);
    while (lacksReplicas(group, this.#state) && this.#actions.launch(group.app, group.user, null, why)) {
      // one more is on its way
    }
  }

  /** Stops what is idle beyond them, least recently used first. */
  #stopSurplus(group: Group, nowMs: number): void {
    const lists = [group.available, ...(group.user === null ? [this.#state.instances.shadows(group.app).ready] : [])];
    for (const instance of lists.flatMap((list) => [...list])) {
      if (instance.requests.length === 0) this.#warmth.settleIdle(instance, nowMs);
    }
  }

  /** A control interval ends: where the slot `replicas` wants other numbers of instances than there are. */
  sync(nowMs: number): void {
    const { replicas, instances, frozen } = this.#state;
    if (replicas === null || frozen) return;
    for (const id of replicas.sync(nowMs)) {
      const group = instances.groupById(id);
      this.launchMissing(group);
      this.#stopSurplus(group, nowMs);
    }
  }
}

/** Whether the group has fewer instances than the slot `replicas` wants; always, where the policy does not fill it. */
export function lacksReplicas(group: Group, { replicas }: State): boolean {
  return replicas === null || group.live < replicas.wanted(group);
}
