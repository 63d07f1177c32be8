import { BEST_FIT } from "./best-fit.ts";
import { DOT_PRODUCT } from "./dot-product.ts";
import { fgd } from "./fgd.ts";
import type { Fragmentation } from "./fragmentation.ts";
import { GPU_CLUSTERING } from "./gpu-clustering.ts";
import { GPU_PACKING } from "./gpu-packing.ts";
import { FIRST_FIT, RANDOM } from "./simple.ts";
import type { PlacementStrategy } from "./strategy.ts";

/** Every placement strategy by name, made for a target workload (only `fgd` looks at it). */
const STRATEGIES = {
  random: () => RANDOM,
  "first-fit": () => FIRST_FIT,
  "best-fit": () => BEST_FIT,
  "dot-product": () => DOT_PRODUCT,
  "gpu-packing": () => GPU_PACKING,
  "gpu-clustering": () => GPU_CLUSTERING,
  fgd,
} as const satisfies Record<string, (fragmentation: Fragmentation) => PlacementStrategy>;

export type PlacementName = keyof typeof STRATEGIES;

export const PLACEMENT_NAMES = Object.keys(STRATEGIES) as readonly PlacementName[];

export function placementStrategy(name: PlacementName, fragmentation: Fragmentation): PlacementStrategy {
  return STRATEGIES[name](fragmentation);
}
