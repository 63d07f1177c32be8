import { exp } from "../math.ts";
import type { Fragmentation } from "./fragmentation.ts";
import type { GpuNode } from "./gpu-node.ts";
import { GPU_MILLIS, type GpuShape, isShared } from "./gpu-shape.ts";
import type { PlacementStrategy } from "./strategy.ts";

/**
 * Fragmentation gradient descent: the node, and the device, where fragmentation grows least or falls most (Weng et al., "Beware of
 * Fragmentation", USENIX ATC 2023, §4; FGDScore of the source). With d the fall of the node's fragmentation in whole GPUs,
 * score = ⌊100 ⁄ (1 + e^−d)⌋. Where the shape shares a device, its score on the node is the best over the devices with room, of
 * equals the first.
 */
export function fgd(fragmentation: Fragmentation): PlacementStrategy {
  const current = new WeakMap<GpuNode, { version: number; amount: number }>();
  const amountOf = (node: GpuNode): number => {
    const known = current.get(node);
    if (known?.version === node.version) return known.amount;
    const amount = fragmentation.amount(node);
    current.set(node, { version: node.version, amount });
    return amount;
  };
  const scoreAfter = (node: GpuNode, shape: GpuShape, gpuFreeMillis: readonly number[]): number => {
    const cpuFreeMillis = node.cpuFreeMillis - shape.cpuMillis;
    const after = fragmentation.amount({ cpuFreeMillis, gpuFreeMillis, model: node.model });
    const fall = (amountOf(node) - after) / (GPU_MILLIS * fragmentation.weight);
    return Math.trunc(100 / (1 + exp(-fall)));
  };
  const best = (node: GpuNode, shape: GpuShape): { score: number; device: number } => {
    const free = [...node.gpuFreeMillis];
    let chosen = { score: -1, device: -1 };
    for (const [device, millis] of free.entries()) {
      // A device as free as an earlier one scores the same, and the first of equals wins.
      if (millis < shape.gpuMillis || free.indexOf(millis) < device) continue;
      free[device] = millis - shape.gpuMillis;
      const score = scoreAfter(node, shape, free);
      free[device] = millis;
      if (score > chosen.score) chosen = { score, device };
    }
    return chosen;
  };
  return {
    name: "fgd",
    ties: "first",
    score(node, shape) {
      if (isShared(shape)) return best(node, shape).score;
      const free = [...node.gpuFreeMillis];
      for (const device of node.firstEmpty(shape.gpus)) free[device] = 0;
      return scoreAfter(node, shape, free);
    },
    device: (node, shape) => best(node, shape).device,
  };
}
