import { type Preemptible, preemptibles, worthOf } from "../admit/preemptible.ts";
import { victimsFor } from "../eviction.ts";
import type { Instance } from "../instances.ts";
import type { Outbox } from "../outbox.ts";
import type { PreemptSpec } from "../policy.ts";
import type { State } from "../state.ts";
import type { Line, Request } from "../waiting.ts";
import { because } from "./because.ts";
import type { InstanceActions } from "./instance-actions.ts";

/** Takes instances from the least valuable running requests for one that waits, where its tier may and the policy lets it. */
export class Preemption {
  readonly #state: State;
  readonly #out: Outbox;
  readonly #actions: InstanceActions;
  /** What runs, in the order of preemption, as it was when a pass over the queue first asked. */
  #running: readonly Preemptible[] | null = null;

  constructor(state: State, out: Outbox, actions: InstanceActions) {
    this.#state = state;
    this.#out = out;
    this.#actions = actions;
  }

  /** A pass over the queue begins. What starts in it is not preempted in it. */
  beginPass(): void {
    this.#running = null;
  }

  /** A request started: those who wait may take from it once it is not protected any more. */
  started({ priority }: Request): void {
    const { policy, waiting } = this.#state;
    const spec = policy?.admit.preempt;
    if (spec === undefined) return;
    const mayTake = ({ first }: Line) => first.priority > priority && this.#state.tier(first.tier).mayPreempt;
    if (waiting.lines().some(mayTake)) this.#lookAgainAt(this.#out.atMs + spec.protectMs);
  }

  /**
   * Preempts, and evicts what is idle, until the request will fit, or nothing. While stops are under way nothing more is preempted:
   * what they free may be enough. Where only time is missing, the queue is looked at again then.
   * @returns whether anything was stopped.
   */
  makeRoom(request: Request): boolean {
    const spec = this.#specFor(request);
    if (spec === null || this.#state.frozen) return false;
    const nowMs = this.#out.atMs;
    const readyMs = request.sinceMs + spec.graceMs;
    if (readyMs > nowMs) return this.#lookAgainAt(readyMs);
    const [victims, freeMs] = this.#victims(request, spec, nowMs);
    if (victims.length === 0) return freeMs === null ? false : this.#lookAgainAt(freeMs);
    const count = victims.reduce((sum, { requests }) => sum + requests.length, 0);
    const allowedMs = this.#state.preemptions.allowedFromMs(request.tier, count, spec.budget, nowMs);
    if (allowedMs === null) return false;
    if (allowedMs > nowMs) return this.#lookAgainAt(allowedMs);
    this.#state.claimant = request.id;
    for (let left = count; left > 0; left -= 1) this.#state.preemptions.add(request.tier, nowMs);
    for (const victim of victims) {
      if (victim.requests.length === 0) this.#actions.stop(victim, because("evicted"));
      else this.#actions.preempt(victim);
    }
    return true;
  }

  /** `null`: nothing is preempted for the request now, whatever runs. */
  #specFor(request: Request): PreemptSpec | null {
    const { policy, capacity, stopping, replicas } = this.#state;
    if (this.#state.isClaimedFrom(request)) return null;
    const spec = policy?.admit.preempt;
    if (spec === undefined || capacity === null || stopping > 0 || replicas !== null) return null;
    return this.#state.tier(request.tier).mayPreempt ? spec : null;
  }

  /** Whose instances go; where none do, when the protection of one that might ends (`null`: of none). */
  #victims(request: Request, spec: PreemptSpec, nowMs: number): readonly [victims: readonly Instance[], freeMs: number | null] {
    const state = this.#state;
    this.#running ??= preemptibles(state);
    const able: Instance[] = [];
    let freeMs: number | null = null;
    for (const { instance, priority: before } of this.#running) {
      if (before >= request.priority) break;
      const { priority, sinceMs } = worthOf(instance, state); // somebody may have joined it in this pass
      if (priority >= request.priority) continue;
      const endMs = sinceMs + spec.protectMs;
      if (endMs <= nowMs) able.push(instance);
      else freeMs = freeMs === null ? endMs : Math.min(freeMs, endMs);
    }
    if (able.length === 0) return [[], freeMs];
    const size = state.launchSize(request.user, request.app, request.requested);
    return [victimsFor(request.user, size, state, able), freeMs];
  }

  #lookAgainAt(atMs: number): false {
    this.#state.lookAgainAt(atMs);
    return false;
  }
}
