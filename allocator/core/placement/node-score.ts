import type { PlaceSpec } from "../policy.ts";
import { RESOURCE_NAMES, type Resources } from "../resources.ts";

/** How well an instance of `size` goes on a node where `free` is left: higher is better. `largest`: of each resource, on any node. */
export type NodeScore = (free: Resources, size: Resources, largest: Resources) => number;

/**
 * The strategies for shared GPUs (best-fit.ts, dot-product.ts) as a replay has nodes: amounts of four resources, no devices. The same
 * formulas over all resources that nodes have, each divided by the largest node's, without the rounding to hundredths.
 */
const SCORES: Readonly<Record<PlaceSpec["strategy"], NodeScore | null>> = {
  /** By the order of nodes alone. */
  "first-fit": null,
  /** The least left over: −Σ (free − size) ⁄ largest. */
  "best-fit": (free, size, largest) => over(largest, (name, most) => (size[name] - free[name]) / most),
  /** The smallest product of what is free and what is asked for: −Σ free · size ⁄ largest². */
  "dot-product": (free, size, largest) => over(largest, (name, most) => (-free[name] / most) * (size[name] / most)),
};

export function nodeScore({ strategy }: PlaceSpec): NodeScore | null {
  return SCORES[strategy];
}

function over(largest: Resources, term: (name: keyof Resources, most: number) => number): number {
  let sum = 0;
  for (const name of RESOURCE_NAMES) if (largest[name] > 0) sum += term(name, largest[name]);
  return sum;
}
