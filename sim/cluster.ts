import type { Decision, Launch } from "../allocator/core/decisions.ts";
import { type AllocatorEvent, EVENT_RANK, type EventKind, type FailureReason } from "../allocator/core/events.ts";
import { IdTable } from "../allocator/core/id-table.ts";
import type { AppId, InstanceId, NodeId, RequestId, TimerId } from "../allocator/core/ids.ts";
import { NO_RESOURCES, type Resources } from "../allocator/core/resources.ts";
import type { Actuator, EventSource, ForecastFeed } from "../allocator/ports.ts";
import type { Trace } from "../datasets/trace.ts";
import type { ClusterSpec } from "./cluster-spec.ts";
import { EventQueue, orderOf } from "./event-queue.ts";
import { Faults } from "./faults.ts";
import { MeasuredUse, type UsageLimit } from "./measured-use.ts";
import { type NodeEventKind, NodePools } from "./node-pools.ts";
import { arrival, userDefinitions } from "./workload.ts";
import type { Turn, WorldChange } from "./world-change.ts";

/** Kinds that the cluster schedules for itself; arrivals, ticks and forecasts are merged in by cursor. */
const SCHEDULED = [
  "request_ended",
  "node_draining",
  "node_lost",
  "node_ready",
  "instance_placed",
  "instance_ready",
  "instance_stopped",
  "instance_suspended",
  "instance_resized",
  "decision_failed",
  "timer",
] as const satisfies readonly EventKind[];
/** A report that comes late, or again: after the codes of the kinds. */
const REPORTED = SCHEDULED.length;
type Scheduled = (typeof SCHEDULED)[number];
const CODE = Object.fromEntries(SCHEDULED.map((kind, code) => [kind, code])) as Record<Scheduled, number>;
const SUBJECTS = 2 ** 40;

const TICK_ORDER = orderOf(EVENT_RANK.tick, 0);

interface SimulatedInstance {
  readonly app: AppId;
  readonly node: NodeId | null;
  size: Resources;
  ready: boolean;
  suspended: boolean;
  /** Bound, and waiting for it to be ready. */
  readonly pending: RequestId[];
}

interface Failure {
  readonly seq: number;
  readonly index: number;
  readonly reason: FailureReason;
  /** Whose start-up failed; `null`: nothing had begun. */
  readonly instance: InstanceId | null;
}

export interface ClusterOptions {
  readonly trace: Trace;
  readonly cluster: ClusterSpec;
  /** Events known before anything happens, in order. */
  readonly definitions: readonly AllocatorEvent[];
  readonly controlEveryMs: number | null;
  readonly forecasts: readonly ForecastFeed[];
  /** Of a usage trace: whether a reservation limits what its user can use. Default `none`. */
  readonly limit?: UsageLimit;
  /** What the world does of its own accord, in order of time. */
  readonly changes?: readonly WorldChange[];
  /** Comes after the changes of its instant and before all else. */
  readonly turn?: Turn | null;
}

/**
 * The world, simulated: it knows run times and start-up times, carries decisions out and tells what happened. It implements the
 * same two ports as a live cluster, and believes nothing: a launch that does not fit on its node is refused, as a kubelet would.
 */
export class SimulatedCluster implements Actuator, EventSource {
  readonly #trace: Trace;
  readonly #queue = new EventQueue();
  /** What is to be told before anything else. */
  #definitions: readonly AllocatorEvent[];
  #definition = 0;
  #arrival = 0;
  #nextTickMs: number;
  #controlEveryMs: number;
  #forecasts: readonly ForecastFeed[];
  #nextBatch: number[];
  readonly #instances = new IdTable<InstanceId, SimulatedInstance>();
  readonly #nodes: NodePools;
  #nodeEvents = 0;
  /** When a running request ends; NaN: it does not run. */
  readonly #endsMs: Float64Array;
  /** `null`: the trace is one of requests. */
  readonly #use: MeasuredUse | null;
  readonly #changes: readonly WorldChange[];
  /** `null`: there is none, or it is past. */
  #turn: Turn | null;
  #change = 0;
  /** When the next change is due. */
  #changeMs: number;
  #startUpPpm = WHOLE_PPM;
  /** The instance that a running request is on; kept only where nodes fail, as elsewhere no request outlives its instance. */
  readonly #runsOn: Float64Array | null;
  /** `null`: nothing goes wrong by chance. */
  #faults: Faults | null = null;
  /** Reports that come late, or again. */
  readonly #reports: AllocatorEvent[] = [];
  /** What happens before is told then. */
  #jumpToMs = 0;
  readonly #cancelledTimers = new Set<TimerId>();
  readonly #failures: Failure[] = [];
  #submitted = -1;
  #nowMs: number;

