import type { GpuNode } from "./gpu-node.ts";
import { type GpuShape, totalGpuMillis } from "./gpu-shape.ts";
import { type PlacementStrategy, tightestDevice } from "./strategy.ts";

/** The largest node of the openb cluster; the source divides by these to bring CPU and GPU to one scale. */
export const LARGEST_CPU_MILLIS = 128_000;
export const LARGEST_GPU_MILLIS = 8_000;

/**
 * The node with the least left over, CPU and GPU weighing the same: BestFitScore of the source,
 * score = ⌊100 · (1 − ½ (CPU left over ⁄ 128,000) − ½ (GPU left over ⁄ 8,000))⌋. (The source then stretches the scores of one choice
 * to 0…100, which changes neither order nor ties.)
 */
export const BEST_FIT: PlacementStrategy = { name: "best-fit", ties: "first", score, device: tightestDevice };

function score(node: GpuNode, shape: GpuShape): number {
  const cpu = (node.cpuFreeMillis - shape.cpuMillis) / LARGEST_CPU_MILLIS;
  const gpu = (node.totalGpuFreeMillis - totalGpuMillis(shape)) / LARGEST_GPU_MILLIS;
  return Math.trunc((1 - (cpu * 0.5 + gpu * 0.5)) * 100);
}
