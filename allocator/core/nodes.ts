import { invariant, known } from "./assert.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { ChangedIds } from "./changed-ids.ts";
import type { NodeId, PoolId } from "./ids.ts";
import type { NodeScore } from "./placement/node-score.ts";
import { add, equal, fits, maximum, minimum, NO_RESOURCES, type Resources, subtract } from "./resources.ts";
import { RoomTree } from "./room-tree.ts";

export interface Node {
  readonly id: NodeId;
  readonly pool: PoolId;
  /** What it would have if nobody else ran there. */
  whole: Resources;
  /** What it has for instances, or what those on it take, where that is more. */
  capacity: Resources;
  free: Resources;
  /** How much of what those on it take is more than it has for them: as that is given back, it is gone. */
  owed: Resources;
  /** The most instances that may be on it; `Infinity`: as many as there is room for. */
  places: number;
  /** How many are. */
  taken: number;
  state: "ready" | "draining" | "lost";
}

/** What a node that is shared with others has for instances. */
export interface Offer {
  readonly offered: Resources;
  readonly places: number;
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
   * less, what is on it may need that: it keeps what it had, unless it is shared.
   *
   * @param offer what it has for instances if it is shared with others, more or less than before; `null`: all that it has.
   */
  ready(id: NodeId, pool: PoolId, whole: Resources, offer: Offer | null = null): void {
    invariant(id <= this.#nodes.length, "node ids are dense");
    const known = this.#nodes[id];
    if (known !== undefined && known.state !== "lost") {
      if (known.state === "draining") {
        known.state = "ready";
        this.#backing = add(this.#backing, known.free);
        this.#count(known.pool, 1);
      }
      known.whole = maximum(known.whole, whole);
      this.#largest = maximum(this.#largest, known.whole);
      if (offer !== null) known.places = offer.places;
      return this.#offer(known, offer?.offered ?? maximum(subtract(known.capacity, known.owed), whole));
    }
    const capacity = offer?.offered ?? whole;
    const places = offer?.places ?? Number.POSITIVE_INFINITY;
    this.#nodes[id] = { id, pool, whole, capacity, free: capacity, owed: NO_RESOURCES, places, taken: 0, state: "ready" };
    this.#backing = add(this.#backing, capacity);
    this.#count(pool, 1);
    const isOther = known !== undefined && !equal(known.whole, whole);
    const others = isOther ? this.#nodes.map((node) => node.whole) : [this.#largest, whole];
    this.#largest = others.reduce(maximum, NO_RESOURCES);
    this.#update(id);
  }

  /** What is on it stays; where that is more than is offered, it is owed. */
  #offer(node: Node, offered: Resources): void {
    const used = subtract(node.capacity, node.free);
    const capacity = maximum(offered, used);
    this.#backing = add(this.#backing, subtract(capacity, node.capacity));
    node.capacity = capacity;
    node.free = subtract(capacity, used);
    node.owed = owedOf(capacity, offered);
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

  /** An instance of that size comes to the node. */
  take(id: NodeId, amount: Resources): void {
    const node = this.get(id);
    node.taken += 1;
    this.#take(node, amount);
    this.#update(id);
  }

  /** One of that size leaves it. */
  give(id: NodeId, amount: Resources): void {
    const node = this.get(id);
    node.taken -= 1;
    this.#give(node, amount);
    this.#update(id);
  }

  /** One that is on it becomes another size. */
  resize(id: NodeId, from: Resources, to: Resources): void {
    const node = this.get(id);
    const both = minimum(from, to);
    this.#give(node, subtract(from, both));
    this.#take(node, subtract(to, both));
    this.#update(id);
  }

  #take(node: Node, amount: Resources): void {
    invariant(fits(amount, node.free), "a node never holds more than its capacity");
    node.free = subtract(node.free, amount);
    if (node.state === "draining") this.#backing = add(this.#backing, amount);
  }

  #give(node: Node, amount: Resources): void {
    node.free = add(node.free, amount);
    if (node.state === "draining") this.#backing = subtract(this.#backing, amount);
    if (node.owed !== NO_RESOURCES) this.#payBack(node, amount);
    invariant(fits(node.free, node.capacity), "a node never has more free than its capacity");
  }

  /** Of what was given back, that which it never had. */
  #payBack(node: Node, given: Resources): void {
    const gone = minimum(given, node.owed);
    const offered = subtract(node.capacity, node.owed);
    node.capacity = subtract(node.capacity, gone);
    node.free = subtract(node.free, gone);
    node.owed = owedOf(node.capacity, offered);
    if (node.state === "ready") this.#backing = subtract(this.#backing, gone);
  }

  /** Whether one that is not there yet has room on it. */
  hasRoom(id: NodeId, amount: Resources): boolean {
    const room = roomOn(this.get(id));
    return room !== null && fits(amount, room);
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

  /** Whether some node, with nothing else on it, could hold `amount`: what others take there, they may give back. */
  couldEverFit(amount: Resources): boolean {
    return this.#nodes.some((node) => fits(amount, node.whole));
  }

  #update(id: NodeId): void {
    const node = known(this.#nodes[id], "node");
    this.#free.set(id, roomOn(node));
    this.changed.add(id);
  }

  write(out: ByteWriter): void {
    out.u32(this.#nodes.length);
    for (const node of this.#nodes) {
      out.u32(node.pool);
      out.resources(node.whole);
      out.resources(subtract(node.capacity, node.owed));
      out.optional(node.places === Number.POSITIVE_INFINITY ? null : node.places);
      out.resources(subtract(node.capacity, node.free));
      out.u32(node.taken);
      out.u8(STATES.indexOf(node.state));
    }
  }

  static read(from: ByteReader): NodeTable {
    const table = new NodeTable();
    const count = from.u32();
    for (let i = 0; i < count; i += 1) {
      const id = i as NodeId;
      const [pool, whole, offered] = [from.u32() as PoolId, from.resources(), from.resources()];
      const places = from.optional<number>() ?? Number.POSITIVE_INFINITY;
      const used = from.resources();
      table.ready(id, pool, whole, { offered: maximum(offered, used), places });
      table.take(id, used);
      table.ready(id, pool, whole, { offered, places });
      table.get(id).taken = from.u32();
      table.#update(id);
      const state = STATES[from.u8()] as Node["state"];
      if (state === "draining") table.drain(id);
      else if (state === "lost") table.lose(id);
    }
    return table;
  }
}

/** What it has for one more instance; `null`: it takes none. */
export function roomOn({ state, taken, places, free }: Node): Resources | null {
  return state === "ready" && taken < places ? free : null;
}

function owedOf(capacity: Resources, offered: Resources): Resources {
  return equal(capacity, offered) ? NO_RESOURCES : subtract(capacity, offered);
}

const STATES: readonly Node["state"][] = ["ready", "draining", "lost"];
