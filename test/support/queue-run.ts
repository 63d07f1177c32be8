import { AllocatorCore } from "../../allocator/core/core.ts";
import type { Decision } from "../../allocator/core/decisions.ts";
import type { AllocatorEvent } from "../../allocator/core/events.ts";
import type { InstanceId, RequestId } from "../../allocator/core/ids.ts";
import { RandomStream } from "../../allocator/core/random.ts";
import { Drive } from "../../allocator/drive.ts";
import { policyFromText } from "../../allocator/policy-text.ts";
import type { Actuator, EventSource, StepObserver } from "../../allocator/ports.ts";
import type { Trace } from "../../datasets/trace.ts";
import { SimulatedCluster } from "../../sim/cluster.ts";
import type { ClusterSpec } from "../../sim/cluster-spec.ts";
import { definitions } from "../../sim/workload.ts";
import type { Batch } from "./batch-means.ts";

/** One slot: all that a node has and all that an instance takes. */
const SLOT = { cpuMillis: 1000, memoryMiB: 1024, gpuMillis: 0, networkKbps: 0 };
/** A mean service in ms: so long that rounding to whole milliseconds moves nothing by more than a hundred-thousandth of it. */
export const SERVICE_MS = 100_000;

export interface QueueModel {
  readonly servers: number;
  /** Arrivals in a mean service. */
  readonly load: number;
  /** A service time in mean services: its mean is 1. */
  readonly service: (random: RandomStream) => number;
  /** Of a service time in mean services: its squared coefficient of variation. */
  readonly serviceVariance: number;
  readonly batches: number;
  readonly batchSize: number;
  readonly warmUp: number;
  readonly seed: number;
}

/** Poisson arrivals of three users to one shared app. */
export function queueTrace(model: QueueModel): Trace {
  const { load, service, seed } = model;
  const count = model.warmUp + model.batches * model.batchSize;
  const arrivals = new RandomStream(seed, "arrivals");
  const services = new RandomStream(seed, "services");
  const submitMs = new Float64Array(count);
  const runMs = new Float64Array(count);
  let atMs = 0;
  for (let i = 0; i < count; i += 1) {
    atMs += arrivals.exponential(SERVICE_MS / load);
    submitMs[i] = Math.round(atMs);
    runMs[i] = Math.round(service(services) * SERVICE_MS);
  }
  return traceOf(submitMs, runMs, Number.MAX_SAFE_INTEGER);
}

/** Requests of three users to one shared app without start-up time, as a trace in memory. */
export function traceOf(submitMs: Float64Array, runMs: Float64Array, endMs: number): Trace {
  const count = submitMs.length;
  return {
    manifest: { window: { startMs: 0, endMs } } as Trace["manifest"],
    tiers: [{ name: "standard", targetStartMs: 1, priority: 0, levelPpm: 950_000, mayPreempt: false }],
    users: ["ana", "bob", "cem"].map((name) => ({ name, tier: 0, role: "", timeZone: "UTC", permissions: null })),
    apps: [{ name: "app", shape: SLOT, coldStartMs: 0, resumeMs: 0, shared: true, concurrency: 1 }],
    nodes: null,
    requests: {
      count,
      names: null,
      submitMs,
      runMs,
      user: Uint32Array.from({ length: count }, (_, i) => i % 3),
      app: new Uint32Array(count),
      tier: new Uint8Array(count),
      shape: new Uint32Array(count),
      shapes: [SLOT],
    },
    usage: null,
    context: [],
  };
}

/** When each request began to execute, read from events and decisions alone; NaN: never. */
class Starts implements StepObserver {
  readonly startMs: Float64Array;
  readonly #waiting = new Map<InstanceId, RequestId>();
  readonly #ready = new Set<InstanceId>();

  constructor(requests: number) {
    this.startMs = new Float64Array(requests).fill(Number.NaN);
  }

