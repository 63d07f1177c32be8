import type { Because, Decision, DecisionKind, DecisionOf } from "../../allocator/core/decisions.ts";
import type { AllocatorEvent, EventKind, EventOf, FailureReason } from "../../allocator/core/events.ts";
import type { AppId, InstanceId, NodeId, PoolId, RequestId, TierId, UserId } from "../../allocator/core/ids.ts";
import { NO_RESOURCES, type Resources } from "../../allocator/core/resources.ts";
import type { StepObserver } from "../../allocator/ports.ts";

const BECAUSE: Because = { rule: "arrival", batchIndex: -1, levelPpm: 0, factorPpm: 1_000_000, guardrail: "none", rung: "none" };

/** A request's or instance's amounts, the rest 0. */
export const amounts = (some: Partial<Resources>): Resources => ({ ...NO_RESOURCES, ...some });

/** One core and one GiB. */
export const ONE: Resources = amounts({ cpuMillis: 1000, memoryMiB: 1024 });

export interface Step {
  readonly event: AllocatorEvent;
  readonly decisions: Decision[];
}

/**
 * Scripts what a journal would hold, by name. Each event opens a step; the decisions that follow belong to it:
 *
 *     new Stream().tier("standard").user("ana").app("web")
 *       .arrive(1000, "r1", "ana", "web").launch("i1", "web", { request: "r1" })
 *       .ready(3000, "i1")
 *       .end(5000, "r1").stop("i1")
 *       .stopped(5000, "i1")
 */
export class Stream {
  readonly steps: Step[] = [];
  #nextSeq = 0;
  readonly #ids = new Map<string, number>();
  readonly #counts = new Map<string, number>();
  readonly #userOf = new Map<string, string>();
  readonly #tierOf = new Map<string, string>();

  /** Shows every step to `observer`, in order. */
  play<T extends StepObserver>(observer: T): T {
    for (const { event, decisions } of this.steps) observer.onStep(event, decisions);
    return observer;
  }

  tier(name = "standard", options: Partial<EventOf<"tier_defined">> = {}): this {
    const tier = this.#id<TierId>("tier", name);
    const defaults = { targetStartMs: 1000, priority: 0, levelPpm: 950_000, mayPreempt: false };
    return this.#event("tier_defined", 0, { tier, name, ...defaults, ...options });
  }

