import type { Bind, Launch, Resume } from "../../allocator/core/decisions.ts";
import type {
  AppDefined,
  DecisionFailed,
  EventOf,
  PoolDefined,
  RequestArrived,
  TierDefined,
  UsageObserved,
} from "../../allocator/core/events.ts";
import { IdTable } from "../../allocator/core/id-table.ts";
import type { AppId, InstanceId, NodeId, PoolId, RequestId, TierId, UserId } from "../../allocator/core/ids.ts";
import type { Resources } from "../../allocator/core/resources.ts";
import type { StartPath } from "../../sim/run-record.ts";
import { CapacityLedger } from "./capacity-ledger.ts";
import { CellLedger } from "./cell-ledger.ts";
import { DecisionRate } from "./decision-rate.ts";
import { type App, Instance, Request, type Tier, User } from "./entities.ts";
import { RequestLedger } from "./request-ledger.ts";
import type { TimeBins } from "./time-bins.ts";
import { UsageLedger, type UsageLedgerOptions } from "./usage-ledger.ts";
import type { UserLedger } from "./user-ledger.ts";

/**
 * Who and what there is in a run, and what each event and decision does to it; the ledgers hold what follows from that.
 * Set `nowMs` before each call.
 */
export class RunAccount {
  nowMs = 0;
  readonly tiers: Tier[] = [];
  readonly capacity: CapacityLedger;
  readonly latency: RequestLedger;
  readonly decisionRate: DecisionRate;
  readonly usage: UsageLedger;
  readonly cells: CellLedger;
  readonly users: UserLedger | null;
  readonly #bins: TimeBins;
  readonly #pools = new Map<PoolId, { readonly unlimited: boolean; readonly priceMicrosPerHour: number }>();
  readonly #users = new Map<UserId, User>();
  readonly #apps = new Map<AppId, App>();
  /** Those that exist now. */
  readonly #instances = new IdTable<InstanceId, Instance>();
  /** Those that have neither ended nor been refused or cancelled. */
  readonly #requests = new IdTable<RequestId, Request>();

  #arrivals = 0;

  /** @param users where to keep the series of each user; `null`: nowhere. */
  constructor(bins: TimeBins, usage: UsageLedgerOptions, users: UserLedger | null) {
    this.#bins = bins;
    this.users = users;
    this.usage = new UsageLedger(bins, usage);
    this.cells = new CellLedger(bins);
    this.capacity = new CapacityLedger(bins, this.cells.nobody);
    this.latency = new RequestLedger(this.tiers, bins.fromMs);
    this.decisionRate = new DecisionRate(bins.fromMs, bins.toMs, this.cells.nobody);
  }

