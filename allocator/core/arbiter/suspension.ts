import type { Because } from "../decisions.ts";
import type { Group, Instance } from "../instances.ts";
import type { Outbox } from "../outbox.ts";
import type { State } from "../state.ts";
import { because } from "./because.ts";
import type { InstanceActions } from "./instance-actions.ts";

/** The level between warm and gone: a suspended instance holds nothing, and is there again after its app's `resumeMs`. */
export class Suspension {
  readonly #state: State;
  readonly #out: Outbox;
  readonly #actions: InstanceActions;

  constructor(state: State, out: Outbox, actions: InstanceActions) {
    this.#state = state;
    this.#out = out;
    this.#actions = actions;
  }

  /**
   * An idle instance is not kept any longer: suspended, where the policy says so, else stopped. A shadow is nobody's, and one on a
   * node that drains could not be resumed: both stop.
   */
  letGo(instance: Instance, why: Because): void {
    const state = this.#state;
    const drains = instance.node !== null && state.nodes.get(instance.node).state !== "ready";
    const { suspendMs } = state.wantsOf(state.groupOf(instance).user);
    if (suspendMs === null || instance.user === null || drains) return this.#actions.stop(instance, why);
    state.count(instance, -1);
    instance.phase = "suspending";
    instance.keepUntilMs = null;
    instance.asked = { seq: this.#out.seq, index: this.#out.nextIndex };
    state.instances.placeIdle(instance, null);
    state.instances.place(instance, null);
    state.claims.stopping += 1;
    this.#out.decide({ kind: "suspend", seq: 0, index: 0, because: why, instance: instance.id });
  }

  /** The world reports it: it holds nothing from now on. @returns until when it stays; `null`: no such time. */
  suspended(instance: Instance, nowMs: number): number | null {
    const state = this.#state;
    if (instance.phase === "suspending") state.claims.stopEnded();
    else {
      state.count(instance, -1);
      state.replicas?.gone(instance, state.groupOf(instance));
    }
    instance.phase = "suspended";
    instance.asked = null;
    const { suspendMs } = state.wantsOf(state.groupOf(instance).user);
    instance.keepUntilMs = suspendMs === null ? null : nowMs + suspendMs;
    this.#actions.vacate(instance);
    state.instances.placeIdle(instance, null);
    state.instances.place(instance, state.lookupList(instance));
    return instance.keepUntilMs;
  }

  /** Resumes one of the group ahead of any request: the last suspended of those that have room. It stays with whom it last served. */
  resumeAhead(group: Group, why: Because): boolean {
    const { ledger, capacity, nodes } = this.#state;
    if (this.#state.claims.isClaimedFrom(null)) return false;
    for (let at = group.suspended.last; at !== null; at = at.lookup.previous?.owner ?? null) {
      if (at.node !== null && !nodes.hasRoom(at.node, at.size)) continue;
      if (!ledger.hasRoom(at.user, at.size, capacity)) continue;
      this.#actions.beginResuming(at, why);
      this.#state.instances.place(at, this.#state.lookupList(at));
      return true;
    }
    return false;
  }

  /**
   * The world would not suspend or resume it: it stops, and whoever waited for it waits again, at the place of its arrival.
   * @returns whether the instance was being suspended or resumed by that decision.
   */
  refused(instance: Instance, decisionSeq: number, decisionIndex: number): boolean {
    const state = this.#state;
    const { asked } = instance;
    if (asked === null || asked.seq !== decisionSeq || asked.index !== decisionIndex) return false;
    if (instance.phase === "suspending") {
      state.claims.stopping -= 1;
      instance.phase = "ready";
      state.count(instance, 1);
    } else {
      state.waitAgain(instance, this.#out.atMs);
      state.markDelayed(instance, false);
      this.#actions.vacate(instance);
    }
    this.#actions.stop(instance, because("refused"));
    return true;
  }
}
