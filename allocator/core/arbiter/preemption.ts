import { type Preemptible, preemptibles, worthOf } from "../admit/preemptible.ts";
import { type Taking, takings } from "../admit/taking.ts";
import { victimsFor } from "../eviction.ts";
import type { Instance } from "../instances.ts";
import { isLaunchPaused } from "../launching.ts";
import type { Outbox } from "../outbox.ts";
import type { State } from "../state.ts";
import type { Line, Request } from "../waiting.ts";
import { because } from "./because.ts";
import type { InstanceActions } from "./instance-actions.ts";

/** Takes instances from the least valuable running requests for one that waits: what others borrowed of its tier, or what its tier may preempt. */
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
    const { policy, waiting, ledger } = this.#state;
    const spec = policy?.admit.preempt;
    const mayTake = ({ first }: Line) => first.priority > priority && this.#state.tier(first.tier).mayPreempt;
    if (spec !== undefined && waiting.lines().some(mayTake)) this.#lookAgainAt(this.#out.atMs + spec.protectMs);
    const reclaim = ledger.quotas === null ? undefined : policy?.quotas?.reclaim;
    if (reclaim !== undefined && waiting.size > 0) this.#lookAgainAt(this.#out.atMs + reclaim.protectMs);
  }

  /**
   * Takes back what other tiers borrowed, else preempts, and evicts what is idle, until the request will fit, or nothing. While stops are
   * under way nothing more is taken: what they free may be enough. Where only time is missing, the queue is looked at again then.
   * @returns whether anything was stopped.
   */
  makeRoom(request: Request): boolean {
    const { capacity, ledger, claims, replicas, frozen } = this.#state;
    if (isLaunchPaused(request, this.#state, this.#out.atMs)) return false;
    if (claims.isClaimedFrom(request) || claims.stopping > 0 || replicas !== null || frozen) return false;
    if (capacity === null && ledger.quotas === null) return false;
    for (const taking of takings(request, this.#state)) if (this.#take(request, taking)) return true;
    return false;
  }

  #take(request: Request, taking: Taking): boolean {
    const nowMs = this.#out.atMs;
    const { spec, rule } = taking;
    const readyMs = request.sinceMs + spec.graceMs;
    if (readyMs > nowMs) return this.#lookAgainAt(readyMs);
    const [victims, freeMs] = this.#victims(request, taking, nowMs);
    if (victims.length === 0) return freeMs === null ? false : this.#lookAgainAt(freeMs);
    const count = victims.reduce((sum, { requests }) => sum + requests.length, 0);
    const allowedMs = this.#state.preemptions.allowedFromMs(request.tier, count, spec.budget, nowMs);
    if (allowedMs === null) return false;
    if (allowedMs > nowMs) return this.#lookAgainAt(allowedMs);
    this.#state.claims.claimant = request.id;
    for (let left = count; left > 0; left -= 1) this.#state.preemptions.add(request.tier, nowMs);
    for (const victim of victims) {
      if (victim.requests.length === 0) this.#actions.stop(victim, because("evicted"));
      else this.#actions.preempt(victim, rule);
    }
    return true;
  }

  /** Whose instances go; where none do, when the protection of one that might ends (`null`: of none). */
  #victims(
    request: Request,
    { spec, below, mayTake }: Taking,
    nowMs: number,
  ): readonly [victims: readonly Instance[], freeMs: number | null] {
    const state = this.#state;
    this.#running ??= preemptibles(state);
    const able: Instance[] = [];
    let freeMs: number | null = null;
    for (const { instance, priority: before } of this.#running) {
      if (before >= below) break;
      const { priority, sinceMs } = worthOf(instance, state); // somebody may have joined it in this pass
      if (priority >= below || !mayTake(instance)) continue;
      const endMs = sinceMs + spec.protectMs;
      if (endMs <= nowMs) able.push(instance);
      else freeMs = freeMs === null ? endMs : Math.min(freeMs, endMs);
    }
    if (able.length === 0) return [[], freeMs];
    const size = state.launchSize(request.user, request.app, request.requested);
    const avoided = state.launchFailures.avoided(request.app, nowMs);
    return [victimsFor(request.user, size, state, avoided, able), freeMs];
  }

  #lookAgainAt(atMs: number): false {
    this.#state.lookAgainAt(atMs);
    return false;
  }
}
