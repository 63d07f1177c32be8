import type { Decision } from "../../allocator/core/decisions.ts";
import type { AllocatorEvent, DecisionFailed, RequestArrived } from "../../allocator/core/events.ts";
import type { InstanceId, NodeId, RequestId } from "../../allocator/core/ids.ts";
import { RequestBuffer } from "../row-buffers.ts";
import { ShapeTable } from "../shape-table.ts";

/** Why nobody knows how long a request would have run. */
export type Unknown = "running" | "waiting" | "cancelled" | "rejected";

interface OpenRequest {
  readonly row: number;
  instance: FollowedInstance | null;
  /** When its present execution began; NaN: it does not execute. */
  startedMs: number;
  /** The longest of its executions that were taken from it. */
  longestMs: number;
}

interface FollowedInstance {
  node: NodeId | null;
  ready: boolean;
  /** `seq:index` of the decision that it starts by. */
  startedBy: string;
  requests: OpenRequest[];
}

/** Run time of a request that did not end. */
const NOT_ENDED = -1;

/**
 * When each request of a journal came, and for how long it executed: from when it was bound to an instance that was ready, or its
 * instance became ready, to its end. One that was taken from its instance executes from the beginning on another; its last
 * execution is the whole.
 */
export class RequestHistory {
  /** In the order of their arrival. Users, apps and tiers by the journal's ids. */
  readonly rows = new RequestBuffer();
  readonly shapes = new ShapeTable();
  readonly names: (string | null)[] = [];
  /** Requests that are known not to have executed to their end, by reason. */
  readonly unknown: Record<Unknown, number> = { running: 0, waiting: 0, cancelled: 0, rejected: 0 };
  readonly #open = new Map<RequestId, OpenRequest>();
  readonly #instances = new Map<InstanceId, FollowedInstance>();
  /** Rows whose run time is not known, with the least that it must have been, in ms. */
  readonly #leastMs = new Map<number, number>();

  onStep(event: AllocatorEvent, decisions: readonly Decision[]): void {
    this.#happened(event);
    for (const decision of decisions) this.#decided(decision, event.atMs);
  }

  #happened(event: AllocatorEvent): void {
    switch (event.kind) {
      case "request_arrived":
        return this.#arrived(event);
      case "request_ended":
      case "request_cancelled":
        return this.#over(event.request, event.atMs, "cancelled");
      case "instance_placed": {
        const instance = this.#instances.get(event.instance);
        if (instance !== undefined) instance.node = event.node;
        return;
      }
      case "instance_ready": {
        const instance = this.#instances.get(event.instance);
        if (instance === undefined || instance.ready) return;
        instance.ready = true;
        for (const request of instance.requests) request.startedMs = event.atMs;
        return;
      }
      case "instance_suspended": {
        const instance = this.#instances.get(event.instance);
        if (instance !== undefined) instance.ready = false;
        return;
      }
      case "instance_stopped":
      case "instance_lost":
        return this.#gone(event.instance, event.atMs);
      case "node_lost":
        for (const [id, { node }] of [...this.#instances]) if (node === event.node) this.#gone(id, event.atMs);
        return;
      case "decision_failed":
        return this.#failed(event);
    }
  }

  #decided(decision: Decision, atMs: number): void {
    switch (decision.kind) {
      case "launch": {
        const { seq, index, node, instance, request } = decision;
        this.#instances.set(instance, { node, ready: false, startedBy: `${seq}:${index}`, requests: [] });
        if (request !== null) this.#bind(request, instance, atMs);
        return;
      }
      case "bind":
        return this.#bind(decision.request, decision.instance, atMs);
      case "resume": {
        const instance = this.#instances.get(decision.instance);
        if (instance !== undefined) instance.startedBy = `${decision.seq}:${decision.index}`;
        return;
      }
      case "preempt": {
        const request = this.#open.get(decision.request);
        if (request !== undefined) this.#unbind(request, atMs);
        return;
      }
      case "reject":
        return this.#over(decision.request, atMs, "rejected");
    }
  }

