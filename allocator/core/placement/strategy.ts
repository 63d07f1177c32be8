import type { RandomStream } from "../random.ts";
import type { GpuNode } from "./gpu-node.ts";
import type { GpuShape } from "./gpu-shape.ts";

/**
 * Chooses among the nodes that fit. Both functions see only a node's present state and the shape, so that a score stays valid until
 * something is placed on that node.
 */
export interface PlacementStrategy {
  readonly name: string;
  /** Which of the nodes with the highest score wins: the first in order, or any, drawn at random. */
  readonly ties: "first" | "random";
  /** How well the shape goes on this node, where it fits: higher is better. */
  score(node: GpuNode, shape: GpuShape): number;
  /** Which device a shape that shares one gets, on a node where it fits. */
  device(node: GpuNode, shape: GpuShape, random: RandomStream): number;
}

/** The device with the least free that has room; of equals the first. The source's default. */
export function tightestDevice(node: GpuNode, shape: GpuShape): number {
  const free = node.gpuFreeMillis;
  let tightest = -1;
  for (const [device, millis] of free.entries()) {
    if (millis >= shape.gpuMillis && (tightest < 0 || millis < (free[tightest] as number))) tightest = device;
  }
  return tightest;
}

/** Any device that has room. */
export function randomDevice(node: GpuNode, shape: GpuShape, random: RandomStream): number {
  const fitting = [...node.gpuFreeMillis.entries()].filter(([, millis]) => millis >= shape.gpuMillis);
  return (fitting[random.below(fitting.length)] as [number, number])[0];
}