  constructor(options: ClusterOptions) {
    const { trace, cluster, definitions, controlEveryMs, forecasts, limit = "none", changes = [], turn = null } = options;
    this.#use = MeasuredUse.of(trace, limit);
    this.#trace = trace;
    this.#definitions = definitions;
    this.#forecasts = forecasts;
    this.#nextBatch = forecasts.map(() => 0);
    this.#nowMs = trace.manifest.window.startMs;
    this.#controlEveryMs = controlEveryMs ?? Number.POSITIVE_INFINITY;
    this.#nextTickMs = this.#nowMs + this.#controlEveryMs;
    this.#endsMs = new Float64Array(trace.requests.count).fill(Number.NaN);
    this.#changes = changes;
    this.#turn = turn;
    this.#changeMs = this.#nextChangeMs();
    this.#runsOn = changes.some(({ kind }) => kind === "node_failure") ? new Float64Array(trace.requests.count) : null;
    this.#nodes = new NodePools(cluster, (kind, atMs, subject) => {
      this.#schedule(kind, atMs, this.#nodeEvents, subject);
      this.#nodeEvents += 1;
    });
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  next(): AllocatorEvent | null {
    for (;;) {
      const definition = this.#definitions[this.#definition];
      if (definition !== undefined) {
        this.#definition += 1;
        return this.#stamped(definition);
      }
      const event = this.#earliest();
      if (event === null || event.atMs > this.#trace.manifest.window.endMs) return null;
      // At the window's end nothing happens any more; but a sample stamped there is about the time before.
      if (event === SKIPPED || (event.atMs === this.#trace.manifest.window.endMs && event.kind !== "usage_observed")) continue;
      return this.#stamped(event);
    }
  }

  /** What happens while the clock jumps is told when it has. */
  #stamped(event: AllocatorEvent): AllocatorEvent {
    this.#nowMs = Math.max(event.atMs, this.#jumpToMs);
    return event.atMs < this.#nowMs ? { ...event, atMs: this.#nowMs } : event;
  }

  /** Merges what is scheduled with the arrivals, ticks and forecasts, each already in order. */
  #earliest(): AllocatorEvent | null {
    const { submitMs, count } = this.#trace.requests;
    let atMs = this.#queue.timeMs;
    let order = atMs === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : this.#queue.order;
    let from: "queue" | "arrival" | "usage" | "tick" | number = "queue";
    if (this.#arrival < count) {
      const arrivalMs = submitMs[this.#arrival] as number;
      const arrivalOrder = ARRIVAL_ORDER + this.#arrival;
      if (arrivalMs < atMs || (arrivalMs === atMs && arrivalOrder < order)) {
        atMs = arrivalMs;
        order = arrivalOrder;
        from = "arrival";
      }
    }
    if (this.#use !== null && (this.#use.nextMs < atMs || (this.#use.nextMs === atMs && USAGE_ORDER < order))) {
      atMs = this.#use.nextMs;
      order = USAGE_ORDER;
      from = "usage";
    }
    if (this.#nextTickMs < atMs || (this.#nextTickMs === atMs && TICK_ORDER < order)) {
      atMs = this.#nextTickMs;
      order = TICK_ORDER;
      from = "tick";
    }
    for (let feed = 0; feed < this.#forecasts.length; feed += 1) {
      const forecasts = this.#forecasts[feed] as ForecastFeed;
      const batch = this.#nextBatch[feed] as number;
      if (batch >= forecasts.count) continue;
      const availableMs = forecasts.availableAtMs(batch);
      const batchOrder = orderOf(EVENT_RANK.forecast_issued, feed);
      if (availableMs < atMs || (availableMs === atMs && batchOrder < order)) {
        atMs = availableMs;
        order = batchOrder;
        from = feed;
      }
    }
    if (this.#changeMs <= atMs && this.#changeMs < Number.POSITIVE_INFINITY) return this.#changed();
    if (atMs === Number.POSITIVE_INFINITY) return null;
    if (from === "queue") return this.#scheduled(atMs, this.#queue.pop());
    if (from === "arrival") {
      this.#arrival += 1;
      return arrival(this.#trace, this.#arrival - 1);
    }
    if (from === "usage") return (this.#use as MeasuredUse).take();
    if (from === "tick") {
      this.#nextTickMs += this.#controlEveryMs;
      return { seq: -1, atMs, kind: "tick" };
    }
    return this.#forecast(from, atMs);
  }

  #nextChangeMs(): number {
    const infinity = Number.POSITIVE_INFINITY;
    return Math.min(this.#changes[this.#change]?.atMs ?? infinity, this.#turn?.atMs ?? infinity);
  }

  /** Before all else that happens at its instant. */
  #changed(): AllocatorEvent {
    const change = this.#changes[this.#change];
    if (change !== undefined && change.atMs === this.#changeMs) {
      this.#change += 1;
      this.#enter(change);
    } else {
      this.#takeTurn(this.#turn as Turn);
      this.#turn = null;
    }
    this.#changeMs = this.#nextChangeMs();
    return SKIPPED;
  }

  #enter(change: WorldChange): void {
    if (change.kind === "faults") this.#faults = new Faults(change.spec);
    if (change.kind === "clock_jump") this.#jumpToMs = Math.max(this.#jumpToMs, change.atMs + change.durationMs);
    if (change.kind === "start_up") this.#startUpPpm = change.factorPpm;
    if (change.kind === "node_failure") this.#nodes.fail(change, change.atMs);
    if (change.kind === "users_join") {
      this.#definitions = userDefinitions(this.#trace, change.firstUser, change.endUser, change.atMs);
      this.#definition = 0;
    }
  }

  /** Ticks stay on the grid that began with the run. */
  #takeTurn({ atMs, policy, forecasts }: Turn): void {
    this.#forecasts = forecasts;
    this.#nextBatch = forecasts.map((feed) => {
      let batch = 0;
      while (batch < feed.count && feed.availableAtMs(batch) < atMs) batch += 1;
      return batch;
    });
    if (policy === null) return;
    this.#definitions = [{ seq: -1, atMs, kind: "policy_activated", policy }];
    this.#definition = 0;
    this.#controlEveryMs = policy.controlEveryMs ?? Number.POSITIVE_INFINITY;
    const { startMs } = this.#trace.manifest.window;
    const ticks = Math.max(1, Math.ceil((atMs - startMs) / this.#controlEveryMs));
    this.#nextTickMs = policy.controlEveryMs === null ? Number.POSITIVE_INFINITY : startMs + ticks * policy.controlEveryMs;
  }

  #forecast(feed: number, atMs: number): AllocatorEvent {
    const forecasts = this.#forecasts[feed] as ForecastFeed;
    const batchIndex = this.#nextBatch[feed] as number;
    this.#nextBatch[feed] = batchIndex + 1;
    if (this.#faults?.losesForecast()) return SKIPPED;
    return {
      seq: -1,
      atMs,
      kind: "forecast_issued",
      setDigest: forecasts.digest,
      batchIndex,
      batchDigest: forecasts.batchDigest(batchIndex),
      batch: forecasts.batch(batchIndex),
    };
  }

  /** Turns a scheduled payload into what the allocator sees, and moves the world on. */
  #scheduled(atMs: number, payload: number): AllocatorEvent {
    const code = Math.floor(payload / SUBJECTS);
    const subject = payload - code * SUBJECTS;
    if (code === REPORTED) return this.#reported(subject, atMs);
    const event = this.#happened(SCHEDULED[code] as Scheduled, subject, atMs);
    return this.#faults === null || event === SKIPPED ? event : this.#told(event, this.#faults);
  }

  /** In time, unless the report of it is late; and perhaps again. */
  #told(event: AllocatorEvent, faults: Faults): AllocatorEvent {
    const againMs = faults.againMs(event.kind);
    if (againMs > 0) this.#reportAt(event, event.atMs + againMs);
    const lateMs = faults.lateMs(event.kind);
    if (lateMs === 0) return event;
    this.#reportAt(event, event.atMs + lateMs);
    return SKIPPED;
  }

  #reportAt(event: AllocatorEvent, atMs: number): void {
    this.#reports.push(event);
    const report = this.#reports.length - 1;
    this.#queue.push(atMs, REPORT_RANK, report, REPORTED * SUBJECTS + report);
  }

  /** A size is told as it is by then. */
  #reported(report: number, atMs: number): AllocatorEvent {
    const event = this.#reports[report] as AllocatorEvent;
    if (event.kind !== "instance_resized") return { ...event, atMs };
    const instance = this.#instances.get(event.instance);
    return instance === undefined ? SKIPPED : { ...event, atMs, size: instance.size };
  }

  #happened(kind: Scheduled, subject: number, atMs: number): AllocatorEvent {
    switch (kind) {
      case "request_ended":
        if (this.#endsMs[subject] !== atMs) return SKIPPED; // it was preempted meanwhile
        if (this.#runsOn !== null && !this.#instances.has(this.#runsOn[subject] as InstanceId)) return SKIPPED; // its node failed
        return { seq: -1, atMs, kind, request: subject as RequestId };
      case "timer":
        return this.#cancelledTimers.delete(subject as TimerId) ? SKIPPED : { seq: -1, atMs, kind, timerId: subject as TimerId };
      case "decision_failed": {
        const { seq, index, reason, instance } = this.#failures[subject] as Failure;
        if (instance !== null && !this.#abandon(instance, atMs)) return SKIPPED;
        return { seq: -1, atMs, kind, decisionSeq: seq, decisionIndex: index, reason };
      }
      case "node_draining":
      case "node_ready":
        return this.#nodes.happened(kind, subject, atMs) ?? SKIPPED;
      case "node_lost":
        return this.#nodeLost(subject as NodeId, atMs);
      default:
        return this.#instanceEvent(kind, subject as InstanceId, atMs);
    }
  }

  /** Its start-up failed. @returns whether it was still there. */
  #abandon(id: InstanceId, atMs: number): boolean {
    const instance = this.#instances.get(id);
    if (instance === undefined) return false;
    this.#instances.delete(id);
    this.#give(instance, atMs);
    return true;
  }

  /** With what is on it: where it drained, at most suspended instances. Requests that ran there do not end. */
  #nodeLost(node: NodeId, atMs: number): AllocatorEvent {
    const event = this.#nodes.happened("node_lost", node, atMs);
    if (event === null) return SKIPPED;
    for (const [id, instance] of [...this.#instances.entries()]) if (instance.node === node) this.#instances.delete(id);
    return event;
  }

  #instanceEvent(
    kind: Exclude<Scheduled, "request_ended" | "timer" | "decision_failed" | NodeEventKind>,
    id: InstanceId,
    atMs: number,
  ): AllocatorEvent {
    const instance = this.#instances.get(id);
    if (instance === undefined) return SKIPPED;
    switch (kind) {
      case "instance_placed":
        return { seq: -1, atMs, kind, instance: id, node: instance.node };
      case "instance_ready":
        instance.ready = true;
        for (const request of instance.pending) this.#execute(request, id, atMs);
        while (instance.pending.length > 0) instance.pending.pop();
        return { seq: -1, atMs, kind, instance: id };
      case "instance_stopped":
        this.#instances.delete(id);
        if (!instance.suspended) this.#give(instance, atMs);
        return { seq: -1, atMs, kind, instance: id };
      case "instance_suspended":
        instance.ready = false;
        instance.suspended = true;
        this.#give(instance, atMs);
        return { seq: -1, atMs, kind, instance: id };
      case "instance_resized":
        return { seq: -1, atMs, kind, instance: id, size: instance.size };
    }
  }

  #execute(request: RequestId, instance: InstanceId, atMs: number): void {
    if (this.#runsOn !== null) this.#runsOn[request] = instance;
    const endMs = atMs + (this.#trace.requests.runMs[request] as number);
    this.#endsMs[request] = endMs;
    this.#schedule("request_ended", endMs, request, request);
  }

  #schedule(kind: Scheduled, atMs: number, sequence: number, subject: number): void {
    this.#queue.push(atMs, EVENT_RANK[kind], sequence, CODE[kind] * SUBJECTS + subject);
  }

  submit(decisions: readonly Decision[]): void {
    const seq = decisions[0]?.seq ?? -1;
    if (seq <= this.#submitted) return; // these tokens were carried out before
    this.#submitted = seq;
    for (const decision of decisions) this.#carryOut(decision);
  }

  #carryOut(decision: Decision): void {
    switch (decision.kind) {
      case "bind":
        return this.#bind(decision.instance, decision.request);
      case "launch":
        return this.#launch(decision);
      case "stop":
        return this.#schedule("instance_stopped", this.#nowMs, decision.instance, decision.instance);
      case "set_timer":
        return this.#schedule("timer", decision.timerAtMs, decision.timerId, decision.timerId);
      case "cancel_timer":
        this.#cancelledTimers.add(decision.timerId);
        return;
      case "suspend":
        return this.#schedule("instance_suspended", this.#nowMs, decision.instance, decision.instance);
      case "resume":
        return this.#resume(decision);
      case "resize":
        return this.#resize(decision);
      case "preempt":
        this.#endsMs[decision.request] = Number.NaN;
        return this.#unbind(decision.instance, decision.request);
      case "resize_pool":
        if (!this.#nodes.resizePool(decision.pool, decision.nodes, this.#nowMs)) this.#fail(decision, "unsupported");
        return;
      case "reserve":
        return this.#use?.reserve(decision.user, decision.resources);
      case "release":
        return this.#use?.reserve(decision.user, NO_RESOURCES);
      case "queue":
      case "reject":
        return; // entries in the allocator's books: nothing to do in the world
    }
  }

  #bind(id: InstanceId, request: RequestId): void {
    const instance = this.#instances.get(id);
    if (instance === undefined) return;
    if (instance.ready) this.#execute(request, id, this.#nowMs);
    else instance.pending.push(request);
  }

  /** One that waits for its instance to be ready does not run when it is. */
  #unbind(id: InstanceId, request: RequestId): void {
    const pending = this.#instances.get(id)?.pending ?? [];
    const at = pending.indexOf(request);
    if (at >= 0) pending.splice(at, 1);
  }

  #launch(decision: Launch): void {
    const { instance: id, app, node, size, request } = decision;
    if (node !== null && !this.#nodes.take(node, size)) return this.#fail(decision, "no_capacity");
    const pending = request === null ? [] : [request];
    this.#instances.set(id, { app, node, size, ready: false, suspended: false, pending });
    this.#schedule("instance_placed", this.#nowMs, id, id);
    const readyMs = this.#nowMs + this.#nodes.pullMs(node, app, this.#nowMs) + this.#startUp(this.#app(app).coldStartMs);
    if (this.#faults?.failsLaunch()) return this.#fail(decision, "launch_failed", readyMs, id);
    this.#schedule("instance_ready", readyMs, id, id);
  }

  #resume(decision: Extract<Decision, { kind: "resume" }>): void {
    const instance = this.#instances.get(decision.instance);
    if (instance === undefined || !instance.suspended) return this.#fail(decision, "unknown_target");
    if (instance.node !== null && !this.#nodes.take(instance.node, instance.size)) return this.#fail(decision, "no_capacity");
    instance.suspended = false;
    const readyMs = this.#nowMs + this.#startUp(this.#app(instance.app).resumeMs);
    this.#schedule("instance_ready", readyMs, decision.instance, decision.instance);
  }

  #startUp(ms: number): number {
    return this.#startUpPpm === WHOLE_PPM ? ms : Math.round((ms * this.#startUpPpm) / WHOLE_PPM);
  }

  #resize(decision: Extract<Decision, { kind: "resize" }>): void {
    const instance = this.#instances.get(decision.instance);
    if (instance === undefined) return this.#fail(decision, "unknown_target");
    if (instance.node !== null && !this.#nodes.resize(instance.node, instance.size, decision.size)) {
      return this.#fail(decision, "no_capacity");
    }
    instance.size = decision.size;
    this.#schedule("instance_resized", this.#nowMs, decision.instance, decision.instance);
  }

  #give({ node, size }: SimulatedInstance, atMs: number): void {
    if (node !== null) this.#nodes.give(node, size, atMs);
  }

  #fail({ seq, index }: Decision, reason: FailureReason, atMs = this.#nowMs, instance: InstanceId | null = null): void {
    this.#failures.push({ seq, index, reason, instance });
    this.#schedule("decision_failed", atMs, this.#failures.length, this.#failures.length - 1);
  }

  #app(id: AppId) {
    return this.#trace.apps[id] as Trace["apps"][number];
  }
}

const WHOLE_PPM = 1_000_000;
/** Before anything new of its instant: what it tells of is past. */
const REPORT_RANK = EVENT_RANK.tier_defined;
const USAGE_ORDER = orderOf(EVENT_RANK.usage_observed, 0);
const ARRIVAL_ORDER = orderOf(EVENT_RANK.request_arrived, 0);
/** Something that was called off before its time came. */
const SKIPPED: AllocatorEvent = { seq: -1, atMs: -1, kind: "tick" };
