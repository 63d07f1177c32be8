import { Arbiter } from "./arbiter.ts";
import { invariant } from "./assert.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import type { Decision } from "./decisions.ts";
import type { Tier } from "./definitions.ts";
import type { AllocatorEvent, DecisionFailed, EventOf } from "./events.ts";
import type { AppId, InstanceId, NodeId, RequestId, UserId } from "./ids.ts";
import type { Instance } from "./instances.ts";
import { checkCheaply } from "./invariants.ts";
import { launchOwner } from "./launching.ts";
import { Outbox } from "./outbox.ts";
import { nameHash, type Wants } from "./rollout.ts";
import { sha256 } from "./sha256.ts";
import { readHead, writeHead } from "./snapshot-head.ts";
import { isLive, State } from "./state.ts";
import type { Request } from "./waiting.ts";

/**
 * The allocator: a function from what happened to what to do. No clock, no chance, no effects: the same events give the same
 * decisions, in the simulator, in production and from a journal.
 */
export class AllocatorCore {
  #state = new State();
  readonly #out = new Outbox();
  #arbiter = new Arbiter(this.#state, this.#out);
  #lastSeq = -1;
  #lastMs = 0;

  /**
   * Takes one event in and answers with decisions; the array is valid until the next call.
   * @throws InvariantError when a promise of the core is broken, or the events are out of order.
   */
  step(event: AllocatorEvent): readonly Decision[] {
    invariant(event.seq > this.#lastSeq && event.atMs >= this.#lastMs, "events come in order");
    this.#lastSeq = event.seq;
    this.#lastMs = event.atMs;
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
    return this.#lastMs;
  }

  snapshot(): Uint8Array {
    const out = new ByteWriter(65_536);
    writeHead(out, this.#lastSeq, this.#lastMs);
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
    this.#lastMs = lastMs;
    this.#state = State.read(from);
    this.#state.nowMs = this.#lastMs;
    this.#arbiter = new Arbiter(this.#state, this.#out);
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
        return this.#instanceReady(event.instance, event.atMs);
      case "timer":
        return this.#timerFired(event);
      case "instance_stopped":
        return this.#instanceStopped(event.instance);
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
        return this.#instanceLost(event.instance);
      case "instance_suspended":
        return this.#instanceSuspended(event.instance, event.atMs);
      case "instance_resized":
        return this.#instanceResized(event);
      case "node_ready":
        return this.#nodeReady(event);
      case "node_draining":
        return this.#nodeDraining(event.node);
      case "node_lost":
        return this.#nodeLost(event.node);
      case "decision_failed":
        return this.#decisionFailed(event);
      case "tier_defined":
        invariant(event.tier === this.#state.tiers.length, "tier ids are dense and defined once");
        this.#state.tiers.push(tierOf(event));
        return this.#state.applyQuotas();
      case "pool_defined":
        invariant(event.pool === this.#state.pools.count, "pool ids are dense and defined once");
        this.#state.pools.add(event.unlimited, event.provisionMs, event.elastic);
        return this.#state.findUnlimited();
      case "user_defined":
        return this.#userDefined(event);
      case "app_defined":
        return this.#appDefined(event);
      case "freeze_set":
        return this.#freezeSet(event);
      case "policy_activated":
        return this.#policyActivated(event);
      case "stage_set":
        return this.#stageSet(event);
    }
  }

  /** A new user, or another profile of one that is known: what is idle and reserved is looked at again. */
  #userDefined({ user, name, tier, permissions, optOut, atMs }: EventOf<"user_defined">): void {
    const { ledger, instances, toReview } = this.#state;
    if (!ledger.has(user)) return ledger.open(user, tier, permissions, optOut, nameHash(name));
    const account = ledger.account(user);
    ledger.setTier(account, tier);
    account.permissions = permissions;
    account.optOut = optOut;
    toReview.add(user);
    for (const instance of [...instances.values()]) {
      if (instance.user !== user || !isIdle(instance)) continue;
      instances.placeIdle(instance, this.#state.idlePlace(instance)); // its tier says in which list it is
      this.#arbiter.warmth.settleIdle(instance, atMs);
    }
    if (ledger.quotas !== null) this.#arbiter.capacityChanged();
  }

  #appDefined({ app, shape, coldStartMs, shared, concurrency }: EventOf<"app_defined">): void {
    invariant(app === this.#state.apps.length, "app ids are dense and defined once");
    this.#state.apps.push({ shape, coldStartMs, shared, concurrency });
  }

  /** The new policy speaks for what is idle and reserved now, too. */
  #policyActivated({ policy, atMs }: EventOf<"policy_activated">): void {
    this.#state.activate(policy);
    this.#state.budget?.advance(this.#state.ledger.total, atMs);
    this.#arbiter.reservations.trim();
    this.#adoptReplicas(atMs);
    for (const instance of [...this.#state.instances.idle]) this.#arbiter.warmth.settleIdle(instance, atMs);
    this.#arbiter.reservations.review(atMs);
    this.#arbiter.admission.serveWaiting();
    this.#arbiter.poolSizing.scanNext(atMs);
  }

  /**
   * Of those for whom another policy decides from now on, what is idle is looked at at once, and what is reserved when the control
   * interval ends. Nothing changes for the others.
   */
  #stageSet({ kind: _kind, seq: _seq, atMs, ...rollout }: EventOf<"stage_set">): void {
    const state = this.#state;
    const accounts = state.ledger.accounts();
    const before = accounts.map(({ id }) => state.wantsOf(id));
    const ofNobody = state.wantsOf(null);
    state.setRollout(rollout);
    const moved = new Set<UserId | null>();
    if (state.wantsOf(null) !== ofNobody) moved.add(null);
    accounts.forEach((account, i) => {
      const was = before[i] as Wants;
      const is = state.wantsOf(account.id);
      if (was === is) return;
      moved.add(account.id);
      if (was.guard !== is.guard) {
        was.guard?.forget(account.id);
        is.guard?.beginInterval(account);
      }
      state.toReview.add(account.id);
    });
    const groups = state.instances.groups().filter(({ user }) => moved.has(user));
    for (const instance of [...state.instances.values()]) {
      if (isIdle(instance) && moved.has(state.groupOf(instance).user)) this.#arbiter.warmth.settleIdle(instance, atMs);
    }
    for (const group of groups) this.#arbiter.warmth.meetTarget(group, atMs);
    this.#arbiter.admission.serveWaiting();
  }

  /** When it is over, what is idle is as if it had become so now, and every target is looked at again. */
  #freezeSet({ frozen, atMs }: EventOf<"freeze_set">): void {
    const state = this.#state;
    const was = state.frozen;
    state.frozen = frozen;
    if (frozen || !was) return;
    for (const instance of [...state.instances.values()]) {
      if (isIdle(instance)) this.#arbiter.warmth.settleIdle(instance, atMs);
      else if (instance.phase === "suspended" && instance.keepUntilMs === null) this.#arbiter.warmth.keepUntil(instance, atMs);
    }
    for (const group of [...state.instances.groups()]) this.#arbiter.warmth.meetTarget(group, atMs);
    this.#arbiter.admission.serveWaiting();
  }

  /** What is there now, and what waits, are what the slot `replicas` begins with. */
  #adoptReplicas(nowMs: number): void {
    const state = this.#state;
    if (state.replicas === null) return;
    for (const instance of state.instances.values()) {
      if (isLive(instance)) state.observeReplica(instance, nowMs);
    }
    for (const { user, app, requested } of state.waiting)
      state.replicas.arrived(state.group(user, app), nowMs, state.app(app).concurrency, requested);
    for (const group of state.instances.groups()) state.replicas.adopted(group, nowMs);
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
      this.#released(instance, nowMs);
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

  /** An instance has a place again: the waiting come first; then, if nothing took it, the warm slot says what becomes of it. */
  #released(instance: Instance, nowMs: number): void {
    const state = this.#state;
    state.instances.place(instance, state.lookupList(instance));
    if (isIdle(instance)) state.instances.placeIdle(instance, state.idlePlace(instance));
    this.#arbiter.admission.serveWaiting();
    if (isIdle(instance)) this.#arbiter.warmth.settleIdle(instance, nowMs);
  }

  #instanceReady(id: InstanceId, nowMs: number): void {
    const instance = this.#state.instances.find(id);
    if (instance === undefined || (instance.phase !== "starting" && instance.phase !== "resuming")) return;
    instance.phase = "ready";
    const { launchFailures } = this.#state;
    const owner = launchOwner(instance, this.#state);
    const mayLaunch = launchFailures.succeeded(instance.app, owner, instance.node);
    this.#state.leadTimes?.ready(id, nowMs);
    instance.asked = null;
    this.#arbiter.handOver.ready(instance);
    this.#state.observeReplica(instance, nowMs);
    if (instance.requests.length === 0) return this.#released(instance, nowMs);
    this.#state.instances.place(instance, this.#state.lookupList(instance));
    // Those that wait for a replica do not join one that is starting.
    if (mayLaunch || this.#state.replicas !== null) this.#arbiter.admission.serveWaiting();
  }

  #instanceStopped(id: InstanceId): void {
    const instance = this.#state.instances.find(id);
    if (instance === undefined) return;
    if (instance.phase !== "stopping") return this.#instanceLost(id);
    this.#state.stopEnded();
    this.#remove(instance);
    this.#arbiter.capacityChanged();
  }

  #remove(instance: Instance): void {
    this.#arbiter.handOver.lost(instance, this.#out.atMs);
    this.#arbiter.actions.vacate(instance);
    this.#state.size?.gone(instance.id);
    this.#state.leadTimes?.gone(instance.id);
    this.#state.instances.delete(instance);
  }

