import type { Decision } from "../core/decisions.ts";
import type { AllocatorEvent } from "../core/events.ts";
import type { InstanceId, RequestId } from "../core/ids.ts";
import type { StepObserver } from "../ports.ts";

/**
 * Decisions that the world has not confirmed yet, and those that state what is to be (who has which instance, what is reserved, how
 * large a pool is). After a crash they are submitted again, by the same tokens. It learns from the steps alone.
 */
export class Outstanding implements StepObserver {
  /** By what the decision is about: a later one about the same takes its place. */
  readonly #decisions: Map<string, Decision>;

  constructor(decisions: readonly Decision[] = []) {
    this.#decisions = new Map(decisions.map((decision) => [subjectOf(decision) as string, decision]));
  }

  onStep(event: AllocatorEvent, decisions: readonly Decision[]): void {
    switch (event.kind) {
      case "instance_placed":
        this.#settle("launch", event.instance);
        break;
      case "instance_ready":
        this.#settle("launch", event.instance);
        this.#settle("resume", event.instance);
        break;
      case "instance_suspended":
        this.#settle("suspend", event.instance);
        break;
      case "instance_resized":
        this.#settle("resize", event.instance);
        break;
      case "instance_stopped":
      case "instance_lost":
        this.#gone(event.instance);
        break;
      case "request_ended":
      case "request_cancelled":
        this.#unbound(event.request);
        break;
      case "decision_failed":
        this.#failed(event.decisionSeq, event.decisionIndex);
        break;
    }
    for (const decision of decisions) {
      const subject = subjectOf(decision);
      if (decision.kind === "preempt") this.#unbound(decision.request);
      if (decision.kind === "stop") this.#gone(decision.instance);
      if (decision.kind === "release") this.#decisions.delete(`reserve ${decision.user}`);
      else if (subject !== null) this.#decisions.set(subject, decision);
    }
  }

  /** In the order of their tokens. */
  all(): readonly Decision[] {
    return [...this.#decisions.values()].sort((a, b) => a.seq - b.seq || a.index - b.index);
  }

  has(kind: "launch" | "stop", instance: InstanceId): boolean {
    return this.#decisions.has(`${kind} ${instance}`);
  }

  #settle(kind: "launch" | "resume" | "suspend" | "resize", instance: InstanceId): void {
    this.#decisions.delete(`${kind} ${instance}`);
  }

  #gone(instance: InstanceId): void {
    for (const kind of ["launch", "resume", "suspend", "resize", "stop"]) this.#decisions.delete(`${kind} ${instance}`);
  }

  #unbound(request: RequestId): void {
    this.#decisions.delete(`bind ${request}`);
  }

  #failed(seq: number, index: number): void {
    for (const [subject, decision] of this.#decisions) {
      if (decision.seq === seq && decision.index === index) this.#decisions.delete(subject);
    }
  }
}

/** `null`: nothing in the world is to come of it. */
function subjectOf(decision: Decision): string | null {
  switch (decision.kind) {
    case "launch":
    case "stop":
    case "suspend":
    case "resume":
    case "resize":
      return `${decision.kind} ${decision.instance}`;
    case "bind":
      return `bind ${decision.request}`;
    case "reserve":
      return `reserve ${decision.user}`;
    case "resize_pool":
      return `resize_pool ${decision.pool}`;
    default:
      return null;
  }
}
