import type { Decision } from "../../allocator/core/decisions.ts";
import { type AllocatorEvent, type EventKind, type EventOf, FAILURE_REASONS } from "../../allocator/core/events.ts";
import type { ForecastBatch } from "../../allocator/core/forecast.ts";
import type { AppId, InstanceId, NodeId, RequestId, TierId, TimerId, UserId } from "../../allocator/core/ids.ts";
import type { Policy, ReserveSpec, SizeSpec, WarmSpec } from "../../allocator/core/policy.ts";
import { RandomStream } from "../../allocator/core/random.ts";
import { fits, type Resources, subtract } from "../../allocator/core/resources.ts";
import type { State } from "../../allocator/core/state.ts";
import {
  ELASTIC_SEEDS,
  JOINT_SEEDS,
  QUOTA_SEEDS,
  ROLLOUT_SEEDS,
  randomAdmission,
  randomBudget,
  randomElastic,
  randomGuard,
  randomPool,
  randomRole,
  randomRollout,
  someQuotas,
  USER_QUOTA_SEEDS,
} from "./random-bounds.ts";
import { AUTOPILOT, CRANE, randomReplicas } from "./random-strategies.ts";
import type { Token, WorldInstance } from "./world-instance.ts";

/**
 * A world in which anything lawful may happen at any time: arrivals and ends, losses, refusals, late and doubled reports, nodes
 * that come and go, new policies and forecasts. It carries decisions out in its own books and tells what it likes next.
 */
export class RandomWorld {
  readonly #isJoint: boolean;
  readonly #random: RandomStream;
  /** What concerns admission, drawn apart: so that all else stays what it was. */
  readonly #admission: RandomStream;
  /** What concerns elastic pools; `null`: there are none. */
  readonly #elastic: RandomStream | null;
  /** What concerns candidates; `null`: there are none. */
  readonly #rollouts: RandomStream | null;
  /** What concerns quotas; `null`: there are none. */
  readonly #quotas: RandomStream | null;
  /** What concerns those of users; `null`: there are none. */
  readonly #userQuotas: RandomStream | null;
  readonly #definitions: AllocatorEvent[] = [];
  readonly #instances = new Map<InstanceId, WorldInstance>();
  readonly #requests = new Set<RequestId>();
  readonly #apps: { readonly shape: Resources }[] = [];
  readonly #nodes = new Map<NodeId, { readonly pool: number; readonly capacity: Resources }>();
  readonly #pools: number;
  readonly #unlimited: boolean;
  readonly #users: number;
  readonly #tiers: number;
  /** What has been reported, and may be again. */
  readonly #reported: AllocatorEvent[] = [];
  #nextRequest = 0;
  #seq = 0;
  #nowMs = 0;
  #timer: { readonly id: TimerId; readonly atMs: number } | null = null;
  #oldTimer: TimerId | null = null;
  /** The last decision about a pool, which may fail. */
  #resized: Token | null = null;

  constructor(seed: number) {
    this.#random = new RandomStream(seed, "operations");
    this.#admission = new RandomStream(seed, "admission");
    const isElastic = seed >= ELASTIC_SEEDS && (seed < QUOTA_SEEDS || seed % 2 === 1);
    this.#elastic = isElastic ? new RandomStream(seed, "elastic") : null;
    const hasCandidates = seed >= ROLLOUT_SEEDS && (seed < QUOTA_SEEDS || seed % 3 === 0);
    this.#rollouts = hasCandidates ? new RandomStream(seed, "rollouts") : null;
    this.#isJoint = seed >= JOINT_SEEDS && seed < USER_QUOTA_SEEDS;
    this.#userQuotas = seed < USER_QUOTA_SEEDS ? null : new RandomStream(seed, "user quotas");
    this.#quotas = seed < QUOTA_SEEDS ? null : new RandomStream(seed, "quotas");
    this.#tiers = seed < QUOTA_SEEDS ? 1 + this.#below(3) : 2 + this.#below(2);
    this.#users = 1 + this.#below(5);
    this.#unlimited = this.#chance(20);
    this.#pools = 1 + this.#below(2);
    this.#define();
  }

