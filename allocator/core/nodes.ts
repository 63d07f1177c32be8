import { invariant, known } from "./assert.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import type { NodeId, PoolId } from "./ids.ts";
import type { NodeScore } from "./placement/node-score.ts";
import { add, equal, fits, maximum, NO_RESOURCES, type Resources, subtract } from "./resources.ts";

export interface Node {
  readonly id: NodeId;
  readonly pool: PoolId;
  readonly capacity: Resources;
  free: Resources;
  state: "ready" | "draining" | "lost";
}

/**
 * The nodes and what is free on each. First fit is answered by a tree over the nodes in order of id: each inner entry holds the
 * component-wise maximum of what is free below it, so that whole subtrees without room are passed over.
 */
export class NodeTable {
  readonly #nodes: Node[] = [];
  /** Implicit binary tree: leaves from `#leaves`, the root at 1. */
  #tree: Resources[] = [NO_RESOURCES, NO_RESOURCES];
  #leaves = 1;
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

  /** A new node; one that was lost, as if new; or one that drained, which takes instances again. */
  ready(id: NodeId, pool: PoolId, capacity: Resources): void {
    invariant(id <= this.#nodes.length, "node ids are dense");
    const known = this.#nodes[id];
    if (known?.state === "ready") return;
    if (known?.state === "draining") {
      known.state = "ready";
      this.#backing = add(this.#backing, known.free);
      this.#count(known.pool, 1);
      return this.#update(id);
    }
    this.#nodes[id] = { id, pool, capacity, free: capacity, state: "ready" };
    this.#backing = add(this.#backing, capacity);
    this.#count(pool, 1);
    const isOther = known !== undefined && !equal(known.capacity, capacity);
    const others = isOther ? this.#nodes.map((node) => node.capacity) : [this.#largest, capacity];
    this.#largest = others.reduce(maximum, NO_RESOURCES);
    if (this.#nodes.length > this.#leaves) this.#grow();
    else this.#update(id);
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
    const found = this.#search(1, amount, except);
    return found < 0 ? null : known(this.#nodes[found], "node");
  }

  /** The ready node with room for `amount` that scores highest; of equals the first; none of `except`. */
  best(amount: Resources, score: NodeScore, except: ReadonlySet<NodeId> | null = null): Node | null {
    let best: Node | null = null;
    let highest = Number.NEGATIVE_INFINITY;
    const visit = (entry: number): void => {
      if (!fits(amount, this.#tree[entry] as Resources)) return;
      if (entry < this.#leaves) {
        visit(2 * entry);
        return visit(2 * entry + 1);
      }
      const node = this.#nodes[entry - this.#leaves];
      if (node === undefined || except?.has(node.id) === true) return;
      const found = score(node.free, amount, this.#largest);
      if (found <= highest) return;
      highest = found;
      best = node;
    };
    visit(1);
    return best;
  }

  /** Whether some node, empty, could hold `amount`. */
  couldEverFit(amount: Resources): boolean {
    return this.#nodes.some((node) => fits(amount, node.capacity));
  }

  #search(entry: number, amount: Resources, except: ReadonlySet<NodeId> | null): number {
    if (!fits(amount, this.#tree[entry] as Resources)) return -1;
    if (entry >= this.#leaves) {
      const id = entry - this.#leaves;
      return id < this.#nodes.length && except?.has(id as NodeId) !== true ? id : -1;
    }
    const left = this.#search(2 * entry, amount, except);
    return left >= 0 ? left : this.#search(2 * entry + 1, amount, except);
  }

  #update(id: number): void {
    const node = known(this.#nodes[id], "node");
    let entry = this.#leaves + id;
    this.#tree[entry] = node.state === "ready" ? node.free : NOTHING;
    for (entry >>= 1; entry >= 1; entry >>= 1) {
      this.#tree[entry] = maximum(this.#tree[2 * entry] as Resources, this.#tree[2 * entry + 1] as Resources);
    }
  }

  #grow(): void {
    while (this.#leaves < this.#nodes.length) this.#leaves *= 2;
    this.#tree = new Array<Resources>(2 * this.#leaves).fill(NOTHING);
    for (const node of this.#nodes) this.#update(node.id);
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
/** Below every request: where nothing may be placed, not even an empty shape. */
const NOTHING: Resources = Object.freeze({ cpuMillis: -1, memoryMiB: -1, gpuMillis: -1, networkKbps: -1 });
