import { invariant, known } from "./assert.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { ChangedIds } from "./changed-ids.ts";
import type { NodeId, PoolId } from "./ids.ts";
import type { NodeScore } from "./placement/node-score.ts";
import { add, equal, fits, maximum, NO_RESOURCES, type Resources, subtract } from "./resources.ts";
import { RoomTree } from "./room-tree.ts";

export interface Node {
  readonly id: NodeId;
  readonly pool: PoolId;
  capacity: Resources;
  free: Resources;
  state: "ready" | "draining" | "lost";
}

/** The nodes and what is free on each. */
export class NodeTable {
  readonly #nodes: Node[] = [];
  /** What is free on those that are ready. */
  readonly #free = new RoomTree();
  /** Nodes of which something changed. */
  readonly changed = new ChangedIds<NodeId>();
  #backing: Resources = NO_RESOURCES;
  /** Ready nodes by pool. */
  readonly #ready: number[] = [];
  /** Of each resource, on any node. */
  #largest: Resources = NO_RESOURCES;

  get count(): number {
    return this.#nodes.length;
  }

  /** What backs reservations and instances: Σ capacity of the ready nodes, and what those that drain still hold. */
  get backing(): Resources {
    return this.#backing;
  }

  /** How many nodes of the pool take instances. */
  readyIn(pool: PoolId): number {
    return this.#ready[pool] ?? 0;
  }

  #count(pool: PoolId, by: 1 | -1): void {
    this.#ready[pool] = this.readyIn(pool) + by;
  }

  get(id: NodeId): Node {
    return known(this.#nodes[id], "node");
  }

  all(): readonly Node[] {
    return this.#nodes;
  }

  /**
   * A new node; one that was lost, as if new; one that drained, which takes instances again; or one that has more than it had. Of one that has
   * less, what is on it may need that: it keeps what it had.
   */
  ready(id: NodeId, pool: PoolId, capacity: Resources): void {
    invariant(id <= this.#nodes.length, "node ids are dense");
    const known = this.#nodes[id];
    if (known !== undefined && known.state !== "lost") {
      if (known.state === "draining") {
        known.state = "ready";
        this.#backing = add(this.#backing, known.free);
        this.#count(known.pool, 1);
      }
      return this.#enlarge(known, capacity);
    }
    this.#nodes[id] = { id, pool, capacity, free: capacity, state: "ready" };
    this.#backing = add(this.#backing, capacity);
    this.#count(pool, 1);
    const isOther = known !== undefined && !equal(known.capacity, capacity);
    const others = isOther ? this.#nodes.map((node) => node.capacity) : [this.#largest, capacity];
    this.#largest = others.reduce(maximum, NO_RESOURCES);
    this.#update(id);
  }

  #enlarge(node: Node, to: Resources): void {
    const more = subtract(maximum(node.capacity, to), node.capacity);
    node.capacity = add(node.capacity, more);
    node.free = add(node.free, more);
    this.#backing = add(this.#backing, more);
    this.#largest = maximum(this.#largest, node.capacity);
    this.#update(node.id);
  }

  /** Takes no new instance; what is free on it, now or later, backs nothing any more. */
  drain(id: NodeId): void {
    const node = this.get(id);
    if (node.state !== "ready") return;
    node.state = "draining";
    this.#count(node.pool, -1);
    this.#backing = subtract(this.#backing, node.free);
    this.#update(id);
  }

  /** The instances on it have been given back. */
  lose(id: NodeId): void {
    const node = this.get(id);
    invariant(equal(node.free, node.capacity), "a node is lost after the instances on it");
    if (node.state === "ready") {
      this.#backing = subtract(this.#backing, node.capacity);
      this.#count(node.pool, -1);
    }
    node.state = "lost";
    this.#update(id);
  }

  take(id: NodeId, amount: Resources): void {
    const node = this.get(id);
    invariant(fits(amount, node.free), "a node never holds more than its capacity");
    node.free = subtract(node.free, amount);
    if (node.state === "draining") this.#backing = add(this.#backing, amount);
    this.#update(id);
  }

  give(id: NodeId, amount: Resources): void {
    const node = this.get(id);
    node.free = add(node.free, amount);
    invariant(fits(node.free, node.capacity), "a node never has more free than its capacity");
    if (node.state === "draining") this.#backing = subtract(this.#backing, amount);
    this.#update(id);
  }

  /** The first ready node, in order of id, with room for `amount`; none of `except`. */
  firstFit(amount: Resources, except: ReadonlySet<NodeId> | null = null): Node | null {
    const found = this.#free.first(amount, except as ReadonlySet<number> | null);
    return found < 0 ? null : known(this.#nodes[found], "node");
  }

  /** The ready node with room for `amount` that scores highest; of equals the first; none of `except`. */
  best(amount: Resources, score: NodeScore, except: ReadonlySet<NodeId> | null = null): Node | null {
    let best: Node | null = null;
    let highest = Number.NEGATIVE_INFINITY;
    this.#free.each(amount, (id) => {
      const node = known(this.#nodes[id], "node");
      if (except?.has(node.id) === true) return;
      const found = score(node.free, amount, this.#largest);
      if (found <= highest) return;
      highest = found;
      best = node;
    });
    return best;
  }

  /** Whether some node, empty, could hold `amount`. */
  couldEverFit(amount: Resources): boolean {
    return this.#nodes.some((node) => fits(amount, node.capacity));
  }

  #update(id: NodeId): void {
    const node = known(this.#nodes[id], "node");
    this.#free.set(id, node.state === "ready" ? node.free : null);
    this.changed.add(id);
  }

  write(out: ByteWriter): void {
    out.u32(this.#nodes.length);
    for (const node of this.#nodes) {
      out.u32(node.pool);
      out.resources(node.capacity);
      out.resources(node.free);
      out.u8(STATES.indexOf(node.state));
    }
  }

  static read(from: ByteReader): NodeTable {
    const table = new NodeTable();
    const count = from.u32();
    for (let i = 0; i < count; i += 1) {
      const id = i as NodeId;
      table.ready(id, from.u32() as PoolId, from.resources());
      table.take(id, subtract(table.get(id).capacity, from.resources()));
      const state = STATES[from.u8()] as Node["state"];
      if (state === "draining") table.drain(id);
      else if (state === "lost") table.lose(id);
    }
    return table;
  }
}

const STATES: readonly Node["state"][] = ["ready", "draining", "lost"];
