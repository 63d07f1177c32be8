import type { NodeId, PoolId } from "../ids.ts";
import type { Instance } from "../instances.ts";
import { type Node, roomOn } from "../nodes.ts";
import { add, fits, NO_RESOURCES, type Resources, subtract } from "../resources.ts";
import type { State } from "../state.ts";
import { isSettled, leavesBefore } from "./leaving.ts";
import { lowestPriced, nodeClaims } from "./node-claims.ts";
import { type Lot, place } from "./packing.ts";
import type { Growing } from "./pool-table.ts";

/** A node that may go, and what is on it. */
export interface Candidate {
  readonly node: Node;
  readonly pool: Growing;
  readonly instances: readonly Instance[];
}

/** Nodes that are to go together, and the pool that gets a node in their place first; `null`: what is on them has room elsewhere. */
export interface Command {
  readonly candidates: readonly Candidate[];
  readonly replacement: PoolId | null;
}

/** The most nodes that are looked at together. */
const MOST = 100;

/**
 * The nodes of elastic pools that may go, the cheapest to disrupt first: those with the fewest instances. A platform is asked for a number of
 * nodes, and lets the emptiest go first: of each pool they come in that order, and one that may not go keeps those behind it.
 */
export function candidatesOf(state: State, mayGo: (candidate: Candidate) => boolean): Candidate[] {
  const onNode = instancesByNode(state);
  const lines = state.pools.elastic().flatMap((pool) => {
    if (!isSettled(state, pool)) return [];
    const ready = state.nodes.all().filter((node) => node.pool === pool.id && node.state === "ready");
    const all = ready.sort(leavesBefore).map((node) => ({ node, pool, instances: onNode.get(node.id) ?? [] }));
    const firstToStay = all.findIndex((candidate) => !mayGo(candidate));
    const most = Math.max(0, pool.asked - pool.elastic.least);
    return [all.slice(0, Math.min(most, firstToStay < 0 ? all.length : firstToStay))];
  });
  const found: Candidate[] = [];
  for (;;) {
    const heads = lines.flatMap((line) => line.slice(0, 1));
    const next = heads.reduce<Candidate | null>(
      (first, head) => (first !== null && first.instances.length <= head.instances.length ? first : head),
      null,
    );
    if (next === null) return found;
    found.push(next);
    lines.find((line) => line[0] === next)?.shift();
  }
}

function instancesByNode({ instances }: State): Map<NodeId, Instance[]> {
  const onNode = new Map<NodeId, Instance[]>();
  for (const instance of instances.values()) {
    if (instance.node === null || !instance.occupies) continue;
    const on = onNode.get(instance.node);
    if (on === undefined) onNode.set(instance.node, [instance]);
    else on.push(instance);
  }
  return onNode;
}

/**
 * What becomes of these nodes, if they may go: what is on them has room on others that are ready, or on those and one new node that costs
 * less than they do together. `null`: they stay.
 */
export function consolidation(candidates: readonly Candidate[], state: State): Command | null {
  const leaving = new Set(candidates.map(({ node }) => node.id));
  const free = state.nodes.all().flatMap((node) => (leaving.has(node.id) ? [] : (roomOn(node) ?? [])));
  const lots = candidates.flatMap(({ instances }) => instances.map(({ size }): Lot => ({ size, count: 1 })));
  const unplaced = lots
    .sort((a, b) => b.size.cpuMillis - a.size.cpuMillis || b.size.memoryMiB - a.size.memoryMiB)
    .filter(({ size }) => place(size, 1, free) > 0);
  const left = candidates.reduce((sum, { node }) => subtract(sum, node.capacity), state.nodes.backing);
  const isBacked = (more: Resources) => fits(state.ledger.total, add(left, more));
  if (unplaced.length === 0) return isBacked(NO_RESOURCES) ? { candidates, replacement: null } : null;
  const able = state.pools.elastic().filter(({ asked, elastic }) => asked < elastic.most);
  const claims = nodeClaims(unplaced, able);
  const [claim] = claims;
  const placed = claims.reduce((sum, { count }) => sum + count, 0);
  if (claim === undefined || claims.length > 1 || placed < unplaced.length) return null;
  const price = candidates.reduce((sum, { pool }) => sum + pool.elastic.priceMicrosPerHour, 0);
  const cheaper = claim.options.filter(({ elastic }) => elastic.priceMicrosPerHour < price && isBacked(elastic.capacity));
  const chosen = lowestPriced(candidates.length > 1 ? withoutOwnTypes(cheaper, candidates) : cheaper);
  return chosen === null ? null : { candidates, replacement: chosen.id };
}

/**
 * If a node of one of their own types would do for all of them, it is enough to let the others go: of the options only those that cost less than
 * the cheapest of these types are left.
 */
function withoutOwnTypes(options: readonly Growing[], candidates: readonly Candidate[]): Growing[] {
  const own = options.filter(({ id }) => candidates.some(({ pool }) => pool.id === id));
  const below = own.reduce((least, { elastic }) => Math.min(least, elastic.priceMicrosPerHour), Number.POSITIVE_INFINITY);
  return options.filter(({ elastic }) => elastic.priceMicrosPerHour < below);
}

/** Those with nothing on them, at most so many, and only as many as what is held is backed without. */
export function empties(candidates: readonly Candidate[], most: number, state: State): Candidate[] {
  let left = state.nodes.backing;
  return candidates
    .filter(({ instances }) => instances.length === 0)
    .slice(0, most)
    .filter(({ node }) => {
      const without = subtract(left, node.capacity);
      if (!fits(state.ledger.total, without)) return false;
      left = without;
      return true;
    });
}

/** The most of the candidates, from the first on and at least two, that may go together, by binary search; `null`: no two. */
export function together(candidates: readonly Candidate[], state: State): Command | null {
  let found: Command | null = null;
  let least = 2;
  let most = Math.min(MOST, candidates.length);
  while (least <= most) {
    const middle = (least + most) >> 1;
    const command = consolidation(candidates.slice(0, middle), state);
    if (command === null) most = middle - 1;
    else {
      found = command;
      least = middle + 1;
    }
  }
  return found;
}

/** The first that may go alone and has something on it. Of each pool it can only be the emptiest node. */
export function alone(candidates: readonly Candidate[], state: State): Command | null {
  const seen = new Set<PoolId>();
  for (const candidate of candidates) {
    if (seen.has(candidate.pool.id)) continue;
    seen.add(candidate.pool.id);
    const command = candidate.instances.length === 0 ? null : consolidation([candidate], state);
    if (command !== null) return command;
  }
  return null;
}
