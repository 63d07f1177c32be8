import { PreemptionHistory } from "./admit/preemption-history.ts";
import { Agenda } from "./agenda.ts";
import { invariant, known } from "./assert.ts";
import { Budget } from "./budget.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { Claims } from "./claims.ts";
import { type App, readDefinitions, type Tier, writeDefinitions } from "./definitions.ts";
import { IdTable } from "./id-table.ts";
import type { AppId, PoolId, RequestId, TierId, TimerId, UserId } from "./ids.ts";
import type { InstanceList } from "./instance-list.ts";
import { type Group, type Instance, InstanceTable } from "./instances.ts";
import { LaunchFailures } from "./launch-failures.ts";
import { LeadTimes } from "./lead-times.ts";
import { Ledger } from "./ledger.ts";
import { type Node, NodeTable } from "./nodes.ts";
import { type NodeScore, nodeScore } from "./placement/node-score.ts";
import type { Policy } from "./policy.ts";
import { PoolTable } from "./pools/pool-table.ts";
import { ReserveGuard } from "./reserve-guard.ts";
import { add, maximum, minimum, NO_RESOURCES, type Resources } from "./resources.ts";
import { isInShare, type Rollout, type Wants } from "./rollout.ts";
import type { LearnedLead, TierLevels } from "./strategies/levels.ts";
import { type PoolStrategy, poolStrategy } from "./strategies/pool.ts";
import { type ReplicaStrategy, replicaStrategy } from "./strategies/replicas.ts";
import { type ReserveStrategy, reserveStrategy } from "./strategies/reserve.ts";
import type { SizeStrategy } from "./strategies/size.ts";
import { Sizes } from "./strategies/sizes.ts";
import { type GroupFinder, type WarmStrategy, warmStrategy } from "./strategies/warm.ts";
import { type Request, WaitingQueue } from "./waiting.ts";

/** Everything the allocator knows: what a snapshot holds. */
export class State implements GroupFinder, TierLevels, LearnedLead, Wants {
  /** When the event happened that is being handled. */
  nowMs = 0;
  readonly tiers: Tier[] = [];
  readonly apps: App[] = [];
  pools = new PoolTable();
  /** The pool without limit, where there is one: then nothing ever waits for capacity. */
  unlimitedPool: PoolId | null = null;
  nodes = new NodeTable();
  ledger = new Ledger();
  instances = new InstanceTable();
  readonly requests = new IdTable<RequestId, Request>();
  readonly waiting = new WaitingQueue();
  agenda = new Agenda();
  /** The timer asked for and not yet fired. */
  timer: { readonly id: TimerId; readonly atMs: number } | null = null;
  nextTimerId = 0;
  arrivals = 0;
  /** For whom what becomes free is kept. */
  readonly claims = new Claims(this);
  /** Where launches were refused lately. */
  launchFailures = new LaunchFailures();
  /** Who preempted when, as far as budgets ask. */
  preemptions = new PreemptionHistory();
  /** When the agenda next has the queue tried because time passed; `null`: never. */
  lookAgainMs: number | null = null;
  /** When the agenda next has the slot `pool` look; `null`: never. */
  scanMs: number | null = null;
  /** Users to look at when a control interval ends: those with demand since the last, or with a reservation. */
  readonly toReview = new Set<UserId>();
  forecastBatches = 0;
  policy: Policy | null = null;
  /** Nothing is done ahead of requests, or taken from anybody. */
  frozen = false;
  /** A candidate on its way, or one that was rolled back; `null`: there is none. */
  rollout: Rollout | null = null;
  /** What it wants, for those for whom it decides; `null`: it decides for nobody. */
  #candidate: Wants | null = null;
  /** By user: whether it decides for that one. */
  readonly #tries: boolean[] = [];
  reserve: ReserveStrategy = reserveStrategy({ strategy: "none" }, this);
  warm: WarmStrategy = warmStrategy({ strategy: "none" }, this);
  /** `null`: what the slot `reserve` wants is held as it is. */
  guard: ReserveGuard | null = null;
  /** `null`: what capacity allows may be held. */
  budget: Budget | null = null;
  /** `null`: the policy asks for no lead time that is measured. */
  leadTimes: LeadTimes | null = null;
  /** Where the policy fills this slot, `warm` is the same; `null`: it does not. */
  replicas: ReplicaStrategy | null = null;
  /** `null`: instances are as large as their apps say. */
  size: SizeStrategy | null = null;
  /** `null`: pools have the nodes that they have. */
  pool: PoolStrategy | null = null;
  /** `null`: instances go on the first node with room. */
  placement: NodeScore | null = null;

