import { add, fits, type Resources } from "../resources.ts";
import type { Lot } from "./packing.ts";
import type { Growing } from "./pool-table.ts";

/** A node that is to be bought, of whichever of these pools. */
export interface NodeClaim {
  /** Σ of what goes on it. */
  readonly requested: Resources;
  /** How many go on it. */
  readonly count: number;
  /** Pools whose nodes have room for all of it: at least one. */
  readonly options: readonly Growing[];
}

/**
 * The nodes that take the lots in, as Karpenter's scheduler plans them (kubernetes-sigs/karpenter,
 * pkg/controllers/provisioning/scheduling): by CPU, then memory, the largest first, each goes on that of the planned nodes with the fewest on it
 * whose largest type still has room, else on a new one. A planned node is of every type with room for what is on it; which it is to be is chosen
 * when all are placed. What no type has room for is left out.
 */
export function nodeClaims(lots: readonly Lot[], types: readonly Growing[]): NodeClaim[] {
  const claims: NodeClaim[] = [];
  for (const size of largestFirst(lots)) {
    const order = claims.map((_, at) => at).sort((a, b) => (claims[a] as NodeClaim).count - (claims[b] as NodeClaim).count);
    const at = order.find((index) => grown(claims[index] as NodeClaim, size).options.length > 0);
    if (at !== undefined) claims[at] = grown(claims[at] as NodeClaim, size);
    else {
      const options = types.filter(({ elastic }) => fits(size, elastic.capacity));
      if (options.length > 0) claims.push({ requested: size, count: 1, options });
    }
  }
  return claims;
}

function largestFirst(lots: readonly Lot[]): Resources[] {
  const sorted = [...lots].sort((a, b) => b.size.cpuMillis - a.size.cpuMillis || b.size.memoryMiB - a.size.memoryMiB);
  return sorted.flatMap(({ size, count }) => new Array<Resources>(count).fill(size));
}

/** With one more on it. */
function grown({ requested, count, options }: NodeClaim, size: Resources): NodeClaim {
  const together = add(requested, size);
  return {
    requested: together,
    count: count + 1,
    options: options.filter(({ elastic }) => fits(together, elastic.capacity)),
  };
}

/** The pool with the lowest price, of equals the first; `null`: there is none. */
export function lowestPriced(pools: readonly Growing[]): Growing | null {
  return pools.reduce<Growing | null>(
    (best, pool) => (best !== null && best.elastic.priceMicrosPerHour <= pool.elastic.priceMicrosPerHour ? best : pool),
    null,
  );
}
