import { Arbiter } from "./arbiter.ts";
import { invariant } from "./assert.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import type { Decision } from "./decisions.ts";
import type { Tier } from "./definitions.ts";
import type { AllocatorEvent, EventOf } from "./events.ts";
import type { AppId, InstanceId, RequestId } from "./ids.ts";
import { checkCheaply } from "./invariants.ts";
import { Outbox } from "./outbox.ts";
import { Outcomes } from "./outcomes.ts";
import { Regime } from "./regime.ts";
import { sha256 } from "./sha256.ts";
import { readHead, writeHead } from "./snapshot-head.ts";
import { State } from "./state.ts";
import type { Request } from "./waiting.ts";

/**
 * The allocator: a function from what happened to what to do. No clock, no chance, no effects: the same events give the same
 * decisions, in the simulator, in production and from a journal.
 */
export class AllocatorCore {
  #state = new State();
  readonly #out = new Outbox();
  #arbiter = new Arbiter(this.#state, this.#out);
  #regime = new Regime(this.#state, this.#arbiter);
  #outcomes = new Outcomes(this.#state, this.#arbiter);
  #lastSeq = -1;

  /**
   * Takes one event in and answers with decisions; the array is valid until the next call.
   * @throws InvariantError when a promise of the core is broken, or the events are out of order.
   */
  step(event: AllocatorEvent): readonly Decision[] {
    invariant(event.seq > this.#lastSeq && event.atMs >= this.#state.nowMs, "events come in order");
    this.#lastSeq = event.seq;
    this.#state.nowMs = event.atMs;
    this.#out.open(event.seq, event.atMs);
    this.#state.budget?.advance(this.#state.ledger.total, event.atMs);
    this.#handle(event);
    this.#arbiter.keepTimer();
    checkCheaply(this.#state);
    return this.#out.decisions();
  }

  /** For checks and for the curious; never for deciding. */
  get state(): State {
    return this.#state;
  }

  /** The time of the last event. */
  get nowMs(): number {
    return this.#state.nowMs;
  }

  snapshot(): Uint8Array {
    const out = new ByteWriter(65_536);
    writeHead(out, this.#lastSeq, this.#state.nowMs);
    this.#state.write(out);
    return out.written().slice();
  }

  /** Whether it can restore a snapshot: not one that another version wrote in another form. */
  static restores(snapshot: Uint8Array): boolean {
    return readHead(new ByteReader(snapshot)).isReadable;
  }

  /** @param snapshot one that it restores. */
  restore(snapshot: Uint8Array): void {
    const from = new ByteReader(snapshot);
    const { lastSeq, lastMs, isReadable } = readHead(from);
    invariant(isReadable, "a snapshot of this version");
    this.#lastSeq = lastSeq;
    this.#state = State.read(from);
    this.#state.nowMs = lastMs;
    this.#arbiter = new Arbiter(this.#state, this.#out);
    this.#regime = new Regime(this.#state, this.#arbiter);
    this.#outcomes = new Outcomes(this.#state, this.#arbiter);
  }

  digest(): string {
    return sha256(this.snapshot());
  }

  #handle(event: AllocatorEvent): void {
    switch (event.kind) {
      case "request_arrived":
        return this.#requestArrived(event);
      case "request_ended":
      case "request_cancelled":
        return this.#requestOver(event.request, event.atMs);
      case "instance_ready":
        return this.#outcomes.ready(event.instance, event.atMs);
      case "timer":
        return this.#timerFired(event);
      case "instance_stopped":
        return this.#outcomes.stopped(event.instance);
      case "instance_placed":
      case "source_read":
        return;
      case "tick":
        return this.#arbiter.tick(event.atMs);
      case "forecast_issued":
        return this.#forecastIssued(event);
      case "usage_observed":
        return this.#usageObserved(event);
      case "instance_lost":
        return this.#outcomes.lost(event.instance);
      case "instance_suspended":
        return this.#outcomes.suspended(event.instance, event.atMs);
      case "instance_resized":
        return this.#outcomes.resized(event);
      case "node_ready":
      case "node_shared":
        return this.#outcomes.nodeReady(event);
      case "node_draining":
        return this.#outcomes.nodeDraining(event.node);
      case "node_lost":
        return this.#outcomes.nodeLost(event.node);
      case "decision_failed":
        return this.#outcomes.decisionFailed(event);
      case "tier_defined":
        invariant(event.tier === this.#state.tiers.length, "tier ids are dense and defined once");
        this.#state.tiers.push(tierOf(event));
        return this.#state.applyQuotas();
      case "pool_defined":
        invariant(event.pool === this.#state.pools.count, "pool ids are dense and defined once");
        this.#state.pools.add(event.unlimited, event.provisionMs, event.elastic);
        return this.#state.findUnlimited();
      case "user_defined":
        return this.#regime.userDefined(event);
      case "app_defined":
        return this.#appDefined(event);
      case "freeze_set":
        return this.#regime.freezeSet(event);
      case "policy_activated":
        return this.#regime.policyActivated(event);
      case "stage_set":
        return this.#regime.stageSet(event);
    }
  }

  #appDefined({ app, shape, coldStartMs, shared, concurrency }: EventOf<"app_defined">): void {
    invariant(app === this.#state.apps.length, "app ids are dense and defined once");
    this.#state.apps.push({ shape, coldStartMs, shared, concurrency });
  }

  #forecastIssued({ batch, atMs }: EventOf<"forecast_issued">): void {
    const state = this.#state;
    const batchIndex = state.forecastBatches;
    state.forecastBatches += 1;
    state.pool?.onForecast?.(batch, batchIndex);
    for (const reserve of state.reserves) {
      for (const user of reserve.onForecast(batch, batchIndex))
        if (state.wantsOf(user).reserve === reserve) state.toReview.add(user);
    }
    for (const warm of state.warms) {
      for (const group of warm.onForecast(batch, batchIndex, state)) {
        if (state.warmOf(group) === warm) this.#arbiter.warmth.meetTarget(group, atMs);
      }
    }
    if (state.sizesVary) this.#arbiter.admission.serveWaiting();
  }

  #usageObserved({ user, used, windowMs, saturated, atMs }: EventOf<"usage_observed">): void {
    const account = this.#state.ledger.observe(user, used, atMs, windowMs);
    for (const reserve of this.#state.reserves) reserve.onUsage(account, saturated, atMs);
    this.#state.toReview.add(user);
    this.#arbiter.surge(user, used);
  }

  #requestArrived({ request: id, user, app, tier, requested, atMs }: EventOf<"request_arrived">): void {
    const state = this.#state;
    invariant(!state.requests.has(id), "a request arrives once");
    const request: Request = {
      id,
      user,
      app,
      tier,
      priority: state.tier(tier).priority,
      requested,
      arrival: state.arrivals,
      sinceMs: atMs,
      instance: null,
      previous: null,
      next: null,
    };
    state.arrivals += 1;
    state.requests.set(id, request);
    state.ledger.addDemand(user, requested);
    state.toReview.add(user);
    const group = state.group(user, app);
    for (const warm of state.warms) warm.arrived(group, atMs, state.app(app).concurrency, requested);
    this.#arbiter.admission.admit(request, atMs);
    if (state.wantsOf(user).guard !== null) this.#arbiter.surge(user, state.ledger.account(user).demand);
    if (state.replicas !== null) this.#arbiter.replication.launchMissing(group);
    this.#reviewPool(app, atMs);
  }

  /** It ended or was cancelled; even while it waits, when its end is reported after the loss of its instance. */
  #requestOver(id: RequestId, nowMs: number): void {
    const request = this.#state.requests.get(id);
    if (request === undefined) return; // reported twice
    const group = this.#state.group(request.user, request.app);
    for (const warm of this.#state.warms) warm.over(group, nowMs);
    if (request.instance === null) {
      this.#state.waiting.remove(request);
      this.#finish(request);
      this.#arbiter.admission.left();
    } else {
      const instance = this.#state.instances.get(request.instance);
      this.#finish(request);
      this.#outcomes.released(instance, nowMs);
    }
    this.#arbiter.warmth.planPrewarm(group, nowMs);
    this.#reviewPool(group.app, nowMs);
  }

  #reviewPool(app: AppId, nowMs: number): void {
    if (this.#state.warm.pools === true) this.#arbiter.warmth.meetTarget(this.#state.group(null, app), nowMs);
  }

  /** A request leaves: what it asked for is no longer demanded. */
  #finish(request: Request): void {
    this.#state.requests.delete(request.id);
    this.#state.ledger.removeDemand(request.user, request.requested);
    if (request.instance === null) return;
    const instance = this.#state.instances.get(request.instance);
    removeOne(instance.requests, request.id);
    if (this.#state.replicas !== null) this.#state.observeReplica(instance, this.#out.atMs);
    if (instance.requests.length === 0) this.#state.markDelayed(instance, false);
  }

  #timerFired({ timerId, atMs }: EventOf<"timer">): void {
    const state = this.#state;
    if (state.timer?.id === timerId) state.timer = null;
    for (let due = state.agenda.takeDue(atMs); due !== null; due = state.agenda.takeDue(atMs)) {
      if (due.kind === "keep_alive") this.#keepAliveDue(due.subject as InstanceId, due.atMs, atMs);
      else if (due.kind === "warm_target") this.#warmTargetDue(due.subject, due.atMs, atMs);
      else if (due.kind === "look_again") this.#lookAgainDue(due.atMs);
      else this.#arbiter.poolSizing.scanDue(due.atMs, atMs);
    }
  }

  #lookAgainDue(dueMs: number): void {
    if (this.#state.lookAgainMs !== dueMs) return; // an earlier entry spoke for it
    this.#state.lookAgainMs = null;
    this.#arbiter.admission.serveWaiting();
  }

  #keepAliveDue(id: InstanceId, dueMs: number, nowMs: number): void {
    const instance = this.#state.instances.find(id);
    if (instance === undefined || instance.wakeMs !== dueMs) return; // gone, or a later entry speaks for it
    instance.wakeMs = null;
    if (instance.keepUntilMs === null) return; // in use: its next idle time has its own deadline
    if (instance.keepUntilMs > nowMs) return this.#arbiter.warmth.wakeFor(instance, instance.keepUntilMs);
    this.#arbiter.warmth.timeOver(instance);
  }

  #warmTargetDue(groupId: number, dueMs: number, nowMs: number): void {
    const group = this.#state.instances.groupById(groupId);
    if (group.wakeMs === dueMs) this.#arbiter.warmth.meetTarget(group, nowMs);
  }
}

function tierOf({ name, priority, levelPpm, mayPreempt }: EventOf<"tier_defined">): Tier {
  return { name, priority, levelPpm, mayPreempt };
}

/** Takes the value out of the list, which holds it, and keeps the order. */
function removeOne<T>(list: T[], value: T): void {
  for (let at = list.indexOf(value); at < list.length - 1; at += 1) list[at] = list[at + 1] as T;
  list.pop(); // cutting out would make a list of what was cut out
}
