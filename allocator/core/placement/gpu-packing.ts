import type { GpuNode } from "./gpu-node.ts";
import { GPU_MILLIS, type GpuShape } from "./gpu-shape.ts";
import { type PlacementStrategy, tightestDevice } from "./strategy.ts";

/**
 * First GPUs that are in use, then empty GPUs of a node in use, then empty nodes: GpuPackingScore of the source.
 * On devices in use: 100 − ⌊Σ free % ⁄ 10⌋, at least 50. With k empty devices of a node in use: 50 − k, at least 33. On an empty node
 * with n devices: 33 − n, at least n. A shape without GPU has no preference.
 */
export const GPU_PACKING: PlacementStrategy = { name: "gpu-packing", ties: "first", score, device: tightestDevice };

function score(node: GpuNode, shape: GpuShape): number {
  if (shape.gpus === 0) return 0;
  const empty = node.emptyGpus;
  if (empty === node.gpuFreeMillis.length) return Math.max(33 - empty, empty);
  const chosen = tightestFirst(node, shape);
  const emptyChosen = chosen.filter((millis) => millis === GPU_MILLIS).length;
  if (emptyChosen > 0) return Math.max(50 - emptyChosen, 33);
  const freePercent = chosen.reduce((sum, millis) => sum + Math.trunc((millis * 100) / GPU_MILLIS), 0);
  return Math.max(100 - Math.trunc(freePercent / 10), 50);
}

/** What is free on the devices that the shape would get, tightest first. */
function tightestFirst(node: GpuNode, shape: GpuShape): number[] {
  const fitting = node.gpuFreeMillis.filter((millis) => millis >= shape.gpuMillis);
  return fitting.sort((a, b) => a - b).slice(0, shape.gpus);
}
