import type { ByteReader, ByteWriter } from "../../core/bytes.ts";
import type { Decision } from "../../core/decisions.ts";
import type { AllocatorEvent } from "../../core/events.ts";
import type { State } from "../../core/state.ts";
import type { StepObserver } from "../../ports.ts";
import type { Column } from "./measures.ts";

export type Count = (user: number, column: Column, amount: number, atMs: number) => void;

interface Waiting {
  readonly user: number;
  readonly tier: string;
  readonly arrivedMs: number;
  /** It has waited past its target, and was counted for that. */
  late: boolean;
  /** Its path is fixed: it was bound, or an instance launched for it. */
  bound: boolean;
}

/** How requests fare from arrival to first start, as METRICS.md defines it; a request counts when it is known how. */
export class ObservedStarts implements StepObserver {
  readonly #state: () => State;
  readonly #targetMs: (tier: string) => number;
  readonly #count: Count;
  readonly #violationPrice: (tier: string) => number;
  /** Requests that have not started, in the order of arrival. */
  readonly #waiting = new Map<number, Waiting>();

  constructor(state: () => State, targetMs: (tier: string) => number, violationPrice: (tier: string) => number, count: Count) {
    this.#state = state;
    this.#targetMs = targetMs;
    this.#violationPrice = violationPrice;
    this.#count = count;
  }

  onStep(event: AllocatorEvent, decisions: readonly Decision[]): void {
    const { atMs } = event;
    if (event.kind === "request_arrived") {
      const { name } = this.#state().tier(event.tier);
      this.#waiting.set(event.request, { user: event.user, tier: name, arrivedMs: atMs, late: false, bound: false });
    }
    for (const decision of decisions) {
      if (decision.kind === "launch" && decision.request !== null) this.#bound(decision.request, true, atMs);
      else if (decision.kind === "reject") this.#rejected(decision.request, atMs);
      else if (decision.kind === "bind") {
        this.#bound(decision.request, false, atMs);
        if (this.#isReady(decision.instance)) this.#started(decision.request, atMs);
      }
    }
    if (event.kind === "instance_ready") {
      for (const request of this.#state().instances.find(event.instance)?.requests ?? []) this.#started(request, atMs);
    } else if (event.kind === "request_ended" || event.kind === "request_cancelled") this.#left(event.request, atMs);
  }

  /** Who has waited past the target by now violates, however it goes on. */
  look(nowMs: number): void {
    for (const waiting of this.#waiting.values()) this.#checkTarget(waiting, nowMs);
  }

  write(out: ByteWriter): void {
    out.u32(this.#waiting.size);
    for (const [request, { user, tier, arrivedMs, late, bound }] of this.#waiting) {
      out.u32(request);
      out.u32(user);
      out.text(tier);
      out.u64(arrivedMs);
      out.bool(late);
      out.bool(bound);
    }
  }

  read(from: ByteReader): void {
    for (let left = from.u32(); left > 0; left -= 1) {
      const request = from.u32();
      const [user, tier, arrivedMs] = [from.u32(), from.text(), from.u64()];
      this.#waiting.set(request, { user, tier, arrivedMs, late: from.bool(), bound: from.bool() });
    }
  }

  /** Its path is that of the first time. */
  #bound(id: number, cold: boolean, atMs: number): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined || waiting.bound) return;
    waiting.bound = true;
    if (cold) this.#count(waiting.user, "cold", 1, atMs);
  }

  #started(id: number, atMs: number): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return; // it started before
    this.#waiting.delete(id);
    this.#checkTarget(waiting, atMs);
    if (!waiting.late) this.#count(waiting.user, "decided", 1, atMs);
    this.#count(waiting.user, "started", 1, atMs);
    this.#count(waiting.user, "latencyMs", atMs - waiting.arrivedMs, atMs);
  }

  #rejected(id: number, atMs: number): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    this.#count(waiting.user, "rejected", 1, atMs);
    this.#violates(waiting, atMs);
  }

  #left(id: number, atMs: number): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    this.#checkTarget(waiting, atMs);
    if (!waiting.late) this.#count(waiting.user, "decided", 1, atMs);
  }

  #checkTarget(waiting: Waiting, nowMs: number): void {
    if (nowMs - waiting.arrivedMs > this.#targetMs(waiting.tier)) this.#violates(waiting, nowMs);
  }

  /** Once. */
  #violates(waiting: Waiting, atMs: number): void {
    if (waiting.late) return;
    waiting.late = true;
    this.#count(waiting.user, "decided", 1, atMs);
    this.#count(waiting.user, "violations", 1, atMs);
    this.#count(waiting.user, "violationCost", this.#violationPrice(waiting.tier), atMs);
  }

  #isReady(instance: Parameters<State["instances"]["find"]>[0]): boolean {
    return this.#state().instances.find(instance)?.phase === "ready";
  }
}