  #arrived({ request, name, user, app, tier, requested, atMs }: RequestArrived): void {
    const { cpuMillis, memoryMiB, gpuMillis, networkKbps } = requested;
    const shape = this.shapes.code(cpuMillis, memoryMiB, gpuMillis, networkKbps);
    this.#open.set(request, { row: this.rows.count, instance: null, startedMs: Number.NaN, longestMs: NOT_ENDED });
    this.rows.push(atMs, NOT_ENDED, user, app, tier, shape);
    this.names.push(name);
  }

  #bind(id: RequestId, instanceId: InstanceId, atMs: number): void {
    const request = this.#open.get(id);
    const instance = this.#instances.get(instanceId);
    if (request === undefined || instance === undefined) return;
    this.#unbind(request, atMs);
    request.instance = instance;
    instance.requests.push(request);
    if (instance.ready) request.startedMs = atMs;
  }

  #unbind(request: OpenRequest, atMs: number): void {
    const { instance, startedMs } = request;
    if (instance === null) return;
    instance.requests = instance.requests.filter((other) => other !== request);
    request.instance = null;
    if (Number.isNaN(startedMs)) return;
    request.longestMs = Math.max(request.longestMs, atMs - startedMs);
    request.startedMs = Number.NaN;
  }

  /** @param otherwise what it is where it did not execute. */
  #over(id: RequestId, atMs: number, otherwise: Unknown): void {
    const request = this.#open.get(id);
    if (request === undefined) return;
    if (Number.isNaN(request.startedMs)) this.#isUnknown(request, otherwise);
    else this.rows.runMs[request.row] = atMs - request.startedMs;
    this.#unbind(request, atMs);
    this.#open.delete(id);
  }

  #isUnknown({ row, longestMs }: OpenRequest, why: Unknown): void {
    this.unknown[why] += 1;
    // It had not ended when it was taken from its instance, so that it runs for a millisecond more.
    this.#leastMs.set(row, longestMs + 1);
  }

  /** The instance is gone; requests on it wait again. */
  #gone(id: InstanceId, atMs: number): void {
    for (const request of this.#instances.get(id)?.requests ?? []) this.#unbind(request, atMs);
    this.#instances.delete(id);
  }

  /** A launch that failed leaves no instance, a resumption one that is suspended. What else fails leaves things as they were. */
  #failed({ decisionSeq, decisionIndex, atMs }: DecisionFailed): void {
    const startedBy = `${decisionSeq}:${decisionIndex}`;
    for (const instance of this.#instances.values()) {
      if (instance.ready || instance.startedBy !== startedBy) continue;
      for (const request of instance.requests) this.#unbind(request, atMs);
      return;
    }
  }

  /**
   * Gives those that did not end a run time: one that executes at the end of the journal runs up to `endMs`; one that never executed,
   * or waits again, runs as long as most of its app do (the median of those that ended), and without such to `endMs`. None of them
   * runs less than it is known to have.
   */
  fillIn(endMs: number): void {
    const { submitMs, runMs, app } = this.rows;
    const executing: OpenRequest[] = [];
    for (const request of this.#open.values()) {
      if (Number.isNaN(request.startedMs)) this.#isUnknown(request, "waiting");
      else executing.push(request);
    }
    const ended = this.#runTimesByApp(new Set(Array.from(this.#leastMs.keys(), (row) => app[row] as number)));
    for (const [row, leastMs] of this.#leastMs) {
      const typicalMs = ended.get(app[row] as number) ?? endMs - (submitMs[row] as number);
      runMs[row] = Math.max(typicalMs, leastMs);
    }
    this.unknown.running = executing.length;
    for (const { row, startedMs, longestMs } of executing) runMs[row] = Math.max(endMs - startedMs, longestMs + 1);
  }

  /** The median run time of the requests that ended, of these apps. */
  #runTimesByApp(wanted: ReadonlySet<number>): Map<number, number> {
    const times = new Map<number, number[]>();
    for (let row = 0; row < this.rows.count && wanted.size > 0; row += 1) {
      const app = this.rows.app[row] as number;
      const runMs = this.rows.runMs[row] as number;
      if (runMs === NOT_ENDED || !wanted.has(app)) continue;
      const list = times.get(app) ?? [];
      list.push(runMs);
      times.set(app, list);
    }
    const medianOf = (list: number[]) => list.sort((a, b) => a - b)[(list.length - 1) >> 1] as number;
    return new Map([...times].map(([app, list]) => [app, medianOf(list)]));
  }
}
