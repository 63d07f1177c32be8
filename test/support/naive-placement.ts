/**
 * Placement by definition, without what the product keeps from one placement to the next: every node is scored anew each time, and
 * fragmentation is summed typical shape by typical shape (Weng et al., USENIX ATC 2023, §3 and §4).
 */
import type { CountedShape } from "../../allocator/core/placement/fragmentation.ts";
import type { GpuShape } from "../../allocator/core/placement/gpu-shape.ts";

export interface NaiveNode {
  cpu: number;
  memory: number;
  gpus: number[];
  readonly model: string;
}

export interface NaiveChoice {
  readonly node: number;
  readonly devices: readonly number[];
}

export function hasRoom(node: NaiveNode, shape: GpuShape): boolean {
  if (node.cpu < shape.cpuMillis || node.memory < shape.memoryMiB) return false;
  if (shape.gpus === 0) return true;
  if (shape.gpuModels.length > 0 && !shape.gpuModels.includes(node.model)) return false;
  return node.gpus.filter((free) => free >= shape.gpuMillis).length >= shape.gpus;
}

/** In GPU millis, a mean over the typical shapes. */
export function naiveFragmentation(node: NaiveNode, typical: readonly CountedShape[]): number {
  const all = node.gpus.reduce((sum, free) => sum + free, 0);
  let sum = 0;
  let weight = 0;
  for (const { shape, count } of typical) {
    const usable = shape.gpus > 0 && hasRoom({ ...node, memory: Number.POSITIVE_INFINITY }, shape);
    const lost = usable ? node.gpus.filter((free) => free < shape.gpuMillis).reduce((a, b) => a + b, 0) : all;
    sum += lost * count;
    weight += count;
  }
  return sum / weight;
}

/** What fragmentation gradient descent chooses; `null`: nothing has room. The first of equals wins. */
export function naiveFgd(nodes: readonly NaiveNode[], shape: GpuShape, typical: readonly CountedShape[]): NaiveChoice | null {
  let best: (NaiveChoice & { score: number }) | null = null;
  for (const [at, node] of nodes.entries()) {
    if (!hasRoom(node, shape)) continue;
    const before = naiveFragmentation(node, typical);
    const isShared = shape.gpus === 1 && shape.gpuMillis < 1000;
    const fitting = [...node.gpus.keys()].filter((device) => (node.gpus[device] as number) >= shape.gpuMillis);
    const choices = isShared ? fitting.map((device) => [device]) : [fitting.slice(0, shape.gpus)];
    for (const devices of choices) {
      const gpus = node.gpus.map((free, device) => (devices.includes(device) ? free - shape.gpuMillis : free));
      const after = naiveFragmentation({ ...node, cpu: node.cpu - shape.cpuMillis, gpus }, typical);
      const score = Math.floor(100 / (1 + Math.exp((after - before) / 1000)));
      if (best === null || score > best.score) best = { node: at, devices, score };
    }
  }
  return best;
}

export function take(node: NaiveNode, shape: GpuShape, devices: readonly number[]): void {
  node.cpu -= shape.cpuMillis;
  node.memory -= shape.memoryMiB;
  for (const device of devices) node.gpus[device] = (node.gpus[device] as number) - shape.gpuMillis;
}
