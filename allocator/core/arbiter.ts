import { invariant } from "./assert.ts";
import { type Because, RULES, type Rule } from "./decisions.ts";
import { victimsFor } from "./eviction.ts";
import type { AppId, PoolId, TimerId, UserId } from "./ids.ts";
import type { Group, Instance, InstanceList } from "./instances.ts";
import type { Node } from "./nodes.ts";
import type { Outbox } from "./outbox.ts";
import { equal, fits, isZero, maximum, minimum, NO_RESOURCES, type Resources, subtract } from "./resources.ts";
import { mayGrow, sizeWith } from "./sizing.ts";
import type { State } from "./state.ts";
import { NO_FORECAST } from "./strategies/warm.ts";
import type { Line, Request } from "./waiting.ts";

/**
 * The only place where wants become decisions, under capacity and guardrails. Strategies say what they would like; the arbiter
 * knows what there is. Its state change and its decision go together: what is decided is assumed until the world says otherwise.
 */
export class Arbiter {
  readonly #state: State;
  readonly #out: Outbox;
  /**
   * Those who were passed over may now have room: an instance got its first request and may take more, whoever is charged for it;
   * or one changed hands, and a reservation took it in or has room for another in its place.
   */
  #tryAgain = false;

  constructor(state: State, out: Outbox) {
    this.#state = state;
    this.#out = out;
  }

  /** A new request: started if anything can take it, else evictions are made for it and it waits. */
  admit(request: Request, nowMs: number): void {
    const state = this.#state;
    const { permissions } = state.ledger.account(request.user);
    if (permissions !== null && !permissions.includes(request.app)) return this.#reject(request, "not_permitted", nowMs);
    const { shape } = state.app(request.app);
    if (state.unlimitedPool === null && state.nodes.count > 0 && !state.nodes.couldEverFit(shape)) {
      return this.#reject(request, "cannot_fit", nowMs);
    }
    this.#tryAgain = false;
    if (this.#start(request)) {
      if (this.#tryAgain) this.serveWaiting();
      return;
    }
    this.#makeRoom(request);
    state.waiting.insert(request);
    this.#out.decide({ kind: "queue", seq: 0, index: 0, because: because("no_fit"), request: request.id });
  }

  #reject(request: Request, rule: Rule, nowMs: number): void {
    this.#state.requests.delete(request.id);
    this.#state.ledger.removeDemand(request.user, request.requested);
    this.#state.warm.over(this.#state.group(request.user, request.app), nowMs);
    this.#out.decide({ kind: "reject", seq: 0, index: 0, because: because(rule), request: request.id });
  }

