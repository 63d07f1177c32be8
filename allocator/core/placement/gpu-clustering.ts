import { LARGEST_GPU_MILLIS } from "./best-fit.ts";
import type { GpuNode } from "./gpu-node.ts";
import type { GpuShape } from "./gpu-shape.ts";
import { type PlacementStrategy, tightestDevice } from "./strategy.ts";

/**
 * Like goes to like: GpuClusteringScore of the source. The kind of a shape is its number of whole GPUs, or that it shares one.
 * 75 for a node that holds this kind alone, 50 for one that holds it among others, 25 for one that holds no GPU shape, 0 for one that
 * holds only others; within each up to 25 more, the fuller the node: ⌊25 · (8,000 − free GPU) ⁄ 8,000⌋. A shape without GPU has no
 * preference.
 */
export const GPU_CLUSTERING: PlacementStrategy = { name: "gpu-clustering", ties: "first", score, device: tightestDevice };

function score(node: GpuNode, shape: GpuShape): number {
  if (shape.gpus === 0) return 0;
  const fullness = Math.trunc((25 * (LARGEST_GPU_MILLIS - node.totalGpuFreeMillis)) / LARGEST_GPU_MILLIS);
  if (node.holdsKindOf(shape)) return fullness + (node.kindsHeld === 1 ? 75 : 50);
  return fullness + (node.kindsHeld === 0 ? 25 : 0);
}
