import type { InstanceId, NodeId, PoolId } from "../core/ids.ts";
import { leavesBefore } from "../core/pools/leaving.ts";
import { add, NO_RESOURCES, type Resources, subtract } from "../core/resources.ts";
import type { FleetPool } from "./fleet.ts";
import type { BelievedNode, Clock, Outcome } from "./ports.ts";

interface DryNode {
  readonly pool: PoolId;
  state: "coming" | "ready" | "draining";
  /** Calls off that it comes. */
  cancel: () => void;
}

/** An instance as far as it fills a node. */
export interface Filling {
  readonly node: string | null;
  readonly size: Resources;
}

/**
 * The nodes of a dry run: those that the fleet says, and of elastic pools as many as were asked for, each after the time that the
 * fleet says. Of a pool that has too many, those on their way are called off first; then the emptiest drain, of equals the last
 * (the contract of `resize_pool`, core/pools/leaving.ts), and are lost once nothing is on them.
 */
export class DryNodes {
  readonly #pools: readonly FleetPool[];
  readonly #clock: Clock;
  readonly #instances: ReadonlyMap<InstanceId, Filling>;
  /** By name, in the order in which they were asked for. */
  readonly #nodes = new Map<string, DryNode>();
  #report: (outcome: Outcome) => void = () => {};

  constructor(pools: readonly FleetPool[], clock: Clock, instances: ReadonlyMap<InstanceId, Filling>) {
    this.#pools = pools;
    this.#clock = clock;
    this.#instances = instances;
  }

  /** @param believed those of the run that goes on; none where it begins. */
  start(report: (outcome: Outcome) => void, believed: readonly BelievedNode[]): void {
    this.#report = report;
    this.#pools.forEach(({ name, nodes, elastic }, id) => {
      const pool = id as PoolId;
      const known = elastic === null ? [] : believed.filter((node) => node.pool === pool);
      const begins = known.length === 0 && believed.length === 0;
      const fresh = elastic === null || begins ? Array.from({ length: nodes }, (_, i) => `${name}-${i}`) : [];
      for (const node of fresh) this.#ready(node, pool);
      for (const { node, state } of known) {
        if (state === "ready") this.#ready(node, pool);
        else this.#nodes.set(node, { pool, state, cancel() {} });
      }
    });
  }

  names(): string[] {
    return [...this.#nodes].flatMap(([name, { state }]) => (state === "coming" ? [] : [name]));
  }

  /** @returns whether such a pool can have so many. */
  resize(pool: PoolId, count: number): boolean {
    const elastic = this.#pools[pool]?.elastic ?? null;
    if (elastic === null || count < elastic.least || count > elastic.most) return false;
    const coming = this.#of(pool, "coming");
    let surplus = this.#of(pool, "ready").length + coming.length - count;
    for (; surplus < 0; surplus += 1) this.#order(pool, elastic.provisionMs);
    for (; surplus > 0 && coming.length > 0; surplus -= 1) this.#gone(coming.pop() as string);
    for (const name of this.#emptiest(pool).slice(0, surplus)) {
      (this.#nodes.get(name) as DryNode).state = "draining";
      this.#report({ kind: "node_draining", node: name });
      this.left(name);
    }
    return true;
  }

  /** An instance is on the node no more: one that drains is lost with its last. */
  left(name: string | null): void {
    if (name === null || this.#nodes.get(name)?.state !== "draining") return;
    if ([...this.#instances.values()].some(({ node }) => node === name)) return;
    this.#gone(name);
    this.#report({ kind: "node_lost", node: name });
  }

  stop(): void {
    for (const { cancel } of this.#nodes.values()) cancel();
  }

  #ready(name: string, pool: PoolId): void {
    this.#nodes.set(name, { pool, state: "ready", cancel() {} });
    const { capacity } = this.#pools[pool] as FleetPool;
    this.#report({ kind: "node_ready", node: name, pool, capacity });
  }

  #order(pool: PoolId, provisionMs: number): void {
    const name = this.#freeName(pool);
    const cancel = this.#clock.wakeAt(this.#clock.nowMs() + provisionMs, () => this.#ready(name, pool));
    this.#nodes.set(name, { pool, state: "coming", cancel });
  }

  /** The first that no node has now. */
  #freeName(pool: PoolId): string {
    const { name } = this.#pools[pool] as FleetPool;
    for (let i = 0; ; i += 1) if (!this.#nodes.has(`${name}-${i}`)) return `${name}-${i}`;
  }

  #gone(name: string): void {
    this.#nodes.get(name)?.cancel();
    this.#nodes.delete(name);
  }

  #of(pool: PoolId, state: DryNode["state"]): string[] {
    return [...this.#nodes].flatMap(([name, node]) => (node.pool === pool && node.state === state ? [name] : []));
  }

  #emptiest(pool: PoolId): string[] {
    const { capacity } = this.#pools[pool] as FleetPool;
    const filled = this.#of(pool, "ready").map((name, at) => {
      const on = [...this.#instances.values()].filter(({ node }) => node === name);
      const taken = on.reduce((sum, { size }) => add(sum, size), NO_RESOURCES);
      return { name, id: at as NodeId, capacity, free: subtract(capacity, taken) };
    });
    return filled.sort(leavesBefore).map(({ name }) => name);
  }
}
