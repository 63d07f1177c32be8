import { isStarved } from "../admit/starvation.ts";
import { turnsOf } from "../admit/turns.ts";
import type { Because } from "../decisions.ts";
import { victimsFor } from "../eviction.ts";
import type { AppId } from "../ids.ts";
import type { InstanceList } from "../instance-list.ts";
import type { Group } from "../instances.ts";
import { isLaunchPaused, launchOwner } from "../launching.ts";
import type { Outbox } from "../outbox.ts";
import type { State } from "../state.ts";
import type { Request } from "../waiting.ts";
import { waitsFor } from "../waits-for.ts";
import { because } from "./because.ts";
import { hasReservation, type InstanceActions } from "./instance-actions.ts";
import type { Preemption } from "./preemption.ts";
import { lacksReplicas } from "./replication.ts";

/** Who gets an instance, and who waits for one. */
export class Admission {
  readonly #state: State;
  readonly #out: Outbox;
  readonly #actions: InstanceActions;
  readonly #preemption: Preemption;

  constructor(state: State, out: Outbox, actions: InstanceActions, preemption: Preemption) {
    this.#state = state;
    this.#out = out;
    this.#actions = actions;
    this.#preemption = preemption;
  }

  /** A new request: started if anything can take it, else evictions are made for it and it waits. */
  admit(request: Request, nowMs: number): void {
    const state = this.#state;
    if (!state.ledger.mayRun(request.user, request.app)) return this.#reject(request, because("not_permitted"), nowMs);
    const { shape } = state.app(request.app);
    if (state.unlimitedPool === null && state.hasNodes && !state.couldEverFit(shape)) {
      return this.#reject(request, because("cannot_fit"), nowMs);
    }
    const stop = state.ledger.hasQuotas ? state.ledger.stopForEver(request.user, shape) : null;
    if (stop !== null) return this.#reject(request, { ...because("cannot_fit"), guardrail: stop }, nowMs);
    this.#actions.roomMade = false;
    if (this.#start(request)) {
      if (this.#actions.roomMade) this.serveWaiting();
      this.#preemption.started(request);
      return;
    }
    this.#preemption.beginPass();
    if (!this.#makeRoom(request)) this.#preemption.makeRoom(request);
    state.waiting.insert(request);
    this.#waitOn(request);
    const guardrail = waitsFor(request, state, nowMs);
    const why = guardrail === "none" ? because("no_fit") : { ...because("no_fit"), guardrail };
    this.#out.decide({ kind: "queue", seq: 0, index: 0, because: why, request: request.id });
  }

  #reject(request: Request, why: Because, nowMs: number): void {
    this.#state.requests.delete(request.id);
    this.#state.ledger.removeDemand(request.user, request.requested);
    const group = this.#state.group(request.user, request.app);
    for (const warm of this.#state.warms) warm.over(group, nowMs);
    this.#out.decide({ kind: "reject", seq: 0, index: 0, because: why, request: request.id });
  }

  /**
   * Tries the waiting requests in turn; one that does not fit is passed over. The first that finds no room may have idle instances
   * evicted for it, or running ones preempted; then the pass ends, so that nobody behind it takes what becomes free.
   */
  serveWaiting(): void {
    if (this.#state.waiting.size === 0) return;
    do this.#actions.roomMade = false;
    while (this.#tryWaiting() && this.#actions.roomMade);
  }

  /** Somebody's place in the ledger is another: only who preempts or reclaims, or is kept from what is free, can gain by it. */
  lookAgain(): void {
    const { preempt, starvationMs } = this.#state.policy?.admit ?? {};
    if (preempt !== undefined || starvationMs !== undefined || this.#state.ledger.quotas !== null) this.serveWaiting();
  }

  /**
   * A request left the queue, and another is the first of its line now: it may have waited long enough to preempt or
   * to starve, or, where instances are sized, ask for less; or nothing is kept any more for the one that left.
   */
  left(): void {
    if (this.#state.size !== null) this.serveWaiting();
    else this.lookAgain();
  }

  /** One pass. @returns whether it came to its end: not when something was evicted or preempted. */
  #tryWaiting(): boolean {
    const turns = turnsOf(this.#state, this.#out.atMs);
    const full = new Set<AppId>();
    this.#state.claims.starving = null;
    this.#preemption.beginPass();
    for (let line = turns.next(); line !== null; line = turns.next()) {
      const { first } = line;
      const hopeless = this.#isHopeless(first, full);
      if (!hopeless && this.#start(first)) {
        this.#state.waiting.remove(first);
        turns.started();
        this.#preemption.started(first);
      } else {
        if ((!hopeless && this.#makeRoom(first)) || this.#preemption.makeRoom(first)) return false;
        const isItsOwn = hopeless || this.#state.claims.isClaimedFrom(first) || this.#isStopped(first);
        if (!isItsOwn && !this.#fitsSomewhere(first.app)) full.add(first.app);
        this.#waitOn(first);
        turns.passOver();
      }
    }
    return true;
  }

  /**
   * It found no room: it is tried again when its app may be launched where that was refused; and once it starves, what becomes free is
   * kept for it, if it can ever be enough and may be launched.
   */
  #waitOn(request: Request): void {
    const state = this.#state;
    const { app } = request;
    if (!state.launchFailures.isEmpty) {
      const againMs = state.launchFailures.nextMs(app, launchOwner(request, state), this.#out.atMs);
      if (againMs !== null) state.lookAgainAt(againMs);
    }
    const starvationMs = state.policy?.admit.starvationMs;
    if (starvationMs === undefined || state.replicas !== null) return;
    if (!isStarved(request, state, this.#out.atMs)) state.lookAgainAt(request.sinceMs + starvationMs);
    else if (state.couldEverFit(state.app(app).shape) && !this.#isStopped(request)) state.claims.starving ??= request.id;
  }

  /** Whether it is a quota that has no room for it, or its launches that failed: no free capacity is kept for that. */
  #isStopped(request: Request): boolean {
    const { ledger } = this.#state;
    const { user, app, requested } = request;
    if (isLaunchPaused(request, this.#state, this.#out.atMs)) return true;
    return ledger.hasQuotas && ledger.quotaStop(user, this.#state.launchSize(user, app, requested)) !== null;
  }

  /** Whether some node has room for a new instance of the app, whoever it is for. */
  #fitsSomewhere(app: AppId): boolean {
    const { unlimitedPool, nodes, size } = this.#state;
    return unlimitedPool !== null || size !== null || nodes.firstFit(this.#state.app(app).shape) !== null;
  }

  /**
   * Whether no instance that is there can serve it, and none can be launched, whatever is evicted: since the ledger has no room, or no node
   * has for its app. `full`: the apps of which that was seen; whoever has a reservation may still have something of its own evicted.
   */
  #isHopeless(request: Request, full: ReadonlySet<AppId>): boolean {
    const state = this.#state;
    const { user, app } = request;
    const isFull = full.has(app) && !hasReservation(user, state);
    if (!isFull && !this.#isBeyondLedger(request) && !this.#isBeyondOwn(request)) return false;
    return !this.#hasInstanceFor(request);
  }

  /** Whether the ledger would not have room for a new instance even if everything idle went. */
  #isBeyondLedger({ user, app }: Request): boolean {
    const { capacity, size, instances } = this.#state;
    if (capacity === null || size !== null) return false;
    return !instances.idle.ledgerCouldHave(user, this.#state.app(app).shape, capacity, this.#state);
  }

  /** Whether its user's own quota stops it, and nothing of the user's is idle that could make way. */
  #isBeyondOwn({ user, app, requested }: Request): boolean {
    const { ledger, instances } = this.#state;
    if (!ledger.boundsUsers || instances.idle.hasOf(user)) return false;
    return ledger.quotaStop(user, this.#state.launchSize(user, app, requested)) === "user_quota";
  }

  #hasInstanceFor({ user, app }: Request): boolean {
    const group = this.#state.group(user, app);
    const shadows = this.#state.instances.shadows(app);
    return !(
      group.available.isEmpty &&
      group.incoming.isEmpty &&
      group.suspended.isEmpty &&
      shadows.ready.isEmpty &&
      shadows.incoming.isEmpty
    );
  }

  /**
   * The order of a start: the most recently used idle instance; a ready shadow; one that is starting and has room; a suspended
   * one; a new one.
   */
  #start(request: Request): boolean {
    const { instances } = this.#state;
    const group = this.#state.group(request.user, request.app);
    const shadows = instances.shadows(request.app);
    if (this.#bindToRecent(group.available, request)) return true;
    if (this.#state.replicas !== null) return this.#startOnReplica(group, request);
    return (
      this.#actions.bindTo(shadows.ready.last, request, "shadow_hit") ||
      this.#bindToEarliest(group.incoming, request) ||
      this.#actions.bindTo(shadows.incoming.first, request, "late_join") ||
      this.#startNew(group, request)
    );
  }

  /**
   * Where the slot `replicas` says how many instances there are: if no idle one, a ready shadow; a suspended or a new one only while
   * the group has fewer than it is to have. None that is starting: nobody is sent there.
   */
  #startOnReplica(group: Group, request: Request): boolean {
    if (this.#actions.bindTo(this.#state.instances.shadows(request.app).ready.last, request, "shadow_hit")) return true;
    if (!lacksReplicas(group, this.#state)) return false;
    return this.#startNew(group, request);
  }

  /** The last suspended instance that has room where it is, or a new one. */
  #startNew(group: Group, request: Request): boolean {
    for (let at = group.suspended.last; at !== null; at = at.lookup.previous?.owner ?? null) {
      if (this.#actions.resume(at, request)) return true;
    }
    return this.#actions.launch(request.app, request.user, request, because("arrival"));
  }

  /** The most recently used one that the ledger lets change hands: another may be what its owner's reservation guarantees. */
  #bindToRecent(list: InstanceList, request: Request): boolean {
    for (let at = list.last; at !== null; at = at.lookup.previous?.owner ?? null) {
      if (this.#actions.bindTo(at, request, "warm_hit")) return true;
    }
    return false;
  }

  /** Likewise among those that start: the first to be ready. */
  #bindToEarliest(list: InstanceList, request: Request): boolean {
    for (let at = list.first; at !== null; at = at.lookup.next?.owner ?? null) {
      if (this.#actions.bindTo(at, request, "late_join")) return true;
    }
    return false;
  }

  /**
   * Evicts idle instances until the request will fit, or none. While stops are under way nothing more is evicted.
   * @returns whether anything was evicted.
   */
  #makeRoom(request: Request): boolean {
    const state = this.#state;
    if (state.claims.isClaimedFrom(request) || isLaunchPaused(request, state, this.#out.atMs)) return false;
    if (state.replicas !== null) return false; // its instances are wanted, idle or not
    if (state.claims.stopping > 0 || (state.capacity === null && !state.ledger.hasQuotas) || state.instances.idle.count === 0)
      return false;
    const size = state.launchSize(request.user, request.app, request.requested);
    const avoided = state.launchFailures.avoided(request.app, this.#out.atMs);
    const victims = victimsFor(request.user, size, state, avoided);
    for (const victim of victims) this.#actions.stop(victim, because("evicted"));
    return victims.length > 0;
  }
}
