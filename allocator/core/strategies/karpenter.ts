import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because, Rule } from "../decisions.ts";
import type { NodeId, PoolId } from "../ids.ts";
import type { KarpenterSpec } from "../policy.ts";
import { alone, type Candidate, type Command, candidatesOf, consolidation, empties, together } from "../pools/consolidation.ts";
import { lackingRoom } from "../pools/lacking-room.ts";
import { lateOrders } from "../pools/late-orders.ts";
import { lowestPriced, nodeClaims } from "../pools/node-claims.ts";
import type { State } from "../state.ts";
import type { PoolStrategy, PoolWant } from "./pool.ts";
import { NO_FORECAST } from "./warm.ts";

/** How often it looks for nodes to disrupt. */
const DISRUPTION_MS = 10_000;
/** A command is carried out if it still holds after so long. */
const VALIDATION_MS = 15_000;
/** A pool that did not give a node is not asked for so long: what the AWS provider remembers of types that were not to be had. */
const UNAVAILABLE_MS = 180_000;

/** Nodes that are to go. */
interface Planned {
  readonly nodes: readonly NodeId[];
  readonly isEmpty: boolean;
  /** The pool that gets a node in their place. */
  readonly replacement: PoolId | null;
  /** Since when; with a replacement under way, since it was asked for. */
  readonly sinceMs: number;
}

/**
 * Karpenter (kubernetes-sigs/karpenter, v1: its documentation and pkg/controllers), where each elastic pool is an instance type of one NodePool:
 *
 * 1. *Provisioning*: what waits and has no room on nodes that are ready or on their way is gathered until nothing came for `idleMs`, at most for
 *    `batchMs`, and placed on planned nodes (pools/node-claims.ts). Each is bought of the cheapest pool whose nodes have room for all on it.
 * 2. *Disruption*, every 10 s: nodes that may go, as many as the budget allows, by the first method that finds any: those that are empty, all
 *    together; the most that may go together with at most one cheaper node in their place; one alone, likewise (pools/consolidation.ts).
 *    Carried out if it still holds 15 s later; where a replacement is needed, once that is ready.
 *
 * A node may go once nothing was started on it, or ended, for `afterMs`; unless something runs on it, where that is not to be disrupted. Nodes that are
 * not ready within `provisionWithinMs` are called off.
 */
export class Karpenter implements PoolStrategy {
  readonly everyMs: number;
  readonly #spec: KarpenterSpec;
  /** Since when what lacks room is gathered; `null`: nothing does. */
  #batchSinceMs: number | null = null;
  /** When it last looked for nodes to disrupt. */
  #lookedMs = 0;
  /** To be carried out if it still holds. */
  #planned: Planned | null = null;
  /** Its replacement is on its way. */
  #replacing: Planned | null = null;
  readonly #unavailableUntilMs = new Map<PoolId, number>();
  /** By node: what was on it when it was last looked at, as a sum of ids and a count, and since when. */
  #seen = new Map<NodeId, Seen>();

  constructor(spec: KarpenterSpec) {
    this.#spec = spec;
    this.everyMs = spec.idleMs;
  }

