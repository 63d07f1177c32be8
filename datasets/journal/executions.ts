import type { Decision } from "../../allocator/core/decisions.ts";
import type { AllocatorEvent, DecisionFailed, RequestArrived } from "../../allocator/core/events.ts";
import type { InstanceId, NodeId, RequestId } from "../../allocator/core/ids.ts";

/** Is told what becomes of requests, in the journal's order. */
export interface ExecutionListener {
  arrived(request: RequestArrived): void;
  /** It was bound to an instance that is ready, or its instance became ready. */
  began(request: RequestId, atMs: number): void;
  /** It lost the instance that it executed on, and waits again. */
  interrupted(request: RequestId, atMs: number): void;
  /** It ended, was cancelled or was rejected; nothing more comes of it. */
  over(request: RequestId, atMs: number, rejected: boolean): void;
}

interface OpenRequest {
  readonly id: RequestId;
  instance: FollowedInstance | null;
}

interface FollowedInstance {
  node: NodeId | null;
  ready: boolean;
  /** `seq:index` of the decision that it starts by. */
  startedBy: string;
  requests: OpenRequest[];
}

/** Follows which requests execute, from the steps of a journal: neither the time that they waited nor that of a start counts. */
export class Executions {
  readonly #listener: ExecutionListener;
  readonly #open = new Map<RequestId, OpenRequest>();
  readonly #instances = new Map<InstanceId, FollowedInstance>();

  constructor(listener: ExecutionListener) {
    this.#listener = listener;
  }

  onStep(event: AllocatorEvent, decisions: readonly Decision[]): void {
    this.#happened(event);
    for (const decision of decisions) this.#decided(decision, event.atMs);
  }

  #happened(event: AllocatorEvent): void {
    switch (event.kind) {
      case "request_arrived":
        this.#open.set(event.request, { id: event.request, instance: null });
        return this.#listener.arrived(event);
      case "request_ended":
      case "request_cancelled":
        return this.#over(event.request, event.atMs, false);
      case "instance_placed": {
        const instance = this.#instances.get(event.instance);
        if (instance !== undefined) instance.node = event.node;
        return;
      }
      case "instance_ready": {
        const instance = this.#instances.get(event.instance);
        if (instance === undefined || instance.ready) return;
        instance.ready = true;
        for (const { id } of instance.requests) this.#listener.began(id, event.atMs);
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
        return this.#over(decision.request, atMs, true);
    }
  }

  #bind(id: RequestId, instanceId: InstanceId, atMs: number): void {
    const request = this.#open.get(id);
    const instance = this.#instances.get(instanceId);
    if (request === undefined || instance === undefined) return;
    this.#unbind(request, atMs);
    request.instance = instance;
    instance.requests.push(request);
    if (instance.ready) this.#listener.began(id, atMs);
  }

  /** @returns whether it executed. */
  #leave(request: OpenRequest): boolean {
    const { instance } = request;
    if (instance === null) return false;
    instance.requests = instance.requests.filter((other) => other !== request);
    request.instance = null;
    return instance.ready;
  }

  #unbind(request: OpenRequest, atMs: number): void {
    if (this.#leave(request)) this.#listener.interrupted(request.id, atMs);
  }

  #over(id: RequestId, atMs: number, rejected: boolean): void {
    const request = this.#open.get(id);
    if (request === undefined) return;
    this.#leave(request);
    this.#open.delete(id);
    this.#listener.over(id, atMs, rejected);
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
}
