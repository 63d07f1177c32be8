import type { AllocatorEvent } from "../allocator/core/events.ts";
import type { AppId, NodeId, PoolId } from "../allocator/core/ids.ts";
import { leavesBefore } from "../allocator/core/pools/leaving.ts";
import { add, fits, type Resources, subtract } from "../allocator/core/resources.ts";
import type { ClusterSpec, PoolSpec } from "./cluster-spec.ts";
import { chosenNodes, type NodeFailure } from "./world-change.ts";

/** What becomes of nodes, in the order of the allocator's alphabet. */
export type NodeEventKind = "node_draining" | "node_lost" | "node_ready";

interface SimulatedNode {
  readonly pool: PoolId;
  readonly name: string;
  readonly capacity: Resources;
  free: Resources;
  /** Instances that take capacity on it. */
  instances: number;
  state: "ready" | "draining" | "lost";
  /** When the image of each app is there that was ever launched on it. */
  readonly images: Map<AppId, number>;
}

/** A node that was asked for, or one that failed and comes back. */
interface Order {
  readonly pool: PoolId;
  /** `null`: a new one. */
  readonly repaired: NodeId | null;
  state: "coming" | "called_off" | "ready";
}

/** Has the world tell of it: `subject` is a node, for `node_ready` an order. */
type Schedule = (kind: NodeEventKind, atMs: number, subject: number) => void;

/**
 * The nodes of the simulated cluster: what is free on each, which are on their way and which leave.
 *
 * A pool is asked for a number of nodes. What it lacks is ready `provisionMs` later. Of what it has too many, orders are called off
 * first, the last first; then the emptiest nodes drain, of equals the last (allocator/core/pools/leaving.ts), and are lost once nothing is on
 * them.
 */
export class NodePools {
  readonly #pools: readonly PoolSpec[];
  readonly #nodes: SimulatedNode[] = [];
  readonly #orders: Order[] = [];
  /** Nodes that a pool was ever given a name for. */
  readonly #named: number[];
  readonly #schedule: Schedule;

  constructor({ pools }: ClusterSpec, schedule: Schedule) {
    this.#pools = pools;
    this.#schedule = schedule;
    this.#named = pools.map(({ nodes }) => nodes?.length ?? 0);
    pools.forEach(({ nodes }, pool) => {
      for (const { name, capacity } of nodes ?? []) this.#add(pool as PoolId, name, capacity);
    });
  }

  #add(pool: PoolId, name: string, capacity: Resources): NodeId {
    this.#nodes.push({ pool, name, capacity, free: capacity, instances: 0, state: "ready", images: new Map() });
    return (this.#nodes.length - 1) as NodeId;
  }

  /** Takes room on a node that takes instances. @returns whether there was any. */
  take(id: NodeId, size: Resources): boolean {
    const node = this.#nodes[id];
    if (node === undefined || node.state !== "ready" || !fits(size, node.free)) return false;
    node.free = subtract(node.free, size);
    node.instances += 1;
    return true;
  }