  scan(state: State, nowMs: number): readonly PoolWant[] {
    const late = lateOrders(state.pools, this.#spec.provisionWithinMs, nowMs);
    for (const { pool } of late) this.refused(pool, nowMs);
    if (late.length > 0) return late;
    if (this.#spec.afterMs > 0) this.#watch(state, nowMs);
    const growth = this.#provision(state, nowMs);
    const isGathering = this.#batchSinceMs !== null;
    return growth.length > 0 || isGathering ? growth : this.#disrupt(state, nowMs);
  }

  #provision(state: State, nowMs: number): PoolWant[] {
    const lacking = lackingRoom(state);
    if (lacking.length === 0) {
      this.#batchSinceMs = null;
      return [];
    }
    this.#batchSinceMs ??= nowMs;
    let newestMs = Number.NEGATIVE_INFINITY;
    for (const { sinceMs } of state.waiting) newestMs = Math.max(newestMs, sinceMs);
    if (newestMs + this.#spec.idleMs > nowMs && this.#batchSinceMs + this.#spec.batchMs > nowMs) return [];
    this.#batchSinceMs = null;
    const left = new Map(this.#able(state, nowMs).map((pool) => [pool, pool.elastic.most - pool.asked]));
    const wanted = new Map<PoolId, PoolWant>();
    for (const { options } of nodeClaims(lacking, [...left.keys()])) {
      const chosen = lowestPriced(options.filter((pool) => (left.get(pool) as number) > 0));
      if (chosen === null) continue;
      left.set(chosen, (left.get(chosen) as number) - 1);
      const nodes = (wanted.get(chosen.id)?.nodes ?? chosen.asked) + 1;
      wanted.set(chosen.id, { pool: chosen.id, nodes, because: why("pool_pending") });
    }
    return [...wanted.values()];
  }

  /** Pools that could be given a node. */
  #able(state: State, nowMs: number) {
    return state.pools
      .elastic()
      .filter(({ id, asked, elastic }) => asked < elastic.most && (this.#unavailableUntilMs.get(id) ?? 0) <= nowMs);
  }

  #disrupt(state: State, nowMs: number): PoolWant[] {
    if (this.#replacing !== null) return this.#afterReplacement(state, this.#replacing, nowMs);
    if (this.#planned !== null) {
      if (this.#planned.sinceMs + VALIDATION_MS > nowMs) return [];
      const planned = this.#planned;
      this.#planned = null;
      return this.#carryOut(state, planned, nowMs);
    }
    if (this.#lookedMs + DISRUPTION_MS > nowMs) return [];
    this.#lookedMs = nowMs;
    const command = this.#command(state, nowMs);
    if (command !== null) this.#planned = plannedOf(command, nowMs);
    return [];
  }

  /** What the first method that finds any would let go. */
  #command(state: State, nowMs: number): Command | null {
    const allowed = this.#allowed(state);
    const candidates = this.#candidates(state, nowMs);
    const empty = empties(candidates, allowed, state);
    if (empty.length > 0) return { candidates: empty, replacement: null };
    if (this.#spec.onlyEmpty || allowed === 0) return null;
    return together(candidates.slice(0, allowed), state) ?? alone(candidates, state);
  }

  #candidates(state: State, nowMs: number): Candidate[] {
    const { afterMs, disruptsRunning } = this.#spec;
    return candidatesOf(state, ({ node, instances }) => {
      if (!disruptsRunning && instances.some(({ requests }) => requests.length > 0)) return false;
      return afterMs === 0 || (this.#seen.get(node.id)?.sinceMs ?? nowMs) + afterMs <= nowMs;
    });
  }

  /** Of the nodes of elastic pools, the budget's share, rounded up, less those that are going already. */
  #allowed({ nodes, pools }: State): number {
    const elastic = new Set(pools.elastic().map(({ id }) => id));
    const own = nodes.all().filter(({ pool, state }) => elastic.has(pool) && state !== "lost");
    const going = own.filter(({ state }) => state === "draining").length;
    return Math.max(0, Math.ceil((own.length * this.#spec.budgetPpm) / 1_000_000) - going);
  }

  /** If it still holds: those nodes are the first of their pools to go, and the same would be done with them now. */
  #carryOut(state: State, planned: Planned, nowMs: number): PoolWant[] {
    const candidates = this.#still(state, planned, nowMs);
    if (candidates === null || candidates.length > this.#allowed(state)) return [];
    if (planned.isEmpty) {
      const isBacked = empties(candidates, candidates.length, state).length === candidates.length;
      return isBacked ? shrinkage(candidates, "pool_unneeded") : [];
    }
    const command = consolidation(candidates, state);
    if (command === null || command.replacement !== planned.replacement) return [];
    if (planned.replacement === null) return shrinkage(candidates, "pool_consolidated");
    const pool = this.#able(state, nowMs).find(({ id }) => id === planned.replacement);
    if (pool === undefined) return [];
    this.#replacing = { ...planned, sinceMs: nowMs };
    return [{ pool: pool.id, nodes: pool.asked + 1, because: why("pool_consolidated") }];
  }

  /** Once the replacement is ready, the nodes go that it is for, if they may still. */
  #afterReplacement(state: State, planned: Planned, nowMs: number): PoolWant[] {
    const pool = state.pools.elastic().find(({ id }) => id === planned.replacement);
    if (pool !== undefined && pool.ordersMs.length > 0) return [];
    this.#replacing = null;
    const candidates = this.#still(state, planned, nowMs);
    return candidates === null ? [] : shrinkage(candidates, "pool_consolidated");
  }

  /** The nodes, if they may still go and would be the first of their pools to; `null`: not all. */
  #still(state: State, { nodes, isEmpty }: Planned, nowMs: number): Candidate[] | null {
    const wanted = new Set(nodes);
    const staysFirst = new Set<PoolId>();
    const found: Candidate[] = [];
    for (const candidate of this.#candidates(state, nowMs)) {
      const { node, pool, instances } = candidate;
      if (!wanted.has(node.id) || (isEmpty && instances.length > 0)) staysFirst.add(pool.id);
      else if (staysFirst.has(pool.id)) return null;
      else found.push(candidate);
    }
    return found.length === nodes.length ? found : null;
  }

  /** Since when each node has had the same on it. */
  #watch({ nodes, instances }: State, nowMs: number): void {
    const now = new Map<NodeId, Seen>();
    for (const { id, state } of nodes.all()) if (state === "ready") now.set(id, { count: 0, sum: 0, sinceMs: nowMs });
    for (const { id, node, occupies } of instances.values()) {
      const seen = node === null || !occupies ? undefined : now.get(node);
      if (seen === undefined) continue;
      seen.count += 1;
      seen.sum += id;
    }
    for (const [node, seen] of now) {
      const before = this.#seen.get(node);
      if (before !== undefined && before.count === seen.count && before.sum === seen.sum) seen.sinceMs = before.sinceMs;
    }
    this.#seen = now;
  }

  refused(pool: PoolId, nowMs: number): void {
    this.#unavailableUntilMs.set(pool, nowMs + UNAVAILABLE_MS);
    if (this.#replacing?.replacement === pool) this.#replacing = null;
  }

  write(out: ByteWriter): void {
    out.optionalMs(this.#batchSinceMs);
    out.u64(this.#lookedMs);
    writePlanned(out, this.#planned);
    writePlanned(out, this.#replacing);
    out.u32(this.#unavailableUntilMs.size);
    for (const [pool, untilMs] of this.#unavailableUntilMs) {
      out.u32(pool);
      out.u64(untilMs);
    }
    out.u32(this.#seen.size);
    for (const [node, { count, sum, sinceMs }] of this.#seen) {
      out.u32(node);
      out.u32(count);
      out.u64(sum);
      out.u64(sinceMs);
    }
  }

  read(from: ByteReader): void {
    this.#batchSinceMs = from.optionalMs();
    this.#lookedMs = from.u64();
    this.#planned = readPlanned(from);
    this.#replacing = readPlanned(from);
    this.#unavailableUntilMs.clear();
    for (let left = from.u32(); left > 0; left -= 1) this.#unavailableUntilMs.set(from.u32() as PoolId, from.u64());
    this.#seen = new Map();
    for (let left = from.u32(); left > 0; left -= 1) {
      this.#seen.set(from.u32() as NodeId, { count: from.u32(), sum: from.u64(), sinceMs: from.u64() });
    }
  }
}

interface Seen {
  count: number;
  sum: number;
  sinceMs: number;
}

function plannedOf({ candidates, replacement }: Command, sinceMs: number): Planned {
  const nodes = candidates.map(({ node }) => node.id);
  return { nodes, replacement, sinceMs, isEmpty: candidates.every(({ instances }) => instances.length === 0) };
}

/** Each of their pools is to have so many fewer. */
function shrinkage(candidates: readonly Candidate[], rule: Rule): PoolWant[] {
  const nodes = new Map<PoolId, number>();
  for (const { pool } of candidates) nodes.set(pool.id, (nodes.get(pool.id) ?? pool.asked) - 1);
  return [...nodes].map(([pool, count]) => ({ pool, nodes: count, because: why(rule) }));
}

function why(rule: Rule): Because {
  return { ...NO_FORECAST, rule };
}

function writePlanned(out: ByteWriter, planned: Planned | null): void {
  out.bool(planned !== null);
  if (planned === null) return;
  out.u32s(Uint32Array.from(planned.nodes));
  out.bool(planned.isEmpty);
  out.optional(planned.replacement);
  out.u64(planned.sinceMs);
}

function readPlanned(from: ByteReader): Planned | null {
  if (!from.bool()) return null;
  const nodes = [...from.u32s()] as NodeId[];
  return { nodes, isEmpty: from.bool(), replacement: from.optional<PoolId>(), sinceMs: from.u64() };
}
