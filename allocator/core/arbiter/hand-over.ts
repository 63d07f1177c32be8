import type { Instance } from "../instances.ts";
import { isLive, type State } from "../state.ts";
import { because } from "./because.ts";
import type { InstanceActions } from "./instance-actions.ts";

/**
 * An instance whose node drains is replaced before it has to go: another is started elsewhere for its user; once that is ready, the
 * user's next requests go there, those that run on the old one end on it, and then it stops. Until then the old one serves as ever.
 */
export class HandOver {
  readonly #state: State;
  readonly #actions: InstanceActions;

  constructor(state: State, actions: InstanceActions) {
    this.#state = state;
    this.#actions = actions;
  }

  /** Starts what replacements there is room for. Who waits comes first; shadows are nobody's, and forecasts start others. */
  review(): void {
    const { policy, replicas, nodes, instances, waiting } = this.#state;
    if (policy?.handOver !== true || replicas !== null || waiting.size > 0) return;
    if (!nodes.all().some(({ state }) => state === "draining")) return;
    for (const old of [...instances.values()]) {
      const leaves = old.node !== null && nodes.get(old.node).state === "draining";
      if (leaves && old.replacement === null && (old.phase === "ready" || old.phase === "starting")) this.#replace(old);
    }
  }

  #replace(old: Instance): void {
    const state = this.#state;
    if (old.user === null || !state.mayStartAhead(old.user, old.app)) return;
    const instance = this.#actions.launched(old.app, old.user, null, because("hand_over"));
    if (instance === null) return;
    state.count(old, -1); // the new one counts instead of it
    old.replacement = instance.id;
    instance.replaces = old.id;
  }

  /** The replacement is ready: from now on requests go there. */
  ready(instance: Instance): void {
    const old = this.#oldOf(instance);
    instance.replaces = null;
    if (old === undefined) return; // it ended before
    old.handedOver = true;
    this.#state.instances.place(old, this.#state.lookupList(old));
    const isIdle = old.phase === "ready" && old.requests.length === 0;
    if (isIdle || old.phase === "suspended") this.#actions.stop(old, because("hand_over"));
  }

  /** The replacement is lost before it was ready: the old one goes on as if there had been none. */
  lost(instance: Instance, nowMs: number): void {
    const old = this.#oldOf(instance);
    if (old === undefined) return;
    old.replacement = null;
    this.#state.count(old, 1);
    if (isLive(old)) this.#state.observeReplica(old, nowMs); // by then another policy may fill the slot
  }

  #oldOf({ replaces }: Instance): Instance | undefined {
    return replaces === null ? undefined : this.#state.instances.find(replaces);
  }
}