  onStep(event: AllocatorEvent, decisions: readonly Decision[]): void {
    if (event.kind === "instance_ready") {
      this.#ready.add(event.instance);
      const request = this.#waiting.get(event.instance);
      if (request !== undefined) this.startMs[request] = event.atMs;
      this.#waiting.delete(event.instance);
    } else if (event.kind === "instance_stopped") {
      this.#ready.delete(event.instance);
    }
    for (const decision of decisions) {
      if (decision.kind === "launch" && decision.request !== null) this.#waiting.set(decision.instance, decision.request);
      else if (decision.kind === "bind" && this.#ready.has(decision.instance)) this.startMs[decision.request] = event.atMs;
      else if (decision.kind === "bind") this.#waiting.set(decision.instance, decision.request);
    }
  }
}

/** Users who do not wait: a request that is told to queue is cancelled in the same instant. */
class Impatient implements EventSource, Actuator {
  readonly #world: SimulatedCluster;
  readonly #leaving: RequestId[] = [];

  constructor(world: SimulatedCluster) {
    this.#world = world;
  }

  next(): AllocatorEvent | null {
    const request = this.#leaving.pop();
    if (request === undefined) return this.#world.next();
    return { seq: -1, atMs: this.#world.nowMs, kind: "request_cancelled", request };
  }

  submit(decisions: readonly Decision[]): void {
    for (const decision of decisions) if (decision.kind === "queue") this.#leaving.push(decision.request);
    this.#world.submit(decisions);
  }
}

/** The trace through the core in a simulated cluster of one-slot nodes, keeping nothing; gives when each request started. */
export function startsOf(trace: Trace, servers: number, patience: "patient" | "impatient"): Float64Array {
  const nodes = Array.from({ length: servers }, (_, i) => ({ name: `n${i}`, capacity: SLOT }));
  const cluster: ClusterSpec = { pools: [{ name: "default", nodes }] };
  const policy = policyFromText("keep-alive:ttl=0s");
  const world = new SimulatedCluster({
    trace,
    cluster,
    definitions: definitions(trace, cluster, policy, 0),
    controlEveryMs: null,
    forecasts: [],
  });
  const edge = patience === "patient" ? world : new Impatient(world);
  const starts = new Starts(trace.requests.count);
  new Drive({ core: new AllocatorCore(), source: edge, actuator: edge, observers: [starts] }).run(Number.MAX_SAFE_INTEGER);
  return starts.startMs;
}

/** How much of the work in excess is remembered from one arrival to the next: about as long as a queue at 90 % load remembers. */
const MEMORY = 0.99;

/**
 * Batches of `value(request)` over the requests after the warm-up. The controls are what the random numbers happened to be,
 * compared with what they are expected to be, and know nothing of the queue: a batch's mean service; its mean gap between
 * arrivals; and the mean square of the work in excess, x = service ⁄ servers − gap, remembered with a factor m an arrival:
 * y ← m·y + x − E x, whose expected square is Var x ⁄ (1 − m²).
 */
export function batchesOf(model: QueueModel, trace: Trace, value: (request: number) => number): Batch[] {
  const { servers, load, serviceVariance, warmUp, batches, batchSize } = model;
  const { submitMs, runMs } = trace.requests;
  const meanExcess = 1 / servers - 1 / load;
  const meanSquare = (serviceVariance / servers ** 2 + 1 / load ** 2) / (1 - MEMORY ** 2);
  let remembered = 0;
  let at = 1;
  const sums = (size: number) => {
    const sum = { value: 0, service: 0, gap: 0, square: 0 };
    for (const end = at + size; at < end; at += 1) {
      const service = runMs[at]! / SERVICE_MS;
      const gap = (submitMs[at]! - submitMs[at - 1]!) / SERVICE_MS;
      remembered = MEMORY * remembered + runMs[at - 1]! / SERVICE_MS / servers - gap - meanExcess;
      sum.value += value(at);
      sum.service += service;
      sum.gap += gap;
      sum.square += remembered ** 2;
    }
    return sum;
  };
  sums(warmUp - 1);
  return Array.from({ length: batches }, () => {
    const sum = sums(batchSize);
    const mean = (total: number) => total / batchSize;
    const controls = [mean(sum.gap) * load - 1, mean(sum.square) / meanSquare - 1];
    // A constant service has nothing to vary with.
    if (serviceVariance > 0) controls.push(mean(sum.service) - 1);
    return { mean: mean(sum.value), controls };
  });
}