  /**
   * Tries the waiting requests in (priority, arrival) order; one that does not fit is passed over. The first that finds no room
   * may have idle instances evicted for it; then the pass ends, so that nobody behind it takes what becomes free.
   */
  serveWaiting(): void {
    if (this.#state.waiting.size === 0) return;
    do this.#tryAgain = false;
    while (this.#tryWaiting() && this.#tryAgain);
  }

  /** One pass. @returns whether it came to its end: not when something was evicted. */
  #tryWaiting(): boolean {
    const { waiting } = this.#state;
    const lines = waiting.lines();
    const full = new Set<AppId>();
    for (let i = 0; i < lines.length; ) {
      const { first } = lines[i] as Line;
      if (full.has(first.app) && !this.#hasInstanceFor(first) && !this.#hasReservation(first.user)) {
        i += 1;
      } else if (this.#start(first)) {
        waiting.remove(first); // its line moves back, or away: the next one stands here now
      } else {
        if (this.#makeRoom(first)) return false;
        if (!this.#fitsSomewhere(first.app)) full.add(first.app);
        i += 1;
      }
    }
    return true;
  }

  /** Whether some node has room for a new instance of the app, whoever it is for. */
  #fitsSomewhere(app: AppId): boolean {
    const { unlimitedPool, nodes, size } = this.#state;
    return unlimitedPool !== null || size !== null || nodes.firstFit(this.#state.app(app).shape) !== null;
  }

  /** Whether the ledger treats the user better than others: then eviction may help where it does not help them. */
  #hasReservation(user: UserId | null): boolean {
    return user !== null && !isZero(this.#state.ledger.account(user).reserved);
  }

  #hasInstanceFor({ user, app }: Request): boolean {
    const group = this.#state.group(user, app);
    const shadows = this.#state.instances.shadows(app);
    return [group.available, group.incoming, group.suspended, shadows.ready, shadows.incoming].some(
      (list) => list.first !== null,
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
      this.#bindTo(shadows.ready.last, request, "shadow_hit") ||
      this.#bindToEarliest(group.incoming, request) ||
      this.#bindTo(shadows.incoming.first, request, "late_join") ||
      this.#resume(group.suspended.last, request) ||
      this.launch(request.app, request.user, request, because("arrival"))
    );
  }

  /**
   * Where the slot `replicas` says how many instances there are: if no idle one, a ready shadow; a suspended or a new one only while
   * the group has fewer than it is to have. None that is starting: nobody is sent there.
   */
  #startOnReplica(group: Group, request: Request): boolean {
    if (this.#bindTo(this.#state.instances.shadows(request.app).ready.last, request, "shadow_hit")) return true;
    if (!this.#lacksReplicas(group)) return false;
    return this.#resume(group.suspended.last, request) || this.launch(request.app, request.user, request, because("arrival"));
  }

  #lacksReplicas(group: Group): boolean {
    const { replicas } = this.#state;
    return replicas === null || group.live < replicas.wanted(group);
  }

  /** Launches what a group lacks of the instances that it is to have, while there is room. */
  launchReplicas(group: Group): void {
    const { warm } = this.#state;
    const why = warm.because(warm.launchRule, group);
    while (this.#lacksReplicas(group) && this.launch(group.app, group.user, null, why)) {
      // one more is on its way
    }
  }

  /** Stops what is idle beyond them, least recently used first. */
  #stopReplicas(group: Group, nowMs: number): void {
    const lists = [group.available, ...(group.user === null ? [this.#state.instances.shadows(group.app).ready] : [])];
    for (const instance of lists.flatMap((list) => [...list])) {
      if (instance.requests.length === 0) this.settleIdle(instance, nowMs);
    }
  }

  /** A control interval ends: where the slot `replicas` wants other numbers of instances than there are. */
  syncReplicas(nowMs: number): void {
    const { replicas, instances } = this.#state;
    if (replicas === null) return;
    for (const id of replicas.sync(nowMs)) {
      const group = instances.groupById(id);
      this.launchReplicas(group);
      this.#stopReplicas(group, nowMs);
    }
    this.serveWaiting();
  }

  /** The most recently used one that the ledger lets change hands: another may be what its owner's reservation guarantees. */
  #bindToRecent(list: InstanceList, request: Request): boolean {
    for (let at = list.last; at !== null; at = at.lookup.previous?.owner ?? null) {
      if (this.#bindTo(at, request, "warm_hit")) return true;
    }
    return false;
  }

  /** Likewise among those that start: the first to be ready. */
  #bindToEarliest(list: InstanceList, request: Request): boolean {
    for (let at = list.first; at !== null; at = at.lookup.next?.owner ?? null) {
      if (this.#bindTo(at, request, "late_join")) return true;
    }
    return false;
  }

  #bindTo(instance: Instance | null, request: Request, rule: Rule): boolean {
    if (instance === null) return false;
    const size = this.#state.size === null ? null : sizeWith(instance, request, this.#state);
    if (size !== null && !mayGrow(instance, request.user, size, this.#state)) return false;
    if (!this.#own(instance, request.user)) return false;
    if (size !== null) this.#resize(instance, size, because("resized"));
    this.#bind(instance, request, rule);
    return true;
  }

  #bind(instance: Instance, request: Request, rule: Rule): void {
    const { instances, replicas, size } = this.#state;
    instance.keepUntilMs = null;
    instance.requests.push(request.id);
    request.instance = instance.id;
    if (size !== null) size.asked(instance.id, this.#state.askedOf(instance), this.#out.atMs);
    if (instance.requests.length === 1 && this.#state.hasRoom(instance)) this.#tryAgain = true;
    if (replicas !== null) this.#state.observeReplica(instance, this.#out.atMs);
    if (instance.phase !== "ready") this.#state.markDelayed(instance, true);
    instances.placeIdle(instance, null);
    instances.place(instance, this.#state.lookupList(instance));
    this.#out.decide({ kind: "bind", seq: 0, index: 0, because: because(rule), instance: instance.id, request: request.id });
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
    if (this.#hasReservation(user) || this.#hasReservation(instance.user)) this.#tryAgain = true;
    // A shadow was counted for its app; from now on it is counted where its user looks.
    if (this.#state.replicas !== null && !this.#state.app(instance.app).shared) {
      this.#state.replicas.gone(instance, this.#state.groupOf(instance));
    }
    this.#state.count(instance, -1);
    instance.user = user;
    this.#state.count(instance, 1);
    return true;
  }

  #resume(instance: Instance | null, request: Request): boolean {
    if (instance === null || !this.#ledgerHasRoom(request.user, instance.size)) return false;
    if (sizeWith(instance, request, this.#state) !== null) return false;
    if (instance.node !== null) {
      const { state, free } = this.#state.nodes.get(instance.node);
      if (state !== "ready" || !fits(instance.size, free)) return false;
    }
    instance.user = request.user;
    this.occupy(instance);
    instance.phase = "resuming";
    this.#state.count(instance, 1);
    this.#out.decide({ kind: "resume", seq: 0, index: 0, because: because("resume_hit"), instance: instance.id });
    this.#bind(instance, request, "resume_hit");
    return true;
  }

  /** Starts an instance where there is room; `request` null: ahead of any. */
  launch(app: AppId, user: UserId | null, request: Request | null, why: Because): boolean {
    const state = this.#state;
    const size = state.launchSize(user, app, request === null ? null : request.requested);
    if (!this.#ledgerHasRoom(user, size)) return false;
    let pool = state.unlimitedPool;
    let place: Node | null = null;
    if (pool === null) {
      place = state.nodeFor(size);
      if (place === null) return false;
      pool = place.pool;
    }
    const { seq: launchSeq, nextIndex: launchIndex } = this.#out;
    const launched = { app, pool: pool as PoolId, node: place === null ? null : place.id, launchSeq, launchIndex };
    const instance = state.instances.launch(launched, size, user, request === null ? [] : [request.id]);
    this.occupy(instance);
    if (request !== null) {
      instance.delayed = true;
      request.instance = instance.id;
      // Of a user with a reservation, what is idle may be beyond it now: it can be evicted for others.
      if (state.hasRoom(instance) || this.#hasReservation(user)) this.#tryAgain = true;
    }
    state.count(instance, 1);
    state.size?.resized(instance.id, this.#out.atMs);
    if (request !== null) state.size?.asked(instance.id, request.requested, this.#out.atMs);
    state.observeReplica(instance, this.#out.atMs);
    state.instances.place(instance, state.lookupList(instance));
    const { id, node } = instance;
    const by = request?.id ?? null;
    this.#out.decide({ kind: "launch", seq: 0, index: 0, because: why, instance: id, app, user, size, pool, node, request: by });
    return true;
  }

  /** In place. What it grows by is taken at once, what it shrinks by given back when the world reports it. */
  #resize(instance: Instance, size: Resources, why: Because): void {
    this.vacate(instance);
    instance.size = maximum(instance.size, size);
    this.occupy(instance);
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
      if (wanted === null) continue;
      const size = this.#state.sizeWithin(wanted, this.#state.askedOf(instance), instance.app);
      if (equal(size, instance.size) || !mayGrow(instance, instance.user, maximum(size, instance.size), this.#state)) continue;
      this.#resize(instance, size, sizes.because);
    }
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

  /** Tells an instance to stop. Its capacity stays taken until the world reports the end. */
  stop(instance: Instance, why: Because): void {
    const state = this.#state;
    invariant(instance.requests.length === 0, "an instance with requests is never stopped");
    state.count(instance, -1);
    state.replicas?.gone(instance, state.groupOf(instance));
    instance.phase = "stopping";
    instance.keepUntilMs = null;
    state.instances.placeIdle(instance, null);
    state.instances.place(instance, null);
    state.stopping += 1;
    this.#out.decide({ kind: "stop", seq: 0, index: 0, because: why, instance: instance.id });
  }

  /**
   * Evicts idle instances until the request will fit, or none. While stops are under way nothing more is evicted.
   * @returns whether anything was evicted.
   */
  #makeRoom(request: Request): boolean {
    const state = this.#state;
    if (state.replicas !== null) return false; // its instances are wanted, idle or not
    if (state.stopping > 0 || state.capacity === null || state.idle.every((list) => list.first === null)) return false;
    const victims = victimsFor(request.user, state.launchSize(request.user, request.app, request.requested), state);
    for (const victim of victims) this.stop(victim, because("evicted"));
    return victims.length > 0;
  }

  /** An instance has nothing to run: what the warm slot wants for it. `sinceMs`: since when. */
  settleIdle(instance: Instance, sinceMs: number): void {
    const { warm } = this.#state;
    const group = this.#state.groupOf(instance);
    const want = warm.whenIdle(group, sinceMs);
    if (want.keep === "none") return this.stop(instance, warm.because(want.rule, group));
    instance.keepUntilMs = want.keep === "until" ? want.untilMs : null;
    if (want.keep === "until") this.wakeFor(instance, want.untilMs);
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
    const { warm, agenda } = this.#state;
    const target = warm.target(group, nowMs);
    if (target === null) return;
    const why = warm.because(warm.launchRule, group);
    while (group.live < target && this.launch(group.app, group.user, null, why)) {
      // one more is on its way
    }
    if (warm.trims) this.#stopSurplus(group.available, group, target);
    if (warm.trims && group.user === null) this.#stopSurplus(this.#state.instances.shadows(group.app).ready, group, target);
    const changeMs = warm.nextChangeMs(group, nowMs);
    if (changeMs === null || (group.wakeMs !== null && group.wakeMs > nowMs && group.wakeMs <= changeMs)) return;
    group.wakeMs = changeMs;
    agenda.add(changeMs, "warm_target", group.id);
  }

  /**
   * A request of the group is over: where the warm slot wants instances started ahead of its next use, nothing of it runs any more;
   * what is idle goes, and the group is looked at again then.
   */
  planPrewarm(group: Group, nowMs: number): void {
    const atMs = this.#state.warm.prewarmMs(group);
    if (atMs === null || atMs <= nowMs || group.wakeMs === atMs) return;
    for (const instance of [...group.available]) if (instance.requests.length === 0) this.settleIdle(instance, nowMs);
    group.wakeMs = atMs;
    this.#state.agenda.add(atMs, "warm_target", group.id);
  }

  #stopSurplus(list: InstanceList, group: Group, target: number): void {
    for (let at = list.first; at !== null && group.live - group.delayed > target; ) {
      const next: Instance | null = at.lookup.next === null ? null : at.lookup.next.owner;
      if (at.requests.length === 0) this.stop(at, this.#state.warm.because("surplus", group));
      at = next;
    }
  }

  /**
   * Gives every user under review what the reserve slot wants: first what goes down, then what goes up, by priority, as far as
   * the ledger can guarantee it.
   */
  reviewReservations(nowMs: number): void {
    const { ledger, reserve, toReview } = this.#state;
    const raises: { user: UserId; wanted: Resources; priority: number; why: Because }[] = [];
    for (const user of toReview) {
      const account = ledger.account(user);
      ledger.endInterval(account, nowMs);
      const wanted = reserve.want(account, nowMs);
      ledger.beginInterval(account);
      if (wanted !== null && !equal(wanted, account.reserved)) {
        const why = reserve.because(user);
        if (fits(wanted, account.reserved)) this.#hold(user, wanted, why);
        else raises.push({ user, wanted, priority: this.#state.tier(account.tier).priority, why });
      }
      const demanded = !isZero(account.demand) || !isZero(account.usage);
      if (isZero(account.reserved) && !demanded && !reserve.expects(user, nowMs)) toReview.delete(user);
    }
    raises.sort((a, b) => b.priority - a.priority || a.user - b.user);
    for (const { user, wanted, why: reason } of raises) {
      const granted = ledger.grant(user, wanted, this.#state.capacity);
      const why = equal(granted, wanted) ? reason : { ...reason, guardrail: "capacity" as const };
      if (!equal(granted, ledger.account(user).reserved)) this.#hold(user, granted, why);
      if (!isZero(granted)) toReview.add(user);
    }
    this.serveWaiting();
  }

  #hold(user: UserId, amount: Resources, why: Because): void {
    this.#state.ledger.reserve(user, amount);
    if (isZero(amount)) this.#out.decide({ kind: "release", seq: 0, index: 0, because: why, user });
    else this.#out.decide({ kind: "reserve", seq: 0, index: 0, because: why, user, resources: amount });
  }

  /** Something was given back or lost: what nothing backs any more is let go, then the waiting are tried. */
  capacityChanged(): void {
    this.trimReservations();
    this.serveWaiting();
  }

  /** After capacity is lost: lets go of reservations, lowest priority first, until the rest is backed again. */
  trimReservations(): void {
    const { ledger, capacity } = this.#state;
    if (capacity === null || fits(ledger.total, capacity)) return;
    const holders = ledger
      .accounts()
      .filter((account) => !isZero(account.reserved))
      .sort((a, b) => this.#state.tier(a.tier).priority - this.#state.tier(b.tier).priority || b.id - a.id);
    for (const { id, reserved, instances } of holders) {
      if (fits(ledger.total, capacity)) return;
      const excess = maximum(NO_RESOURCES, subtract(ledger.total, capacity));
      const freed = minimum(maximum(NO_RESOURCES, subtract(reserved, instances)), excess);
      if (isZero(freed)) continue;
      this.#hold(id, subtract(reserved, freed), { ...because("node_lost"), guardrail: "capacity" });
    }
  }

  /** Asks the world for a timer at the core's earliest deadline, unless one is already due by then. */
  keepTimer(): void {
    const state = this.#state;
    const nextMs = state.agenda.nextMs;
    if (nextMs === null || (state.timer !== null && state.timer.atMs <= nextMs)) return;
    const why = because("agenda");
    const was = state.timer;
    if (was !== null) this.#out.decide({ kind: "cancel_timer", seq: 0, index: 0, because: why, timerId: was.id });
    const timerId = state.nextTimerId as TimerId;
    state.timer = { id: timerId, atMs: nextMs };
    state.nextTimerId += 1;
    this.#out.decide({ kind: "set_timer", seq: 0, index: 0, because: why, timerId, timerAtMs: nextMs });
  }
}

const PLAIN = new Map<Rule, Because>(RULES.map((rule) => [rule, { ...NO_FORECAST, rule }]));

function because(rule: Rule): Because {
  return PLAIN.get(rule) as Because;
}