  /** Σ capacity that backs reservations and instances; `null`: without limit. */
  get capacity(): Resources | null {
    return this.unlimitedPool === null ? this.nodes.backing : null;
  }

  /** How long what is not kept any longer stays suspended; `null`: it stops. */
  get suspendMs(): number | null {
    return this.policy?.warm.suspendMs ?? null;
  }

  /** What is wanted for the user; `user` null: for what is nobody's own. Of the candidate, where it decides for that one. */
  wantsOf(user: UserId | null): Wants {
    if (this.#candidate === null || this.rollout === null) return this;
    const tries = this.rollout.stage === "full" || (user !== null && this.isInCanary(user));
    return tries ? this.#candidate : this;
  }

  /** Likewise: whose wants those are. */
  policyOf(user: UserId | null): Policy | null {
    return this.wantsOf(user) === this ? this.policy : (this.rollout?.candidate ?? null);
  }

  warmOf(group: Group): WarmStrategy {
    return this.wantsOf(group.user).warm;
  }

  /** Whether the user is of the share that tries the candidate. */
  isInCanary(user: UserId): boolean {
    const { rollout } = this;
    if (rollout === null || rollout.stage === "rolled_back") return false;
    if (rollout.stage === "full") return true;
    let tries = this.#tries[user];
    if (tries === undefined) {
      tries = isInShare(rollout, this.ledger.account(user).nameHash);
      this.#tries[user] = tries;
    }
    return tries;
  }

  /** What learns from all that happens, whoever decides: each once. */
  get warms(): readonly WarmStrategy[] {
    return this.#candidate === null || this.#candidate.warm === this.warm ? [this.warm] : [this.warm, this.#candidate.warm];
  }

  /** Likewise. */
  get reserves(): readonly ReserveStrategy[] {
    const candidate = this.#candidate?.reserve ?? this.reserve;
    return candidate === this.reserve ? [this.reserve] : [this.reserve, candidate];
  }

  get #guards(): readonly ReserveGuard[] {
    return [...new Set([this.guard, this.#candidate?.guard ?? null])].filter((guard) => guard !== null);
  }

  app(id: AppId): App {
    return known(this.apps[id], "app");
  }

  tier(id: TierId): Tier {
    return known(this.tiers[id], "tier");
  }

  group(user: UserId | null, app: AppId): Group {
    return this.instances.group(this.app(app).shared ? null : user, app);
  }

  /** Where an instance is counted: its user's group, the app's where that is shared; a shadow's by its app alone. */
  groupOf(instance: Instance): Group {
    return this.group(instance.user, instance.app);
  }

  /**
   * Adds an instance to its group's counts (`sign` 1), or takes it out (−1): around every change of its phase, its user, or of
   * whether its requests were delayed.
   */
  count(instance: Instance, sign: 1 | -1): void {
    if (!isLive(instance) || instance.replacement !== null) return;
    const group = this.groupOf(instance);
    group.live += sign;
    if (instance.delayed) group.delayed += sign;
  }

  markDelayed(instance: Instance, delayed: boolean): void {
    if (instance.delayed === delayed) return;
    this.count(instance, -1);
    instance.delayed = delayed;
    this.count(instance, 1);
  }

  /** Whether a forecast may make a new instance smaller. */
  get sizesVary(): boolean {
    return this.size !== null && this.size === this.warm.sizes;
  }

  /** Whether an instance may be started for the user before it asks; `user` null: for whoever comes. */
  mayStartAhead(user: UserId | null, app: AppId): boolean {
    return user === null ? this.ledger.anyoneMayStartAhead(app) : this.ledger.mayStartAhead(user, app);
  }

  startUpMs(app: AppId): number {
    return this.app(app).coldStartMs;
  }

  levelPpm(user: UserId | null): number {
    if (user !== null) return this.tier(this.ledger.account(user).tier).levelPpm;
    return this.tiers.reduce((highest, tier) => Math.max(highest, tier.levelPpm), 0);
  }

  learnedLeadMs(levelPpm: number): number | null {
    return this.leadTimes === null ? null : this.leadTimes.quantile(levelPpm);
  }

  /** Whether an instance for the request would be borrowed from other tiers' quotas. */
  wouldBorrow({ user, app, requested }: Request): boolean {
    return this.ledger.quotas !== null && this.ledger.wouldBorrow(user, this.launchSize(user, app, requested));
  }

  /** Has the queue tried at that time, if nothing has it tried before. One deadline serves all who wait: each pass asks for the next. */
  lookAgainAt(atMs: number): void {
    if (this.lookAgainMs !== null && this.lookAgainMs <= atMs) return;
    this.lookAgainMs = atMs;
    this.agenda.add(atMs, "look_again", 0);
  }

  /** Tells the slot `replicas` that the instance was launched, became ready, or runs another number of requests. */
  observeReplica(instance: Instance, nowMs: number): void {
    if (instance.replacement !== null) return;
    this.replicas?.observe(instance, this.groupOf(instance), this.app(instance.app).concurrency, nowMs);
  }

  /** The requests on the instance have none any more: each waits, at the place of its arrival. */
  waitAgain(instance: Instance, nowMs: number): void {
    for (const id of instance.requests) {
      const request = known(this.requests.get(id), "request");
      request.instance = null;
      request.sinceMs = nowMs;
      this.waiting.insert(request);
    }
    while (instance.requests.length > 0) instance.requests.pop();
  }

  /** Σ of what the requests on the instance ask for. */
  askedOf(instance: Instance): Resources {
    return instance.requests.reduce((sum, id) => add(sum, known(this.requests.get(id), "request").requested), NO_RESOURCES);
  }

  /** The node on which a new instance of the app goes; `null`: none has room, or none on which its launch was not refused lately. */
  nodeFor(size: Resources, app: AppId, nowMs: number): Node | null {
    const avoided = this.launchFailures.avoided(app, nowMs);
    return this.placement === null ? this.nodes.firstFit(size, avoided) : this.nodes.best(size, this.placement, avoided);
  }

  /** The size of a new instance for the request; `requested` null: for none yet. */
  launchSize(user: UserId | null, app: AppId, requested: Resources | null): Resources {
    const { shape } = this.app(app);
    if (this.size === null) return shape;
    return this.sizeWithin(
      this.size.target(this.group(user, app), this.nowMs, requested) ?? shape,
      requested ?? NO_RESOURCES,
      app,
    );
  }

  /** As wanted, but not less than is asked for, and in any case not more than the app's own shape. */
  sizeWithin(wanted: Resources, asked: Resources, app: AppId): Resources {
    return minimum(maximum(wanted, asked), this.app(app).shape);
  }

  hasRoom(instance: Instance): boolean {
    return instance.requests.length < this.app(instance.app).concurrency;
  }

  /** Where an instance is among the idle. */
  idlePlace({ user }: Instance): number {
    return user === null ? 0 : this.ledger.account(user).tier + 1;
  }

  /** The list in which a request that looks for an instance finds this one; `null`: in none. */
  lookupList(instance: Instance): InstanceList | null {
    if (instance.phase === "stopping" || instance.phase === "suspending" || instance.handedOver || !this.hasRoom(instance))
      return null;
    const unbound = instance.user === null;
    if (instance.phase === "ready")
      return unbound ? this.instances.shadows(instance.app).ready : this.groupOf(instance).available;
    if (instance.phase === "suspended") return this.groupOf(instance).suspended;
    return unbound ? this.instances.shadows(instance.app).incoming : this.groupOf(instance).incoming;
  }

  /** The policy is in force for everybody: a candidate that was on its way is not any more. */
  activate(policy: Policy): void {
    this.policy = policy;
    this.rollout = null;
    this.#candidate = null;
    this.reserve = reserveStrategy(policy.reserve, this);
    this.#measureLeadTimes();
    this.guard = policy.guard === undefined ? null : new ReserveGuard(policy.guard);
    this.budget = policy.budget === undefined ? null : new Budget(policy.budget, this.budget);
    this.replicas = policy.replicas === undefined ? null : replicaStrategy(policy.replicas);
    this.placement = nodeScore(policy.place);
    this.pool = policy.pool === undefined ? null : poolStrategy(policy.pool);
    this.warm = this.replicas ?? warmStrategy(policy.warm, this);
    this.size = policy.size === undefined ? (this.warm.sizes ?? null) : new Sizes(policy.size);
    this.applyQuotas();
  }

  /** After the policy, the tiers or the ledger became others. */
  applyQuotas(): void {
    this.ledger.setQuotas(
      this.policy?.quotas,
      this.tiers.map(({ name }) => name),
    );
  }

  /** Beside the policy in force. The same candidate at another stage keeps what it has learned; a slot that both fill alike is one. */
  setRollout(rollout: Rollout): void {
    const inForce = known(this.policy, "policy in force");
    const { candidate } = rollout;
    const isNew = JSON.stringify(this.rollout?.candidate) !== JSON.stringify(candidate);
    this.rollout = rollout;
    this.#tries.length = 0;
    if (rollout.stage === "rolled_back") this.#candidate = null;
    else if (isNew || this.#candidate === null) {
      const same = (slot: "reserve" | "warm" | "guard") => JSON.stringify(inForce[slot]) === JSON.stringify(candidate[slot]);
      this.#candidate = {
        reserve: same("reserve") ? this.reserve : reserveStrategy(candidate.reserve, this),
        warm: same("warm") ? this.warm : warmStrategy(candidate.warm, this),
        guard: same("guard") ? this.guard : candidate.guard === undefined ? null : new ReserveGuard(candidate.guard),
        suspendMs: candidate.warm.suspendMs ?? null,
      };
    }
    this.#measureLeadTimes();
  }

  #measureLeadTimes(): void {
    const learn = (policy: Policy | null | undefined) =>
      policy?.reserve.strategy === "forecast" && policy.reserve.learnedLeadPpm !== undefined;
    const learnsLead = learn(this.policy) || (this.#candidate !== null && learn(this.rollout?.candidate));
    this.leadTimes = learnsLead ? (this.leadTimes ?? new LeadTimes()) : null;
  }

  write(out: ByteWriter): void {
    out.text(this.policy === null ? "" : JSON.stringify(this.policy));
    out.text(this.rollout === null ? "" : JSON.stringify(this.rollout));
    out.bool(this.frozen);
    writeDefinitions(out, this.tiers, this.apps);
    this.pools.write(out);
    this.nodes.write(out);
    this.ledger.write(out);
    this.instances.write(out);
    out.u32(this.requests.size);
    for (const request of this.requests.values()) {
      out.u32(request.id);
      out.u32(request.user);
      out.u32(request.app);
      out.u32(request.tier);
      out.resources(request.requested);
      out.u64(request.arrival);
      out.u64(request.sinceMs);
      out.optional(request.instance);
    }
    this.agenda.write(out);
    out.bool(this.timer !== null);
    if (this.timer !== null) {
      out.u32(this.timer.id);
      out.u64(this.timer.atMs);
    }
    out.u32(this.nextTimerId);
    out.u64(this.arrivals);
    out.u32(this.claims.stopping);
    this.launchFailures.write(out);
    this.preemptions.write(out);
    out.optional(this.claims.claimant);
    out.optional(this.claims.starving);
    out.optionalMs(this.lookAgainMs);
    out.optionalMs(this.scanMs);
    out.u32s(Uint32Array.from(this.toReview));
    out.u32(this.forecastBatches);
    for (const reserve of this.reserves) reserve.write(out);
    for (const warm of this.warms) warm.write(out);
    this.size?.write(out);
    for (const guard of this.#guards) guard.write(out);
    this.leadTimes?.write(out);
    this.budget?.write(out);
    this.pool?.write(out);
  }

  static read(from: ByteReader): State {
    const state = new State();
    const policy = from.text();
    if (policy !== "") state.activate(JSON.parse(policy) as Policy);
    const rollout = from.text();
    if (rollout !== "") state.setRollout(JSON.parse(rollout) as Rollout);
    state.frozen = from.bool();
    readDefinitions(from, state.tiers, state.apps);
    state.pools = PoolTable.read(from);
    state.findUnlimited();
    state.nodes = NodeTable.read(from);
    state.ledger = Ledger.read(from);
    state.applyQuotas();
    state.instances = InstanceTable.read(from, (table) => {
      state.instances = table;
      return { lookup: (instance) => state.lookupList(instance), idlePlace: (instance) => state.idlePlace(instance) };
    });
    for (let left = from.u32(); left > 0; left -= 1) {
      const request: Request = {
        id: from.u32() as RequestId,
        user: from.u32() as UserId,
        app: from.u32() as AppId,
        ...state.tierAndPriority(from.u32() as TierId),
        requested: from.resources(),
        arrival: from.u64(),
        sinceMs: from.u64(),
        instance: from.optional(),
        previous: null,
        next: null,
      };
      state.requests.set(request.id, request);
      if (request.instance === null) state.waiting.insert(request);
    }
    state.agenda = Agenda.read(from);
    if (from.bool()) state.timer = { id: from.u32() as TimerId, atMs: from.u64() };
    state.nextTimerId = from.u32();
    state.arrivals = from.u64();
    state.claims.stopping = from.u32();
    state.launchFailures = LaunchFailures.read(from);
    state.preemptions = PreemptionHistory.read(from);
    state.claims.claimant = from.optional<RequestId>();
    state.claims.starving = from.optional<RequestId>();
    state.lookAgainMs = from.optionalMs();
    state.scanMs = from.optionalMs();
    for (const user of from.u32s()) state.toReview.add(user as UserId);
    state.forecastBatches = from.u32();
    for (const reserve of state.reserves) reserve.read(from);
    for (const warm of state.warms) warm.read(from);
    state.size?.read(from);
    for (const guard of state.#guards) guard.read(from);
    state.leadTimes?.read(from);
    state.budget?.read(from);
    state.pool?.read(from);
    invariant(from.left === 0, "a snapshot ends with its state");
    return state;
  }

  /** After pools were defined. */
  findUnlimited(): void {
    this.unlimitedPool = this.pools.unlimited();
  }

  /** Whether there is a node, or a pool that can be given one: before, nothing is known of what fits. */
  get hasNodes(): boolean {
    return this.nodes.count > 0 || this.pools.isElastic;
  }

  /** Whether some node, empty, could hold `amount`: one that is there, or one that a pool can be given. */
  couldEverFit(amount: Resources): boolean {
    return this.nodes.couldEverFit(amount) || this.pools.couldBeGiven(amount);
  }

  tierAndPriority(tier: TierId): { tier: TierId; priority: number } {
    return { tier, priority: this.tier(tier).priority };
  }
}

/** Starting, resuming, active or idle. */
export function isLive({ phase }: Instance): boolean {
  return phase === "starting" || phase === "ready" || phase === "resuming";
}
