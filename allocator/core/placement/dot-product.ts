import { LARGEST_CPU_MILLIS, LARGEST_GPU_MILLIS } from "./best-fit.ts";
import type { GpuNode } from "./gpu-node.ts";
import { type GpuShape, totalGpuMillis } from "./gpu-shape.ts";
import { type PlacementStrategy, tightestDevice } from "./strategy.ts";

/**
 * The node where free CPU and GPU, as vectors, have the smallest product with what is asked for: DotProductScore of the source with
 * all GPUs of a node as one dimension ("merge") and scaled by the largest node ("max"),
 * score = ⌊100 · (1 − ½ (free CPU · CPU ⁄ 128,000² + free GPU · GPU ⁄ 8,000²))⌋. The vector heuristic is from Tetris (Grandl et al.,
 * SIGCOMM 2014); there the largest product wins, in the source the smallest.
 */
export const DOT_PRODUCT: PlacementStrategy = { name: "dot-product", ties: "first", score, device: tightestDevice };

function score(node: GpuNode, shape: GpuShape): number {
  const cpu = (node.cpuFreeMillis / LARGEST_CPU_MILLIS) * (shape.cpuMillis / LARGEST_CPU_MILLIS);
  const gpu = (node.totalGpuFreeMillis / LARGEST_GPU_MILLIS) * (totalGpuMillis(shape) / LARGEST_GPU_MILLIS);
  return Math.trunc((1 - (cpu + gpu) / 2) * 100);
}