  /** Whether all capacity is that of nodes. */
  get isFinite(): boolean {
    const pools = [...this.#pools.values()];
    return pools.length > 0 && pools.every((pool) => !pool.unlimited);
  }

  /** Whether it is the run of a usage trace: samples, and no requests. */
  get isMeasured(): boolean {
    return this.usage.samples > 0 && this.#arrivals === 0;
  }

  /** Cuts all open intervals at the window's end. */
  cut(): void {
    const { toMs } = this.#bins;
    this.capacity.advance(toMs);
    for (const request of this.#requests.values()) this.latency.cut(request, toMs);
    this.decisionRate.countUserDays();
  }

  defineTier({ tier, name, targetStartMs }: TierDefined): void {
    this.tiers[tier] = { name, targetStartMs };
    this.latency.addTier(tier);
    this.capacity.addTier(tier);
    this.usage.addTier(tier);
  }

  definePool({ pool, unlimited, elastic }: PoolDefined): void {
    this.#pools.set(pool, { unlimited, priceMicrosPerHour: elastic?.priceMicrosPerHour ?? 0 });
  }

  defineApp({ app, shared }: AppDefined): void {
    this.#apps.set(app, { shared });
  }

  addNode({ node, pool, capacity }: EventOf<"node_ready" | "node_shared">): void {
    this.capacity.addNode(node, capacity, this.#pools.get(pool)?.priceMicrosPerHour ?? 0, this.nowMs);
  }

  /** A user keeps the tier of the first definition. */
  defineUser(id: UserId, name: string, tier: TierId): void {
    if (this.#users.has(id)) return;
    known(this.tiers[tier], "tier", tier);
    const user = new User(tier, this.cells.row(id, tier), this.users?.addUser(name, tier) ?? null);
    this.#users.set(id, user);
    this.cells.addUser();
    this.decisionRate.addUser(user);
  }

  arrive({ request: id, user: userId, tier, requested }: RequestArrived): void {
    known(this.tiers[tier], "tier", tier);
    this.#arrivals += 1;
    const counted = this.nowMs >= this.#bins.fromMs;
    const user = known(this.#users.get(userId), "user", userId);
    const cells = tier === user.tier ? user.cells : this.cells.row(userId, tier);
    const request = new Request(user, tier, cells, requested, this.nowMs, counted);
    this.#requests.set(id, request);
    this.latency.arrive(request);
  }

  leave(id: RequestId, cancelled: boolean): void {
    const request = this.#requests.get(id);
    if (request === undefined) return;
    this.#requests.delete(id);
    if (cancelled) this.latency.cancel(request, this.nowMs);
    this.#free(request);
  }

  launch(decision: Launch): void {
    const { seq, index, user, app, size, node } = decision;
    const owner = user === null ? null : known(this.#users.get(user), "user", user);
    const instance = new Instance(known(this.#apps.get(app), "app", app), owner, size, node, seq, index);
    this.#instances.set(decision.instance, instance);
    this.decisionRate.count("launch", owner, this.nowMs);
    if (decision.request !== null) this.#attach(instance, decision.request, "cold");
    this.capacity.putBack(instance, this.nowMs);
  }

  bind(decision: Bind): void {
    const instance = known(this.#instances.get(decision.instance), "instance", decision.instance);
    this.capacity.takeOut(instance, this.nowMs);
    const request = this.#attach(instance, decision.request, pathOf(instance));
    this.capacity.putBack(instance, this.nowMs);
    if (instance.phase === "ready") this.latency.start(request, instance, this.nowMs);
  }

  /** A shadow becomes the request's user's; an instance of a shared app changes hands whenever it has nothing to run. */
  #attach(instance: Instance, id: RequestId, path: StartPath): Request {
    const request = known(this.#requests.get(id), "request", id);
    if (instance.owner === null || (instance.app.shared && instance.requests.length === 0)) instance.owner = request.user;
    instance.requests.push(request);
    instance.requested.add(request.requested, 1);
    request.instance = instance;
    this.latency.bind(request, path, this.nowMs);
    return request;
  }

  /** The request leaves its instance, if it has one; the instance stays with its owner. */
  #free(request: Request): void {
    const { instance } = request;
    if (instance === null) return;
    this.capacity.takeOut(instance, this.nowMs);
    request.instance = null;
    removeOne(instance.requests, request);
    instance.requested.add(request.requested, -1);
    this.capacity.putBack(instance, this.nowMs);
  }

  place(id: InstanceId, node: NodeId | null): void {
    const instance = this.#instances.get(id);
    if (instance === undefined) return;
    instance.placedMs = this.nowMs;
    instance.node = node;
  }

  ready(id: InstanceId): void {
    const instance = this.#instances.get(id);
    if (instance === undefined || instance.phase === "ready") return;
    this.capacity.takeOut(instance, this.nowMs);
    instance.phase = "ready";
    this.capacity.putBack(instance, this.nowMs);
    for (const request of instance.requests) this.latency.start(request, instance, this.nowMs);
  }

  resize(id: InstanceId, size: Resources): void {
    const instance = this.#instances.get(id);
    if (instance === undefined) return;
    this.capacity.takeOut(instance, this.nowMs);
    instance.size = size;
    this.capacity.putBack(instance, this.nowMs);
  }

  suspend(id: InstanceId): void {
    const instance = this.#instances.get(id);
    if (instance === undefined) return;
    this.capacity.takeOut(instance, this.nowMs);
    instance.phase = "suspended";
  }

  resume({ instance: id, seq, index }: Resume): void {
    const instance = known(this.#instances.get(id), "instance", id);
    instance.startSeq = seq;
    instance.startIndex = index;
    this.capacity.takeOut(instance, this.nowMs);
    instance.phase = "resuming";
    this.capacity.putBack(instance, this.nowMs);
  }

  preempt(id: RequestId): void {
    const request = known(this.#requests.get(id), "request", id);
    const instance = known(request.instance, "instance of request", id);
    this.latency.preempt(request, this.nowMs);
    this.latency.waitAgain(request, instance, this.nowMs);
    this.#free(request);
  }

  /**
   * A failed launch leaves no instance, a failed resumption one that is suspended as it was. What else may fail leaves things as
   * they were.
   */
  fail({ decisionSeq, decisionIndex }: DecisionFailed): void {
    for (const [id, instance] of this.#instances.entries()) {
      if (instance.startSeq !== decisionSeq || instance.startIndex !== decisionIndex) continue;
      if (instance.phase === "starting") return this.remove(id);
      if (instance.phase !== "resuming") return;
      this.#waitAgain(instance);
      return this.suspend(id);
    }
  }

  #waitAgain(instance: Instance): void {
    for (const request of [...instance.requests]) {
      this.latency.waitAgain(request, instance, this.nowMs);
      this.#free(request);
    }
  }

  loseNode(node: NodeId): void {
    this.capacity.removeNode(node, this.nowMs);
    for (const [id, instance] of this.#instances.entries()) if (instance.node === node) this.remove(id);
  }

  /** The instance is gone; requests on it wait again. */
  remove(id: InstanceId): void {
    const instance = this.#instances.get(id);
    if (instance === undefined) return;
    this.#waitAgain(instance);
    this.capacity.takeOut(instance, this.nowMs);
    this.#instances.delete(id);
  }

  /** Decided by `kind`; a release reserves nothing. */
  reserve(kind: "reserve" | "release", id: UserId, amounts: Resources): void {
    const user = known(this.#users.get(id), "user", id);
    this.capacity.reserve(user, amounts, this.nowMs);
    if (this.#arrivals === 0) this.usage.reserve(user, amounts, this.nowMs);
    this.decisionRate.count(kind, user, this.nowMs);
  }

  observe(sample: UsageObserved): void {
    this.usage.observe(known(this.#users.get(sample.user), "user", sample.user), sample);
  }

  reject(id: RequestId): void {
    this.latency.reject(known(this.#requests.get(id), "request", id));
    this.#requests.delete(id);
  }

  /** A decision to resize or stop; what comes of it is told by an event. */
  countDecision(kind: "resize" | "stop", id: InstanceId): void {
    this.decisionRate.count(kind, known(this.#instances.get(id), "instance", id).owner, this.nowMs);
  }
}

/** Takes the value out of the list, which holds it, and keeps the order. */
function removeOne<T>(list: T[], value: T): void {
  for (let at = list.indexOf(value); at < list.length - 1; at += 1) list[at] = list[at + 1]!;
  list.pop();
}

/** How a request starts that is bound to an instance as it is now. */
function pathOf(instance: Instance): StartPath {
  if (instance.phase === "starting") return "late";
  if (instance.phase !== "ready") return "resumed";
  return instance.owner === null ? "shadow" : "warm";
}

/** Decisions and arrivals name only what exists; anything else is a bug in whoever produced the stream. */
function known<T>(value: T | null | undefined, what: string, id: number): T {
  if (value === undefined || value === null)
    throw new Error(`metrics: ${what} ${id} is named before it exists, or after it is gone`);
  return value;
}
