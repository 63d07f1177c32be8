import { dominantShare } from "../admit/dominant-share.ts";
import type { NodeId, PoolId } from "../ids.ts";
import type { Node } from "../nodes.ts";
import { equal, fits, NO_RESOURCES, type Resources, subtract } from "../resources.ts";
import type { State } from "../state.ts";
import type { Growing } from "./pool-table.ts";

/** A node, as far as it says how full it is. */
export interface Filled {
  readonly id: NodeId;
  readonly capacity: Resources;
  readonly free: Resources;
}

/**
 * In which order a pool's nodes leave when it has too many: the emptiest first, by the largest share of a resource that is taken, of
 * equals the last. The platform is asked for a number, so both sides have to know: this is the contract of `resize_pool`.
 */
export function leavesBefore(a: Filled, b: Filled): number {
  return taken(a) - taken(b) || b.id - a.id;
}

function taken({ capacity, free }: Filled): number {
  return dominantShare(subtract(capacity, free), capacity);
}

/**
 * How far a node is in use, as the Cluster Autoscaler sees it: of its GPUs, where it has any; else the larger of the shares of CPU and
 * of memory that are taken.
 */
export function utilization(node: Filled): number {
  const { capacity, free } = node;
  const used = subtract(capacity, free);
  const { cpuMillis, memoryMiB, gpuMillis } = NO_RESOURCES;
  if (capacity.gpuMillis > 0) return dominantShare({ ...used, cpuMillis, memoryMiB, networkKbps: 0 }, capacity);
  return dominantShare({ ...used, gpuMillis, networkKbps: 0 }, capacity);
}

/**
 * Which ready nodes of elastic pools nobody would miss, by pool in the order of leaving: used less than `thresholdPpm`, and all that is on
 * them would have room on other nodes, also when those before them have left. What is held has to be backed without them, too.
 *
 * @param pools those of an earlier one leave before those of a later one.
 */
export function unneeded(
  state: State,
  thresholdPpm: number,
  pools: readonly Growing[] = state.pools.elastic(),
): Map<PoolId, readonly Node[]> {
  const ready = state.nodes.all().filter((node) => node.state === "ready");
  const others = new Others(ready, state);
  const found = new Map<PoolId, Node[]>();
  const candidates = pools.map(({ id }) => ({
    id,
    nodes: candidatesOf(
      ready.filter(({ pool }) => pool === id),
      thresholdPpm,
    ),
  }));
  // Those with nothing on them first, whatever their pool: what is on others may then have room nowhere else.
  for (const mayWork of [false, true]) {
    for (const { id, nodes } of candidates) {
      const leaving = found.get(id) ?? [];
      for (const node of nodes.slice(leaving.length)) {
        if ((!mayWork && !equal(node.free, node.capacity)) || !others.takeIn(node)) break;
        leaving.push(node);
      }
      if (leaving.length > 0) found.set(id, leaving);
    }
  }
  return found;
}

/**
 * Whether a pool has the nodes that it is to have: none is on its way, which shrinking would call off, and of those that it was let go
 * none is still there, which would be let go once more. A platform may take minutes over either.
 */
export function isSettled({ nodes }: State, { id, asked, ordersMs }: Growing): boolean {
  return ordersMs.length === 0 && nodes.readyIn(id) <= asked;
}

/** Of a pool's nodes those that are used less than the threshold, in the order of leaving, up to one that is used more. */
function candidatesOf(nodes: readonly Node[], thresholdPpm: number): readonly Node[] {
  const isIdle = (node: Node) => utilization(node) * 1_000_000 < thresholdPpm;
  const stays = nodes.filter((node) => !isIdle(node)).reduce<Node | null>(firstToLeave, null);
  const idle = nodes.filter(isIdle).sort(leavesBefore);
  return stays === null ? idle : idle.filter((node) => leavesBefore(node, stays) < 0);
}

function firstToLeave(first: Node | null, next: Node): Node {
  return first === null || leavesBefore(next, first) < 0 ? next : first;
}

/** The nodes that stay, and what they would have free when others had left. */
class Others {
  readonly #state: State;
  readonly #places: Map<NodeId, number>;
  readonly #free: Resources[];
  #backing: Resources;
  /** What is on each node; `null`: nobody asked yet. */
  #sizes: Map<NodeId, Resources[]> | null = null;

  constructor(ready: readonly Node[], state: State) {
    this.#state = state;
    this.#places = new Map(ready.map(({ id }, at) => [id, at]));
    this.#free = ready.map(({ free }) => free);
    this.#backing = state.nodes.backing;
  }

  /**
   * Moves all that is on the node, first fit, to those that stay: it is none of them any more. Not if something was moved to it before.
   * @returns whether there is room.
   */
  takeIn({ id, capacity, free }: Node): boolean {
    const backing = subtract(this.#backing, capacity);
    if (!fits(this.#state.ledger.total, backing)) return false;
    const at = this.#places.get(id) as number;
    if (!equal(this.#free[at] as Resources, free)) return false;
    const before = new Map([[at, this.#free[at] as Resources]]);
    this.#free[at] = NO_RESOURCES;
    this.#sizes ??= equal(free, capacity) ? null : sizesOn(this.#state);
    for (const size of this.#sizes?.get(id) ?? []) {
      const to = this.#free.findIndex((room) => fits(size, room));
      if (to < 0) {
        for (const [place, room] of before) this.#free[place] = room;
        return false;
      }
      if (!before.has(to)) before.set(to, this.#free[to] as Resources);
      this.#free[to] = subtract(this.#free[to] as Resources, size);
    }
    this.#backing = backing;
    return true;
  }
}

function sizesOn({ instances }: State): Map<NodeId, Resources[]> {
  const sizes = new Map<NodeId, Resources[]>();
  for (const { node, occupies, size } of instances.values()) {
    if (node === null || !occupies) continue;
    const on = sizes.get(node);
    if (on === undefined) sizes.set(node, [size]);
    else on.push(size);
  }
  return sizes;
}
