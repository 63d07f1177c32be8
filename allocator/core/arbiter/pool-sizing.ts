import type { NodeId } from "../ids.ts";
import type { Outbox } from "../outbox.ts";
import type { State } from "../state.ts";
import type { PoolWant } from "../strategies/pool.ts";
import { because } from "./because.ts";
import type { InstanceActions } from "./instance-actions.ts";

/** How many nodes elastic pools have: as the slot `pool` wants, within their bounds; and what is on nodes that leave. */
export class PoolSizing {
  readonly #state: State;
  readonly #out: Outbox;
  readonly #actions: InstanceActions;

  constructor(state: State, out: Outbox, actions: InstanceActions) {
    this.#state = state;
    this.#out = out;
    this.#actions = actions;
  }

  /** Has the agenda come to the next scan. */
  scanNext(nowMs: number): void {
    const state = this.#state;
    state.scanMs = state.pool === null ? null : nowMs + state.pool.everyMs;
    if (state.scanMs !== null) state.agenda.add(state.scanMs, "pool_scan", 0);
  }

  /** The agenda has come to one. */
  scanDue(dueMs: number, nowMs: number): void {
    const { pool, scanMs } = this.#state;
    if (pool === null || scanMs !== dueMs) return; // it was asked for by another policy
    const wants = pool.scan(this.#state, nowMs);
    if (!this.#state.frozen) for (const want of wants) this.#resize(want, nowMs);
    this.scanNext(nowMs);
  }

  #resize({ pool: id, nodes: wanted, because: why }: PoolWant, nowMs: number): void {
    const { pools } = this.#state;
    const pool = pools.find(id);
    if (pool === undefined || pool.elastic === null) return;
    const { least, most } = pool.elastic;
    const nodes = Math.min(Math.max(wanted, least), most);
    if (nodes === pool.asked) return;
    const guardrail = nodes === wanted ? "none" : nodes < wanted ? "maximum" : "minimum";
    pools.resize(id, nodes, nowMs, this.#out.seq, this.#out.nextIndex);
    const decided = { kind: "resize_pool", seq: 0, index: 0, pool: id, nodes } as const;
    this.#out.decide({ ...decided, because: { ...why, guardrail } });
  }

  /**
   * The node drains: where the slot `pool` is filled, what is on it and has no replacement under way takes no more requests, so that the node
   * can go; what is idle stops.
   */
  leave(node: NodeId): void {
    const state = this.#state;
    if (state.pool === null) return;
    for (const instance of [...state.instances.values()]) {
      const stays = instance.node !== node || instance.replacement !== null || instance.handedOver;
      if (stays || !["starting", "resuming", "ready"].includes(instance.phase)) continue;
      instance.handedOver = true;
      state.instances.place(instance, state.lookupList(instance));
      if (instance.phase === "ready" && instance.requests.length === 0) this.#actions.stop(instance, because("drained"));
    }
  }
}
