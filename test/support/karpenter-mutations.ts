import type { Mutation } from "./mutant.ts";

const KARPENTER = "allocator/core/strategies/karpenter.ts";
const CONSOLIDATION = "allocator/core/pools/consolidation.ts";
const CLAIMS = "allocator/core/pools/node-claims.ts";

/** Which nodes Karpenter buys, and which it lets go. */
export const KARPENTER_MUTATIONS: readonly Mutation[] = [
  {
    rule: "what lacks room is gathered while more comes",
    file: KARPENTER,
    find: "if (newestMs + this.#spec.idleMs > nowMs && ",
    replace: "if (newestMs > nowMs && ",
  },
  {
    rule: "gathering has a longest time",
    file: KARPENTER,
    find: " && this.#batchSinceMs + this.#spec.batchMs > nowMs) return [];",
    replace: ") return [];",
  },
  {
    rule: "the cheapest type with room for all on a planned node is bought",
    file: CLAIMS,
    find: "best.elastic.priceMicrosPerHour <= pool.elastic.priceMicrosPerHour ? best : pool",
    replace: "best.elastic.priceMicrosPerHour >= pool.elastic.priceMicrosPerHour ? best : pool",
  },
  {
    rule: "each goes on the planned node with the fewest on it",
    file: CLAIMS,
    find: "(claims[a] as NodeClaim).count - (claims[b] as NodeClaim).count",
    replace: "(claims[b] as NodeClaim).count - (claims[a] as NodeClaim).count",
  },
  {
    rule: "the largest are planned first",
    file: CLAIMS,
    find: "b.size.cpuMillis - a.size.cpuMillis ||",
    replace: "a.size.cpuMillis - b.size.cpuMillis ||",
  },
  {
    rule: "a type that was not to be had is left out for a while",
    file: KARPENTER,
    find: "this.#unavailableUntilMs.set(pool, nowMs + UNAVAILABLE_MS);",
    replace: "this.#unavailableUntilMs.set(pool, nowMs);",
  },
  {
    rule: "no more nodes go at a time than the budget allows",
    file: CONSOLIDATION,
    find: ".slice(0, most)\n",
    replace: ".slice(0, most + 9)\n",
  },
  {
    rule: "the budget is rounded up",
    file: KARPENTER,
    find: "Math.ceil((own.length",
    replace: "Math.floor((own.length",
  },
  {
    rule: "what no longer holds is not done",
    file: KARPENTER,
    find: "return found.length === nodes.length ? found : null;",
    replace: "return found;",
  },
  {
    rule: "a command waits to be seen to hold",
    file: KARPENTER,
    find: "if (this.#planned.sinceMs + VALIDATION_MS > nowMs) return [];",
    replace: "if (this.#planned.sinceMs > nowMs) return [];",
  },
  {
    rule: "what runs is not disrupted unless that is said",
    file: KARPENTER,
    find: "if (!disruptsRunning && instances.some(({ requests }) => requests.length > 0)) return false;",
    replace: "",
  },
  {
    rule: "a node may go once nothing changed on it for the time",
    file: KARPENTER,
    find: "afterMs === 0 || ",
    replace: "afterMs >= 0 || ",
  },
  {
    rule: "nodes go only when their replacement is ready",
    file: KARPENTER,
    find: "if (pool !== undefined && pool.ordersMs.length > 0) return [];",
    replace: "",
  },
  {
    rule: "a replacement costs less than what it replaces",
    file: CONSOLIDATION,
    find: "elastic.priceMicrosPerHour < price && isBacked",
    replace: "elastic.priceMicrosPerHour <= price && isBacked",
  },
  {
    rule: "one replacement is enough, or none comes",
    file: CONSOLIDATION,
    find: "if (claim === undefined || claims.length > 1 || placed < unplaced.length) return null;",
    replace: "if (claim === undefined || placed < unplaced.length) return null;",
  },
  {
    rule: "a node of their own types does not replace several",
    file: CONSOLIDATION,
    find: "candidates.length > 1 ? withoutOwnTypes(cheaper, candidates) : cheaper",
    replace: "candidates.length > 999 ? withoutOwnTypes(cheaper, candidates) : cheaper",
  },
  {
    rule: "what is held is backed without them",
    file: CONSOLIDATION,
    find: "return isBacked(NO_RESOURCES) ? { candidates, replacement: null } : null;",
    replace: "return isBacked(state.nodes.backing) ? { candidates, replacement: null } : null;",
  },
  {
    rule: "what is held is backed without empty nodes",
    file: CONSOLIDATION,
    find: "if (!fits(state.ledger.total, without)) return false;",
    replace: "",
  },
  {
    rule: "nodes are looked at together before each alone",
    file: KARPENTER,
    find: "together(candidates.slice(0, allowed), state) ?? alone(candidates, state)",
    replace: "alone(candidates, state) ?? together(candidates.slice(0, allowed), state)",
  },
  {
    rule: "as many as possible go together",
    file: CONSOLIDATION,
    find: "      found = command;\n      least = middle + 1;",
    replace: "      found = command;\n      most = middle - 1;",
  },
];
