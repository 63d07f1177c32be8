import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because, Rule } from "../decisions.ts";
import type { NodeId, PoolId } from "../ids.ts";
import type { ClusterAutoscalerSpec } from "../policy.ts";
import { Backoff } from "../pools/backoff.ts";
import { cheapest, leastWasteful } from "../pools/expander.ts";
import { lackingRoom } from "../pools/lacking-room.ts";
import { lateOrders } from "../pools/late-orders.ts";
import { isSettled, unneeded } from "../pools/leaving.ts";
import { pack } from "../pools/packing.ts";
import { equal } from "../resources.ts";
import type { State } from "../state.ts";
import type { PoolStrategy, PoolWant } from "./pool.ts";
import { NO_FORECAST } from "./warm.ts";

/** Nodes with nothing on them that leave at a time, and nodes with something on them. */
const EMPTY_AT_ONCE = 10;
const DRAINED_AT_ONCE = 1;

/**
 * The Kubernetes Cluster Autoscaler (cluster-autoscaler/FAQ.md and its sources), a scan at a time:
 *
 * 1. What waits and has no room on nodes that are ready or on their way has one pool grow: for each is estimated how many nodes would
 *    take how much of it in, and the expander chooses among them. Then nothing shrinks in that scan.
 * 2. A node is unneeded while it is used less than the threshold and all that is on it would have room elsewhere. Who has been for longer
 *    than `unneededMs` leaves, empty ones ten at a time, others one; not within `delayAfterAddMs` of the last growth.
 *
 * A pool whose nodes are not ready within `provisionWithinMs` has them called off, and is not asked for 5 minutes, doubled up to 30.
 *
 * Three things differ. A pool's nodes leave in the order in which the platform lets them, the emptiest first, so who has been unneeded long
 * enough waits for emptier ones that have not. What runs is not evicted: the node drains until it has ended. And it is not asked
 * whether pods may be moved, as nothing here says so.
 */
export class ClusterAutoscaler implements PoolStrategy {
  readonly everyMs: number;
  readonly #spec: ClusterAutoscalerSpec;
  readonly #backoff = new Backoff();
  /** Since which scan each node has been unneeded. */
  #sinceMs = new Map<NodeId, number>();
  /** When a pool last was to grow; `null`: never. */
  #grewMs: number | null = null;

  constructor(spec: ClusterAutoscalerSpec) {
    this.#spec = spec;
    this.everyMs = spec.everyMs;
  }

  scan(state: State, nowMs: number): readonly PoolWant[] {
    const late = lateOrders(state.pools, this.#spec.provisionWithinMs, nowMs);
    for (const { pool } of late) this.#backoff.failed(pool, nowMs);
    if (late.length > 0) return late;
    const growth = this.#growth(state, nowMs);
    if (growth !== null) {
      this.#grewMs = nowMs;
      return [growth];
    }
    return this.#shrinkage(state, nowMs);
  }

  #growth(state: State, nowMs: number): PoolWant | null {
    const lacking = lackingRoom(state);
    if (lacking.length === 0) return null;
    const able = state.pools
      .elastic()
      .filter(({ id, asked, elastic }) => asked < elastic.most && this.#backoff.isOver(id, nowMs));
    const options = able
      .map((pool) => ({ pool, ...pack(lacking, pool.elastic.capacity, pool.elastic.most - pool.asked) }))
      .filter(({ nodes }) => nodes > 0);
    const chosen = this.#spec.expander === "price" ? cheapest(options) : leastWasteful(options);
    if (chosen === null) return null;
    return { pool: chosen.pool.id, nodes: chosen.pool.asked + chosen.nodes, because: why("pool_pending") };
  }

  #shrinkage(state: State, nowMs: number): PoolWant[] {
    const { thresholdPpm, unneededMs, delayAfterAddMs } = this.#spec;
    const leaving = unneeded(state, thresholdPpm);
    const before = this.#sinceMs;
    this.#sinceMs = new Map([...leaving.values()].flat().map(({ id }) => [id, before.get(id) ?? nowMs]));
    if (this.#grewMs !== null && this.#grewMs + delayAfterAddMs > nowMs) return [];
    const wants: PoolWant[] = [];
    let [empty, drained] = [EMPTY_AT_ONCE, DRAINED_AT_ONCE];
    for (const pool of state.pools.elastic()) {
      if (!isSettled(state, pool)) continue;
      const { id, asked, elastic } = pool;
      let nodes = asked;
      for (const node of leaving.get(id) ?? []) {
        const isEmpty = equal(node.free, node.capacity);
        const isLong = (this.#sinceMs.get(node.id) as number) + unneededMs < nowMs;
        if (!isLong || nodes <= elastic.least || (isEmpty ? empty : drained) === 0) break;
        if (isEmpty) empty -= 1;
        else drained -= 1;
        nodes -= 1;
      }
      if (nodes < asked) wants.push({ pool: id, nodes, because: why("pool_unneeded") });
    }
    return wants;
  }

  refused(pool: PoolId, nowMs: number): void {
    this.#backoff.failed(pool, nowMs);
  }

  write(out: ByteWriter): void {
    this.#backoff.write(out);
    out.optionalMs(this.#grewMs);
    out.u32(this.#sinceMs.size);
    for (const [node, sinceMs] of this.#sinceMs) {
      out.u32(node);
      out.u64(sinceMs);
    }
  }

  read(from: ByteReader): void {
    this.#backoff.read(from);
    this.#grewMs = from.optionalMs();
    this.#sinceMs = new Map();
    for (let left = from.u32(); left > 0; left -= 1) this.#sinceMs.set(from.u32() as NodeId, from.u64());
  }
}

function why(rule: Rule): Because {
  return { ...NO_FORECAST, rule };
}
