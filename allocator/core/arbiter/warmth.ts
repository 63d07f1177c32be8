import type { Because } from "../decisions.ts";
import type { InstanceList } from "../instance-list.ts";
import type { Group, Instance } from "../instances.ts";
import type { State } from "../state.ts";
import { because } from "./because.ts";
import type { InstanceActions } from "./instance-actions.ts";
import type { Suspension } from "./suspension.ts";

/** What becomes of idle instances, and which are started ahead: as the slot `warm` wants. */
export class Warmth {
  readonly #state: State;
  readonly #actions: InstanceActions;

  readonly #suspension: Suspension;

  constructor(state: State, actions: InstanceActions, suspension: Suspension) {
    this.#state = state;
    this.#actions = actions;
    this.#suspension = suspension;
  }

  /** An instance has nothing to run: what the warm slot wants for it. `sinceMs`: since when. */
  settleIdle(instance: Instance, sinceMs: number): void {
    if (instance.handedOver)
      return this.#actions.stop(instance, because(instance.replacement === null ? "drained" : "hand_over"));
    if (this.#state.frozen) {
      instance.keepUntilMs = null;
      return;
    }
    const group = this.#state.groupOf(instance);
    const warm = this.#state.warmOf(group);
    const want = warm.whenIdle(group, sinceMs);
    if (want.keep === "none") return this.#suspension.letGo(instance, warm.because(want.rule, group));
    if (want.keep === "until") return this.keepUntil(instance, want.untilMs);
    instance.keepUntilMs = null;
  }

  /** It is kept, idle or suspended, until then. */
  keepUntil(instance: Instance, untilMs: number): void {
    instance.keepUntilMs = untilMs;
    this.wakeFor(instance, untilMs);
  }

  /**
   * Looks at the instance again at `atMs`. An instance has one live entry at a time: used again before then, it keeps the entry,
   * which on its turn finds a later deadline and moves there. So a busy instance costs one entry a keep-alive, not one a request.
   */
  wakeFor(instance: Instance, atMs: number): void {
    if (instance.wakeMs !== null && instance.wakeMs <= atMs) return;
    instance.wakeMs = atMs;
    this.#state.agenda.add(atMs, "keep_alive", instance.id);
  }

  /** Brings a group to its target: launches what is missing where there is room, stops idle surplus, least recently used first. */
  meetTarget(group: Group, nowMs: number): void {
    const { agenda, frozen } = this.#state;
    if (frozen) return;
    const warm = this.#state.warmOf(group);
    const target = warm.target(group, nowMs);
    if (target === null) return;
    const why = warm.because(warm.launchRule, group);
    const mayStart = group.live < target && this.#state.mayStartAhead(group.user, group.app);
    while (mayStart && group.live < target && this.#startAhead(group, why, nowMs)) {
      // one more is on its way
    }
    if (warm.trims) this.#stopSurplus(group.available, group, target);
    if (warm.trims && group.user === null) this.#stopSurplus(this.#state.instances.shadows(group.app).ready, group, target);
    const changeMs = warm.nextChangeMs(group, nowMs);
    if (changeMs === null || (group.wakeMs !== null && group.wakeMs > nowMs && group.wakeMs <= changeMs)) return;
    group.wakeMs = changeMs;
    agenda.add(changeMs, "warm_target", group.id);
  }

  #startAhead(group: Group, why: Because, nowMs: number): boolean {
    const { budget, ledger } = this.#state;
    const growth = ledger.growth(group.user, this.#state.launchSize(group.user, group.app, null));
    if (budget !== null && !budget.hasRoom(ledger.total, growth, nowMs)) return false;
    return this.#suspension.resumeAhead(group, why) || this.#actions.launch(group.app, group.user, null, why);
  }

  /** A suspension is reported. */
  suspended(instance: Instance, nowMs: number): void {
    const untilMs = this.#suspension.suspended(instance, nowMs);
    if (untilMs !== null) this.wakeFor(instance, untilMs);
  }

  /** A keep-alive ends, or the time for which an instance was to be suspended. */
  timeOver(instance: Instance): void {
    if (this.#state.frozen) {
      instance.keepUntilMs = null;
      return;
    }
    if (instance.phase === "suspended") return this.#actions.stop(instance, because("suspension_ended"));
    const group = this.#state.groupOf(instance);
    this.#suspension.letGo(instance, this.#state.warmOf(group).because("keep_alive_ended", group));
  }

  /**
   * A request of the group is over: where the warm slot wants instances started ahead of its next use, nothing of it runs any more;
   * what is idle goes, and the group is looked at again then.
   */
  planPrewarm(group: Group, nowMs: number): void {
    const atMs = this.#state.warmOf(group).prewarmMs(group);
    if (this.#state.frozen || atMs === null || atMs <= nowMs || group.wakeMs === atMs) return;
    for (const instance of [...group.available]) if (instance.requests.length === 0) this.settleIdle(instance, nowMs);
    group.wakeMs = atMs;
    this.#state.agenda.add(atMs, "warm_target", group.id);
  }

  #stopSurplus(list: InstanceList, group: Group, target: number): void {
    for (let at = list.first; at !== null && group.live - group.delayed > target; ) {
      const next: Instance | null = at.lookup.next === null ? null : at.lookup.next.owner;
      if (at.requests.length === 0) this.#suspension.letGo(at, this.#state.warmOf(group).because("surplus", group));
      at = next;
    }
  }
}