  /** Gone without having been asked to: its requests wait again, at the place of their arrival. */
  #instanceLost(id: InstanceId): void {
    const instance = this.#state.instances.find(id);
    if (instance === undefined) return;
    this.#lose(instance);
    this.#arbiter.capacityChanged();
  }

  #lose(instance: Instance): void {
    const state = this.#state;
    if (instance.phase === "stopping" || instance.phase === "suspending") state.stopEnded();
    state.count(instance, -1);
    state.replicas?.gone(instance, state.groupOf(instance));
    state.warm.ranking?.gone(instance.id, state.groupOf(instance), false);
    state.waitAgain(instance, this.#out.atMs);
    this.#remove(instance);
  }

  #nodeReady({ node, pool, capacity, atMs }: EventOf<"node_ready">): void {
    const { nodes, pools } = this.#state;
    const isNew = node >= nodes.count;
    nodes.ready(node, pool, capacity);
    pools.nodeReady(pool, nodes.readyIn(pool), isNew, atMs);
    this.#arbiter.capacityChanged();
  }

  #nodeDraining(node: NodeId): void {
    this.#state.nodes.drain(node);
    this.#nodeGone(node);
    this.#arbiter.reservations.trim();
    this.#arbiter.handOver.review();
    this.#arbiter.poolSizing.leave(node);
  }

  #nodeGone(node: NodeId): void {
    const { nodes, pools } = this.#state;
    const { pool } = nodes.get(node);
    pools.nodeGone(pool, nodes.readyIn(pool));
  }

  #nodeLost(node: NodeId): void {
    for (const instance of [...this.#state.instances.values()]) if (instance.node === node) this.#lose(instance);
    this.#state.nodes.lose(node);
    this.#nodeGone(node);
    this.#arbiter.capacityChanged();
  }

  #instanceSuspended(id: InstanceId, nowMs: number): void {
    const instance = this.#state.instances.find(id);
    if (instance === undefined || !(isIdle(instance) || instance.phase === "suspending")) return;
    this.#arbiter.warmth.suspended(instance, nowMs);
    this.#arbiter.capacityChanged();
  }

  #instanceResized({ instance: id, size }: EventOf<"instance_resized">): void {
    const instance = this.#state.instances.find(id);
    if (instance === undefined) return;
    const occupied = instance.occupies;
    this.#arbiter.actions.vacate(instance);
    instance.size = size;
    if (occupied) this.#arbiter.actions.occupy(instance);
    this.#state.ledger.quotas?.rebase();
    this.#arbiter.capacityChanged();
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

  #decisionFailed(event: DecisionFailed): void {
    const { suspension, admission } = this.#arbiter;
    const { pools, nodes } = this.#state;
    const pool = pools.refused(event.decisionSeq, event.decisionIndex, (id) => nodes.readyIn(id));
    if (pool !== null) return this.#state.pool?.refused(pool, event.atMs);
    const instances = [...this.#state.instances.values()];
    if (instances.some((one) => suspension.refused(one, event.decisionSeq, event.decisionIndex))) return admission.serveWaiting();
    const instance = instances.find(
      ({ launched }) => launched.launchSeq === event.decisionSeq && launched.launchIndex === event.decisionIndex,
    );
    // Beside these only a launch leaves something to undo; what else the world refuses stays as it was, and reconciling repairs it.
    // One that was told to stop before it was ready will not be reported stopped.
    if (instance === undefined || (instance.phase !== "starting" && instance.phase !== "stopping")) return;
    if (instance.phase === "starting") {
      const owner = launchOwner(instance, this.#state);
      this.#state.launchFailures.failed(instance.app, owner, instance.node, event.atMs);
    }
    this.#lose(instance);
    this.#arbiter.reservations.trim();
    admission.serveWaiting(); // elsewhere, if there is room
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

function isIdle({ phase, requests }: Instance): boolean {
  return phase === "ready" && requests.length === 0;
}