  pool(name = "default", options: Partial<EventOf<"pool_defined">> = {}): this {
    return this.#event("pool_defined", 0, {
      pool: this.#pool(name),
      name,
      unlimited: false,
      provisionMs: 0,
      elastic: null,
      ...options,
    });
  }

  user(name: string, tier = "standard"): this {
    this.#tierOf.set(name, tier);
    const user = this.#id<UserId>("user", name);
    const rest = { role: "", timeZone: "UTC", permissions: null, optOut: [] };
    return this.#event("user_defined", 0, { user, name, tier: this.#id<TierId>("tier", tier), ...rest });
  }

  app(name: string, options: Partial<EventOf<"app_defined">> = {}): this {
    const defaults = { shape: ONE, coldStartMs: 1000, resumeMs: 200, shared: false, concurrency: 1 };
    return this.#event("app_defined", 0, { app: this.#id<AppId>("app", name), name, ...defaults, ...options });
  }

  node(atMs: number, name: string, capacity: Resources, pool = "default"): this {
    return this.#event("node_ready", atMs, { node: this.#node(name), name, pool: this.#pool(pool), capacity });
  }

  nodeLost(atMs: number, name: string): this {
    return this.#event("node_lost", atMs, { node: this.#node(name) });
  }

  arrive(atMs: number, request: string, user: string, app: string, requested = ONE, tier = this.#tierOf.get(user)): this {
    this.#userOf.set(request, user);
    return this.#event("request_arrived", atMs, {
      request: this.#request(request),
      name: request,
      user: this.#id<UserId>("user", user),
      app: this.#id<AppId>("app", app),
      requested,
      tier: this.#id<TierId>("tier", tier ?? "standard"),
    });
  }

  end(atMs: number, request: string): this {
    return this.#event("request_ended", atMs, { request: this.#request(request) });
  }

  cancel(atMs: number, request: string): this {
    return this.#event("request_cancelled", atMs, { request: this.#request(request) });
  }

  placed(atMs: number, instance: string, node: string | null = null): this {
    return this.#event("instance_placed", atMs, {
      instance: this.#instance(instance),
      node: node === null ? null : this.#node(node),
    });
  }

  ready(atMs: number, instance: string): this {
    return this.#event("instance_ready", atMs, { instance: this.#instance(instance) });
  }

  stopped(atMs: number, instance: string): this {
    return this.#event("instance_stopped", atMs, { instance: this.#instance(instance) });
  }

  suspended(atMs: number, instance: string): this {
    return this.#event("instance_suspended", atMs, { instance: this.#instance(instance) });
  }

  resized(atMs: number, instance: string, size: Resources): this {
    return this.#event("instance_resized", atMs, { instance: this.#instance(instance), size });
  }

  lost(atMs: number, instance: string): this {
    return this.#event("instance_lost", atMs, { instance: this.#instance(instance) });
  }

  /** The decision of that place among those of that step failed. */
  failed(atMs: number, decision: Decision, reason: FailureReason = "launch_failed"): this {
    const { seq, index } = decision;
    return this.#event("decision_failed", atMs, { decisionSeq: seq, decisionIndex: index, reason });
  }

  tick(atMs: number): this {
    return this.#event("tick", atMs, {});
  }

  /** The last decision taken. */
  get last(): Decision {
    const decision = this.steps.at(-1)?.decisions.at(-1);
    if (decision === undefined) throw new Error("the last step has no decision");
    return decision;
  }

  /** `user` defaults to the request's; without either it is a shadow. */
  launch(
    instance: string,
    app: string,
    options: { request?: string; user?: string; size?: Resources; node?: string; pool?: string } = {},
  ): this {
    const { request, node } = options;
    const user = options.user ?? (request === undefined ? undefined : this.#userOf.get(request));
    return this.#decide("launch", {
      instance: this.#instance(instance),
      app: this.#id<AppId>("app", app),
      user: user === undefined ? null : this.#id<UserId>("user", user),
      size: options.size ?? ONE,
      pool: this.#pool(options.pool ?? "default"),
      node: node === undefined ? null : this.#node(node),
      request: request === undefined ? null : this.#request(request),
    });
  }

  bind(instance: string, request: string): this {
    return this.#decide("bind", { instance: this.#instance(instance), request: this.#request(request) });
  }

  stop(instance: string): this {
    return this.#decide("stop", { instance: this.#instance(instance) });
  }

  suspend(instance: string): this {
    return this.#decide("suspend", { instance: this.#instance(instance) });
  }

  resume(instance: string): this {
    return this.#decide("resume", { instance: this.#instance(instance) });
  }

  resize(instance: string, size: Resources): this {
    return this.#decide("resize", { instance: this.#instance(instance), size });
  }

  preempt(instance: string, request: string): this {
    return this.#decide("preempt", { instance: this.#instance(instance), request: this.#request(request) });
  }

  queue(request: string): this {
    return this.#decide("queue", { request: this.#request(request) });
  }

  reject(request: string): this {
    return this.#decide("reject", { request: this.#request(request) });
  }

  reserve(user: string, resources: Resources): this {
    return this.#decide("reserve", { user: this.#id<UserId>("user", user), resources });
  }

  release(user: string): this {
    return this.#decide("release", { user: this.#id<UserId>("user", user) });
  }

  #event<K extends EventKind>(kind: K, atMs: number, fields: Omit<EventOf<K>, "kind" | "seq" | "atMs">): this {
    const event = { kind, seq: this.#nextSeq++, atMs, ...fields } as unknown as AllocatorEvent;
    this.steps.push({ event, decisions: [] });
    return this;
  }

  #decide<K extends DecisionKind>(kind: K, fields: Omit<DecisionOf<K>, "kind" | "seq" | "index" | "because">): this {
    const step = this.steps.at(-1);
    if (step === undefined) throw new Error("a decision follows an event");
    const token = { seq: step.event.seq, index: step.decisions.length, because: BECAUSE };
    step.decisions.push({ kind, ...token, ...fields } as unknown as Decision);
    return this;
  }

  readonly #instance = (name: string) => this.#id<InstanceId>("instance", name);
  readonly #request = (name: string) => this.#id<RequestId>("request", name);
  readonly #node = (name: string) => this.#id<NodeId>("node", name);
  readonly #pool = (name: string) => this.#id<PoolId>("pool", name);

  /** Dense, at first sight, one number line a table. */
  #id<T extends number>(table: string, name: string): T {
    const key = `${table} ${name}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known as T;
    const id = this.#counts.get(table) ?? 0;
    this.#counts.set(table, id + 1);
    this.#ids.set(key, id);
    return id as T;
  }
}