  /** How long an app that is launched on the node waits for its image: the first time it is pulled, then it is there or on its way. */
  pullMs(id: NodeId | null, app: AppId, nowMs: number): number {
    const node = id === null ? undefined : this.#nodes[id];
    if (node === undefined) return 0;
    const thereMs = node.images.get(app) ?? nowMs + (this.#pools[node.pool]?.pullMs ?? 0);
    node.images.set(app, thereMs);
    return Math.max(0, thereMs - nowMs);
  }

  give(id: NodeId, size: Resources, nowMs: number): void {
    const node = this.#nodes[id];
    if (node === undefined || node.state === "lost") return;
    node.free = add(node.free, size);
    node.instances -= 1;
    if (node.state === "draining" && node.instances === 0) this.#schedule("node_lost", nowMs, id);
  }

  /** Of an instance that is on the node and stays there: its new size, if there is room. */
  resize(id: NodeId, from: Resources, to: Resources): boolean {
    const node = this.#nodes[id];
    if (node === undefined || node.state === "lost") return false;
    const free = add(node.free, from);
    if (!fits(to, free) || (node.state === "draining" && !fits(to, from))) return false;
    node.free = subtract(free, to);
    return true;
  }

  /** Carries out that the pool is to have so many nodes. @returns whether such a pool can. */
  resizePool(id: PoolId, count: number, nowMs: number): boolean {
    const elastic = this.#pools[id]?.elastic;
    if (elastic === undefined || count < elastic.least || count > elastic.most) return false;
    let surplus = this.#ready(id).length + this.#coming(id).length - count;
    for (; surplus < 0; surplus += 1) {
      this.#order({ pool: id, repaired: null, state: "coming" }, nowMs + elastic.provisionMs);
    }
    const coming = this.#coming(id);
    for (; surplus > 0 && coming.length > 0; surplus -= 1) (coming.pop() as Order).state = "called_off";
    for (const node of this.#emptiest(id).slice(0, surplus)) this.#drain(node, nowMs);
    return true;
  }

  /** Loses the chosen of the nodes that are there, after a notice in which they drain. Those that come back do so empty; one that was to go anyway does not. */
  fail({ choice, durationMs, noticeMs = 0 }: NodeFailure, nowMs: number): void {
    const there = [...this.#nodes.entries()].flatMap(([id, node]) => (node.state === "lost" ? [] : [{ ...node, id }]));
    for (const { id, pool, state } of chosenNodes(there, choice)) {
      if (noticeMs > 0 && state === "ready") this.#drain(id as NodeId, nowMs);
      this.#schedule("node_lost", nowMs + noticeMs, id);
      if (durationMs !== null && state === "ready")
        this.#order({ pool, repaired: id as NodeId, state: "coming" }, nowMs + noticeMs + durationMs);
    }
  }

  #order(order: Order, readyMs: number): void {
    this.#orders.push(order);
    this.#schedule("node_ready", readyMs, this.#orders.length - 1);
  }

  #ready(pool: PoolId): NodeId[] {
    return [...this.#nodes.keys()].filter((id) => {
      const node = this.#nodes[id] as SimulatedNode;
      return node.pool === pool && node.state === "ready";
    }) as NodeId[];
  }

  #coming(pool: PoolId): Order[] {
    return this.#orders.filter((order) => order.pool === pool && order.state === "coming" && order.repaired === null);
  }

  #emptiest(pool: PoolId): NodeId[] {
    const filled = this.#ready(pool).map((id) => ({ ...(this.#nodes[id] as SimulatedNode), id }));
    return filled.sort(leavesBefore).map(({ id }) => id);
  }

  #drain(id: NodeId, nowMs: number): void {
    const node = this.#nodes[id] as SimulatedNode;
    node.state = "draining";
    this.#schedule("node_draining", nowMs, id);
    if (node.instances === 0) this.#schedule("node_lost", nowMs, id);
  }

  /** What the allocator sees of it, now that its time has come; `null`: it was called off meanwhile. */
  happened(kind: NodeEventKind, subject: number, atMs: number): AllocatorEvent | null {
    if (kind === "node_ready") return this.#arrived(subject, atMs);
    const node = this.#nodes[subject] as SimulatedNode;
    if (node.state === "lost") return null;
    if (kind === "node_lost") node.state = "lost";
    return { seq: -1, atMs, kind, node: subject as NodeId };
  }

  #arrived(index: number, atMs: number): AllocatorEvent | null {
    const order = this.#orders[index] as Order;
    if (order.state !== "coming") return null;
    order.state = "ready";
    const { pool } = order;
    if (order.repaired !== null) return this.#repaired(order.repaired, atMs);
    const { name, elastic } = this.#pools[pool] as PoolSpec;
    const { capacity } = elastic as NonNullable<PoolSpec["elastic"]>;
    const number = this.#named[pool] as number;
    this.#named[pool] = number + 1;
    const ownName = `${name}-${number}`;
    return { seq: -1, atMs, kind: "node_ready", node: this.#add(pool, ownName, capacity), name: ownName, pool, capacity };
  }

  /** Whose place in an elastic pool has been taken meanwhile does not come back. */
  #repaired(id: NodeId, atMs: number): AllocatorEvent | null {
    const node = this.#nodes[id] as SimulatedNode;
    const { pool, name, capacity } = node;
    const most = this.#pools[pool]?.elastic?.most ?? Number.POSITIVE_INFINITY;
    if (this.#ready(pool).length + this.#coming(pool).length >= most) return null;
    node.state = "ready";
    node.free = capacity;
    node.instances = 0;
    node.images.clear();
    return { seq: -1, atMs, kind: "node_ready", node: id, name, pool, capacity };
  }
}