  /** The next event; `state` is looked into only to stay lawful. */
  next(state: State): AllocatorEvent {
    const definition = this.#definitions.shift();
    if (definition !== undefined) return this.#stamp(definition);
    if (this.#chance(70)) this.#nowMs += this.#below(40);
    if (this.#rollouts?.below(25) === 0 && state.policy !== null) {
      const { policy } = this.#policy() as EventOf<"policy_activated">;
      return this.#stamp(of("stage_set", { ...randomRollout(this.#rollouts, state, policy) }));
    }
    for (;;) {
      const event = this.#anything(state);
      if (event !== null) return this.#stamp(event);
    }
  }

  #stamp(event: AllocatorEvent): AllocatorEvent {
    const stamped = { ...event, seq: this.#seq, atMs: this.#nowMs };
    this.#seq += 1 + this.#below(2); // ascending is enough
    return stamped;
  }

  carryOut(decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      switch (decision.kind) {
        case "launch": {
          const requests = new Set(decision.request === null ? [] : [decision.request]);
          const asked = { seq: decision.seq, index: decision.index };
          this.#instances.set(decision.instance, {
            id: decision.instance,
            node: decision.node,
            asked,
            phase: "starting",
            requests,
            wasReady: false,
          });
          break;
        }
        case "bind":
          this.#instances.get(decision.instance)?.requests.add(decision.request);
          break;
        case "preempt":
          this.#instances.get(decision.instance)?.requests.delete(decision.request);
          break;
        case "stop":
          this.#setPhase(decision.instance, "stopping");
          break;
        case "resume":
          this.#setPhase(decision.instance, "resuming", decision);
          break;
        case "suspend":
          this.#setPhase(decision.instance, "suspending", decision);
          break;
        case "reject":
          this.#requests.delete(decision.request);
          break;
        case "resize_pool":
          this.#resized = { seq: decision.seq, index: decision.index };
          break;
        case "set_timer":
          this.#timer = { id: decision.timerId, atMs: decision.timerAtMs };
          break;
        case "cancel_timer":
          this.#oldTimer = decision.timerId;
          break;
      }
    }
  }

  #setPhase(id: InstanceId, phase: WorldInstance["phase"], asked?: Token): void {
    const instance = this.#instances.get(id);
    if (instance === undefined) return;
    instance.phase = phase;
    if (asked !== undefined) instance.asked = { seq: asked.seq, index: asked.index };
  }

  #define(): void {
    for (let tier = 0; tier < this.#tiers; tier += 1) {
      const rest = { name: `t${tier}`, targetStartMs: 100, levelPpm: 950_000, mayPreempt: this.#admission.below(2) === 0 };
      this.#definitions.push(of("tier_defined", { tier: tier as TierId, priority: this.#below(3) - 1, ...rest }));
    }
    for (let pool = 0; pool < this.#pools; pool += 1) {
      const unlimited = this.#unlimited && pool === 0;
      const elastic = this.#elastic === null || unlimited ? null : randomElastic(this.#elastic);
      this.#definitions.push(of("pool_defined", { pool: pool as never, name: `p${pool}`, unlimited, provisionMs: 0, elastic }));
    }
    const apps = 1 + this.#below(4);
    for (let user = 0; user < this.#users; user += 1) {
      const permissions = this.#chance(85) ? null : [this.#below(apps) as AppId];
      const optOut = this.#chance(85) ? [] : [this.#below(apps) as AppId];
      const rest = { name: `u${user}`, role: randomRole(this.#userQuotas), timeZone: "UTC", permissions, optOut };
      this.#definitions.push(of("user_defined", { user: user as UserId, tier: this.#below(this.#tiers) as TierId, ...rest }));
    }
    for (let app = 0; app < apps; app += 1) {
      const shape = this.#amount(this.#chance(5) ? 0 : 3);
      this.#apps.push({ shape });
      const times = { coldStartMs: this.#below(100), resumeMs: this.#below(20) };
      const sharing = { shared: this.#chance(50), concurrency: 1 + this.#below(3) };
      this.#definitions.push(of("app_defined", { app: app as AppId, name: `a${app}`, shape, ...times, ...sharing }));
    }
    if (this.#chance(90)) this.#definitions.push(this.#policy());
    for (let node = this.#below(4); node > 0; node -= 1) this.#definitions.push(this.#nodeReady() as AllocatorEvent);
  }

  #anything(state: State): AllocatorEvent | null {
    const dice = this.#below(200);
    if (dice < 50) return this.#arrival();
    if (dice < 80) return this.#outcome((one) => one.phase === "starting" || one.phase === "resuming", "instance_ready");
    if (dice < 110) return this.#end();
    if (dice < 130) return this.#outcome((instance) => instance.phase === "stopping", "instance_stopped");
    if (dice < 145) return this.#fireTimer();
    if (dice < 155) return of("tick", {});
    if (dice < 162) return this.#cancel();
    if (dice < 166) return this.#outcome(() => true, "instance_lost");
    if (dice < 174)
      return this.#outcome(
        (one) => one.phase === "suspending" || (one.phase === "ready" && one.requests.size === 0 && this.#chance(20)),
        "instance_suspended",
      );
    if (dice < 176) return this.#resize(state);
    if (dice < 179) return this.#fail();
    if (dice < 181) return this.#nodeReady();
    if (dice < 182) return this.#nodeGoes("node_draining");
    if (dice < 183) return this.#nodeGoes("node_lost");
    if (dice < 190) return of("forecast_issued", { setDigest: "", batchIndex: 0, batchDigest: "", batch: this.#batch() });
    if (dice < 193 && this.#quotas !== null && this.#quotas.below(3) === 0) return this.#anotherTier(this.#quotas);
    if (dice < 193) return this.#usage();
    if (dice < 194) return this.#policy();
    if (dice < 196) return this.#outcome((instance) => instance.phase === "starting", "instance_placed");
    return this.#reported.length === 0 ? null : { ...this.#one(this.#reported) };
  }

  #arrival(): AllocatorEvent {
    const request = this.#nextRequest as RequestId;
    this.#nextRequest += 1;
    this.#requests.add(request);
    const app = this.#below(this.#apps.length) as AppId;
    const requested = this.#chance(50) ? (this.#apps[app] as { shape: Resources }).shape : this.#amount(3);
    const who = { user: this.#below(this.#users) as UserId, tier: this.#below(this.#tiers) as TierId };
    return of("request_arrived", { request, name: null, app, requested, ...who });
  }

  #end(): AllocatorEvent | null {
    const running = [...this.#instances.values()].filter(({ phase, requests }) => phase === "ready" && requests.size > 0);
    if (running.length === 0) return null;
    const { requests } = this.#one(running);
    const request = this.#one([...requests]);
    requests.delete(request);
    return this.#over("request_ended", request);
  }

  /** Waiting, starting or running. */
  #cancel(): AllocatorEvent | null {
    if (this.#requests.size === 0) return null;
    const request = this.#one([...this.#requests]);
    for (const { requests } of this.#instances.values()) requests.delete(request);
    return this.#over("request_cancelled", request);
  }

  #over(kind: "request_ended" | "request_cancelled", request: RequestId): AllocatorEvent {
    this.#requests.delete(request);
    return this.#remember(of(kind, { request }));
  }

  #outcome(
    may: (instance: WorldInstance) => boolean,
    kind: "instance_ready" | "instance_stopped" | "instance_lost" | "instance_suspended" | "instance_placed",
  ): AllocatorEvent | null {
    const able = [...this.#instances.values()].filter(may);
    if (able.length === 0) return null;
    const instance = this.#one(able);
    if (kind === "instance_ready") {
      instance.phase = "ready";
      instance.wasReady = true;
    } else if (kind === "instance_suspended") instance.phase = "suspended";
    else if (kind !== "instance_placed") this.#instances.delete(instance.id);
    if (kind === "instance_placed") return of(kind, { instance: instance.id, node: instance.node });
    const event = of(kind, { instance: instance.id });
    // Ids are never reused, so what is final may be reported again; a suspension that is over may not.
    return kind === "instance_suspended" || kind === "instance_ready" ? event : this.#remember(event);
  }

  #remember(event: AllocatorEvent): AllocatorEvent {
    this.#reported.push(event);
    if (this.#reported.length > 20) this.#reported.shift();
    return event;
  }

  /** Grows only where the node and the books have room, as a world that asked first. */
  #resize(state: State): AllocatorEvent | null {
    const instances = [...this.#instances.values()];
    if (instances.length === 0) return null;
    const { id, node } = this.#one(instances);
    const { size: before, user, occupies } = state.instances.get(id);
    const size = this.#amount(4);
    const growth = subtract(size, before);
    const largest = {
      cpuMillis: Math.max(0, growth.cpuMillis),
      memoryMiB: Math.max(0, growth.memoryMiB),
      gpuMillis: Math.max(0, growth.gpuMillis),
      networkKbps: Math.max(0, growth.networkKbps),
    };
    const fitsNode = node === null || fits(largest, state.nodes.get(node).free);
    const fitsBooks = state.ledger.hasRoom(user, largest, state.capacity);
    return !occupies || (fitsNode && fitsBooks) ? of("instance_resized", { instance: id, size }) : null;
  }

  /** A launch that is refused leaves nothing, a suspension the instance as it was, a resumption a suspended one. */
  #fail(): AllocatorEvent | null {
    const asked = [...this.#instances.values()].filter(
      ({ phase, wasReady }) => ["starting", "suspending", "resuming"].includes(phase) || (phase === "stopping" && !wasReady),
    );
    if (this.#resized !== null && this.#chance(30)) {
      const { seq, index } = this.#resized;
      return of("decision_failed", { decisionSeq: seq, decisionIndex: index, reason: this.#one(FAILURE_REASONS) });
    }
    if (asked.length === 0) return null;
    const instance = this.#one(asked);
    if (instance.phase === "starting" || instance.phase === "stopping") this.#instances.delete(instance.id);
    else instance.phase = instance.phase === "suspending" ? "ready" : "suspended";
    instance.requests.clear();
    const { seq, index } = instance.asked;
    const reason = this.#one(FAILURE_REASONS);
    return this.#remember(of("decision_failed", { decisionSeq: seq, decisionIndex: index, reason }));
  }

  #nodeReady(): AllocatorEvent | null {
    const node = (this.#chance(60) ? this.#nodes.size : this.#below(this.#nodes.size + 1)) as NodeId;
    if (this.#nodes.size >= 6 && node === this.#nodes.size) return null;
    let known = this.#nodes.get(node);
    if (known === undefined) {
      known = { pool: this.#unlimited && this.#pools === 1 ? 0 : this.#below(this.#pools), capacity: this.#amount(8) };
      this.#nodes.set(node, known);
    }
    const told = { node, name: `n${node}`, pool: known.pool as never, capacity: known.capacity };
    if (node % 3 === 0 || this.#nextRequest % 2 === 0) return of("node_ready", told); // not by chance: all else stays as it was
    const offered = { ...known.capacity, cpuMillis: known.capacity.cpuMillis >> 1 };
    return of("node_shared", { ...told, offered, places: this.#nextRequest % 5 });
  }

  #nodeGoes(kind: "node_draining" | "node_lost"): AllocatorEvent | null {
    if (this.#nodes.size === 0) return null;
    const node = this.#below(this.#nodes.size) as NodeId;
    if (kind === "node_lost") {
      for (const instance of [...this.#instances.values()]) if (instance.node === node) this.#instances.delete(instance.id);
    }
    return of(kind, { node });
  }

  /** Mostly when it is due; sometimes late, and sometimes one that was cancelled. */
  #fireTimer(): AllocatorEvent | null {
    if (this.#oldTimer !== null && this.#chance(20)) return of("timer", { timerId: this.#oldTimer });
    if (this.#timer === null) return null;
    const { id, atMs } = this.#timer;
    if (atMs > this.#nowMs + 5_000) return null;
    this.#nowMs = Math.max(this.#nowMs, atMs);
    this.#timer = null;
    return of("timer", { timerId: id });
  }

  #usage(): AllocatorEvent {
    return of("usage_observed", {
      user: this.#below(this.#users) as UserId,
      used: this.#amount(4),
      windowMs: 100,
      saturated: this.#chance(50),
    });
  }

  #batch(): ForecastBatch {
    const target = this.#one(["demand", "concurrency", "concurrency"] as const);
    const entity = target === "demand" ? "user" : this.#one(["app", "user_app"] as const);
    const entities = 1 + this.#below(3);
    const ids = Array.from({ length: entities }, () => {
      const app = this.#below(this.#apps.length);
      const user = this.#below(this.#users);
      if (entity === "user") return [user];
      return entity === "app" ? [app] : [user, app];
    });
    const steps = this.#below(6);
    const levelsPpm = Uint32Array.from([500_000, 950_000, 1_000_000].slice(this.#below(3)));
    const cells = entities * (target === "demand" ? 4 : 1) * steps * levelsPpm.length;
    const values = Uint32Array.from({ length: cells }, () => this.#below(target === "demand" ? 4_000 : 4));
    return {
      target,
      entity,
      issuedAtMs: this.#nowMs,
      availableAtMs: this.#nowMs,
      firstStepMs: Math.max(0, this.#nowMs + this.#below(200) - 100),
      stepMs: 1 + this.#below(200),
      steps,
      ids: Uint32Array.from(ids.flat()),
      levelsPpm,
      values,
    };
  }

  #policy(): AllocatorEvent {
    const levelPpm = this.#one([500_000, 900_000, 1_000_000]);
    const factorPpm = this.#one([0, 1_000_000, 1_200_001]);
    const reserve = this.#one<ReserveSpec>([
      { strategy: "none" },
      { strategy: "last-value", factorPpm },
      { strategy: "forecast", levelPpm, factorPpm, leadMs: 1 + this.#below(300) },
      { strategy: "forecast", levelPpm: "tier", factorPpm, leadMs: 1 + this.#below(300), floorPpm: 1_100_000 },
      {
        strategy: "forecast",
        levelPpm,
        factorPpm,
        leadMs: 1 + this.#below(300),
        lastGoodMs: 1 + this.#below(400),
        ...this.#one([{}, { learnedLeadPpm: 900_000 }]),
        ...this.#one([{}, { biasPpm: 300_000 }]),
        season: { intervals: 1 + this.#below(5), everyMs: 1 + this.#below(60) },
        ...this.#one([{}, { floorPpm: 1_100_000 }]),
      },
      { strategy: "moving-quantile", intervals: 1 + this.#below(5), everyMs: 1 + this.#below(60), levelPpm, factorPpm },
      { strategy: "seasonal-naive", intervals: 1 + this.#below(5), everyMs: 1 + this.#below(60), factorPpm },
      { strategy: "vpa" },
      { strategy: "crane", ...CRANE },
      { strategy: "crane-dsp", stepMs: 60_000, historyMs: 172_800_000, refitMs: 100, seed: 1 },
      {
        strategy: "autopilot",
        cpu: this.#one(["mean", "p90", "p95"]),
        memory: this.#one(["p98", "max", "half-max"]),
        marginPpm: 100_000,
        cpuHalfLifeMs: this.#one([50, 43_200_000]),
        memoryHalfLifeMs: 400,
        peakHours: 1 + this.#below(3),
        holdIntervals: 1 + this.#below(3),
      },
      { strategy: "static-peak", untilMs: this.#one([null, this.#below(3_000)]), factorPpm },
    ]);
    const warm = this.#one<WarmSpec>([
      { strategy: "none" },
      { strategy: "ttl", ttlMs: this.#one([0, 1, 50, 400]) },
      {
        strategy: "warm-pool",
        spare: this.#below(3),
        least: this.#below(2),
        most: 1 + this.#below(4),
        cooldownMs: this.#one([0, 30, 200]),
      },
      { strategy: "greedy-dual", ttlMs: this.#one([null, 50, 400]) },
      { strategy: "forecast", levelPpm },
      { strategy: "forecast", levelPpm: "tier", floorMs: this.#one([0, 1, 50, 400]) },
      { strategy: "arrival", chancePpm: this.#one([0, 1, 2]), floorMs: this.#one([0, 1, 50, 400]) },
      {
        strategy: "hybrid-histogram",
        binMs: this.#one([1, 10, 50]),
        bins: this.#one([2, 20]),
        headPpm: 50_000,
        tailPpm: 990_000,
        marginPpm: 100_000,
        variationPpm: this.#one([0, 1_000_000, 2_000_000]),
        minimumCount: this.#one([1, 3, 10]),
        outOfBoundsPpm: 500_000,
      },
      { strategy: "expected-cost", waitMs: this.#one([0, 10, 100, 10_000]) },
    ]);
    const replicas = randomReplicas(this.#random);
    const policy: Policy = {
      name: "random",
      controlEveryMs: 100,
      feed: null,
      reserve,
      ...(this.#chance(20)
        ? { size: this.#one<SizeSpec>([{ strategy: "vpa" }, AUTOPILOT, { strategy: "crane", ...CRANE }]) }
        : {}),
      ...(this.#chance(20)
        ? { warm: { strategy: "none" }, replicas: this.#one(replicas) }
        : { warm: this.#chance(50) ? warm : { ...warm, suspendMs: this.#one([1, 50, 400]) } }),
      ...(this.#chance(50) ? {} : { handOver: true }),
      place: { strategy: this.#one(["first-fit", "first-fit", "best-fit", "dot-product"]) },
      admit: { strategy: "priority" },
      ...(this.#chance(40) ? { guard: randomGuard(this.#random) } : {}),
      ...(this.#rollouts?.below(2) === 0 ? { budget: randomBudget(this.#rollouts) } : {}),
      ...(this.#elastic === null ? {} : { pool: randomPool(this.#elastic) }),
    };
    if (this.#isJoint && policy.replicas === undefined) {
      const { size: _, ...rest } = policy;
      const levelPpm = warm.strategy === "forecast" ? warm.levelPpm : 500_000;
      const joint = { strategy: "joint", levelPpm, everyMs: 100 } as const;
      return of("policy_activated", { policy: { ...rest, warm: joint } });
    }
    const whole = policy.replicas === undefined ? { ...policy, admit: randomAdmission(this.#admission) } : policy;
    const quotas = someQuotas(this.#quotas, this.#userQuotas, this.#tiers);
    return of("policy_activated", { policy: { ...whole, ...quotas } });
  }

  /** Another tier or role for a user, and so another quota. */
  #anotherTier(random: RandomStream): AllocatorEvent {
    const user = this.#below(this.#users) as UserId;
    const rest = { name: `u${user}`, role: randomRole(this.#userQuotas), timeZone: "UTC", permissions: null, optOut: [] };
    return of("user_defined", { user, tier: random.below(this.#tiers) as TierId, ...rest });
  }

  #amount(most: number): Resources {
    const some = () => this.#below(most * 1000 + 1);
    const whole = () => this.#below(most + 1) * 1000;
    const each = this.#chance(70) ? whole : some;
    return { cpuMillis: each(), memoryMiB: each(), gpuMillis: this.#chance(20) ? each() : 0, networkKbps: each() };
  }

  #one<T>(from: readonly T[]): T {
    return from[this.#below(from.length)] as T;
  }

  #below(n: number): number {
    return this.#random.below(n);
  }

  #chance(percent: number): boolean {
    return this.#below(100) < percent;
  }
}

function of<K extends EventKind>(kind: K, fields: Omit<EventOf<K>, "kind" | "seq" | "atMs">): AllocatorEvent {
  return { kind, seq: -1, atMs: -1, ...fields } as unknown as AllocatorEvent;
}
