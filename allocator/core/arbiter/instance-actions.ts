import { invariant } from "../assert.ts";
import type { Because, Rule } from "../decisions.ts";
import type { AppId, PoolId, UserId } from "../ids.ts";
import type { Instance } from "../instances.ts";
import { isGivenUp, isLaunchPaused, launchOwner } from "../launching.ts";
import type { Node } from "../nodes.ts";
import type { Outbox } from "../outbox.ts";
import { equal, isZero, maximum, type Resources } from "../resources.ts";
import { mayGrow, sizeWith } from "../sizing.ts";
import type { State } from "../state.ts";
import type { Request } from "../waiting.ts";
import { because } from "./because.ts";

/** What can be done with an instance, and its accounts: launch, bind, resume, resize, stop. */
export class InstanceActions {
  readonly #state: State;
  readonly #out: Outbox;
  /**
   * Those who were passed over may now have room: an instance got its first request and may take more, whoever is charged for it;
   * or one changed hands, and a reservation took it in or has room for another in its place.
   */
  roomMade = false;

  constructor(state: State, out: Outbox) {
    this.#state = state;
    this.#out = out;
  }

  bindTo(instance: Instance | null, request: Request, rule: Rule): boolean {
    if (instance === null) return false;
    const size = this.#state.size === null ? null : sizeWith(instance, request, this.#state);
    if (size !== null && !mayGrow(instance, request.user, size, this.#state)) return false;
    const changes = instance.user !== request.user && instance.requests.length === 0;
    const why = changes ? this.#borrowing(because(rule), request.user, instance.size) : because(rule);
    if (!this.#own(instance, request.user)) return false;
    if (size !== null) this.#resize(instance, size, because("resized"));
    this.#bind(instance, request, why);
    return true;
  }

  #bind(instance: Instance, request: Request, why: Because): void {
    const { instances, replicas, size } = this.#state;
    instance.keepUntilMs = null;
    instance.requests.push(request.id);
    request.instance = instance.id;
    request.sinceMs = this.#out.atMs;
    if (size !== null) size.asked(instance.id, this.#state.askedOf(instance), this.#out.atMs);
    if (instance.requests.length === 1 && this.#state.hasRoom(instance)) this.roomMade = true;
    if (replicas !== null) this.#state.observeReplica(instance, this.#out.atMs);
    this.#state.warm.ranking?.used(instance, this.#state.groupOf(instance));
    if (instance.phase !== "ready") this.#state.markDelayed(instance, true);
    instances.placeIdle(instance, null);
    instances.place(instance, this.#state.lookupList(instance));
    this.#out.decide({ kind: "bind", seq: 0, index: 0, because: why, instance: instance.id, request: request.id });
  }

  /** Whose quota it goes beyond, the reason says. */
  #borrowing(why: Because, user: UserId | null, size: Resources): Because {
    return this.#state.ledger.wouldBorrow(user, size) ? { ...why, guardrail: "borrowed" } : why;
  }

  /** Makes an instance without requests the user's own, if the ledger allows the change of hands. */
  #own(instance: Instance, user: UserId): boolean {
    const { ledger } = this.#state;
    if (instance.user === user || instance.requests.length > 0) return true;
    ledger.give(instance.user, instance.size);
    if (!this.#ledgerHasRoom(user, instance.size)) {
      ledger.take(instance.user, instance.size);
      return false;
    }
    ledger.take(user, instance.size);
    const wasBounded = instance.user !== null && ledger.account(instance.user).quota !== null; // and may have another now
    if (wasBounded || hasReservation(user, this.#state) || hasReservation(instance.user, this.#state)) this.roomMade = true;
    // A shadow was counted for its app; from now on it is counted where its user looks.
    if (this.#state.replicas !== null && !this.#state.app(instance.app).shared) {
      this.#state.replicas.gone(instance, this.#state.groupOf(instance));
    }
    this.#state.count(instance, -1);
    instance.user = user;
    this.#state.count(instance, 1);
    return true;
  }

  resume(instance: Instance | null, request: Request): boolean {
    if (instance === null || this.#state.claims.isClaimedFrom(request)) return false;
    if (!this.#ledgerHasRoom(request.user, instance.size)) return false;
    if (sizeWith(instance, request, this.#state) !== null) return false;
    if (instance.node !== null && !this.#state.nodes.hasRoom(instance.node, instance.size)) return false;
    instance.user = request.user;
    const why = this.#borrowing(because("resume_hit"), request.user, instance.size);
    this.beginResuming(instance, why);
    this.#bind(instance, request, why);
    return true;
  }

  beginResuming(instance: Instance, why: Because): void {
    this.occupy(instance);
    instance.phase = "resuming";
    instance.keepUntilMs = null;
    instance.asked = { seq: this.#out.seq, index: this.#out.nextIndex };
    this.#state.count(instance, 1);
    this.#out.decide({ kind: "resume", seq: 0, index: 0, because: why, instance: instance.id });
  }

  /** Starts an instance where there is room; `request` null: ahead of any. */
  launch(app: AppId, user: UserId | null, request: Request | null, why: Because): boolean {
    return this.launched(app, user, request, why) !== null;
  }

  /** Likewise. @returns the instance; `null`: there is no room. */
  launched(app: AppId, user: UserId | null, request: Request | null, why: Because): Instance | null {
    const state = this.#state;
    const nowMs = this.#out.atMs;
    if (state.claims.isClaimedFrom(request) || isLaunchPaused({ user, app }, state, nowMs)) return null;
    const givenUp = isGivenUp({ user, app }, state, nowMs);
    if (givenUp && request === null) return null;
    const size = state.launchSize(user, app, request === null ? null : request.requested);
    if (!this.#ledgerHasRoom(user, size)) return null;
    let pool = state.unlimitedPool;
    let place: Node | null = null;
    if (pool === null) {
      place = state.nodeFor(size, app, nowMs);
      if (place === null) return null;
      pool = place.pool;
    }
    const reason: Because = givenUp ? { ...why, guardrail: "given_up" } : this.#borrowing(why, user, size);
    state.launchFailures.tried(app, launchOwner({ user, app }, state), nowMs);
    const { seq: launchSeq, nextIndex: launchIndex } = this.#out;
    const launched = { app, pool: pool as PoolId, node: place === null ? null : place.id, launchSeq, launchIndex };
    const instance = state.instances.launch(launched, size, user, request === null ? [] : [request.id]);
    this.occupy(instance);
    if (request !== null) {
      instance.delayed = true;
      request.instance = instance.id;
      request.sinceMs = nowMs;
      // Of a user with a reservation, what is idle may be beyond it now: it can be evicted for others.
      if (state.hasRoom(instance) || hasReservation(user, state)) this.roomMade = true;
    }
    state.count(instance, 1);
    state.leadTimes?.launched(instance.id, nowMs);
    state.size?.resized(instance.id, nowMs);
    if (request !== null) state.warm.ranking?.used(instance, state.groupOf(instance));
    if (request !== null) state.size?.asked(instance.id, request.requested, nowMs);
    state.observeReplica(instance, nowMs);
    state.instances.place(instance, state.lookupList(instance));
    const { id, node } = instance;
    const by = request?.id ?? null;
    this.#out.decide({
      kind: "launch",
      seq: 0,
      index: 0,
      because: reason,
      instance: id,
      app,
      user,
      size,
      pool,
      node,
      request: by,
    });
    return instance;
  }

  /** In place. What it grows by is taken at once, what it shrinks by given back when the world reports it. */
  #resize(instance: Instance, size: Resources, why: Because): void {
    this.resized(instance, maximum(instance.size, size));
    this.#state.size?.resized(instance.id, this.#out.atMs);
    this.#out.decide({ kind: "resize", seq: 0, index: 0, because: why, instance: instance.id, size });
  }

  /** A control interval ends: brings the instances that are ready to the size that the slot `size` wants, as far as there is room. */
  reviewSizes(nowMs: number): void {
    const { size: sizes } = this.#state;
    if (sizes === null) return;
    const ready = [...this.#state.instances.values()].filter(({ phase }) => phase === "ready");
    const grouped = ready.map((instance) => [instance, this.#state.groupOf(instance)] as const);
    sizes.endInterval(grouped, (instance) => this.#state.askedOf(instance), nowMs);
    for (const [instance, group] of grouped) {
      const wanted = sizes.change(instance, group, nowMs);
      if (wanted === null || this.#state.frozen) continue;
      const size = this.#state.sizeWithin(wanted, this.#state.askedOf(instance), instance.app);
      if (equal(size, instance.size) || !mayGrow(instance, instance.user, maximum(size, instance.size), this.#state)) continue;
      this.#resize(instance, size, sizes.because(group));
    }
  }

  /** It takes more or less than before, where it takes anything. */
  resized(instance: Instance, size: Resources): void {
    const { size: before, node, user, occupies } = instance;
    instance.size = size;
    if (!occupies) return;
    this.#state.ledger.give(user, before);
    this.#state.ledger.take(user, size);
    if (node !== null) this.#state.nodes.resize(node, before, size);
  }

  occupy(instance: Instance): void {
    instance.occupies = true;
    this.#state.ledger.take(instance.user, instance.size);
    if (instance.node !== null) this.#state.nodes.take(instance.node, instance.size);
  }

  /** The world reports that the instance takes no capacity any more. */
  vacate(instance: Instance): void {
    if (!instance.occupies) return;
    instance.occupies = false;
    this.#state.ledger.give(instance.user, instance.size);
    if (instance.node !== null) this.#state.nodes.give(instance.node, instance.size);
  }

  #ledgerHasRoom(user: UserId | null, size: Resources): boolean {
    return this.#state.ledger.hasRoom(user, size, this.#state.capacity);
  }

  /** Takes an instance from its requests, which wait again at the place of their arrival, and tells it to stop. */
  preempt(instance: Instance, rule: "preempted" | "reclaimed"): void {
    const state = this.#state;
    for (const id of instance.requests) {
      this.#out.decide({ kind: "preempt", seq: 0, index: 0, because: because(rule), instance: instance.id, request: id });
    }
    state.waitAgain(instance, this.#out.atMs);
    state.markDelayed(instance, false);
    this.stop(instance, because(rule));
  }

  /** Tells an instance to stop. Its capacity stays taken until the world reports the end. */
  stop(instance: Instance, why: Because): void {
    const state = this.#state;
    invariant(instance.requests.length === 0, "an instance with requests is never stopped");
    state.count(instance, -1);
    state.replicas?.gone(instance, state.groupOf(instance));
    state.warm.ranking?.gone(instance.id, state.groupOf(instance), why.rule === "evicted");
    instance.phase = "stopping";
    instance.asked = null; // should it not be resumed, that it stops is enough
    instance.keepUntilMs = null;
    state.instances.placeIdle(instance, null);
    state.instances.place(instance, null);
    state.claims.stopping += 1;
    this.#out.decide({ kind: "stop", seq: 0, index: 0, because: why, instance: instance.id });
  }
}

/** Whether the ledger treats the user better than others: then eviction may help where it does not help them. */
export function hasReservation(user: UserId | null, { ledger }: State): boolean {
  return user !== null && !isZero(ledger.account(user).reserved);
}
