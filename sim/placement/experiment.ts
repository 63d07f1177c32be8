import { Fragmentation, typicalShapes } from "../../allocator/core/placement/fragmentation.ts";
import { GpuNode } from "../../allocator/core/placement/gpu-node.ts";
import { GPU_MILLIS, type GpuShape, totalGpuMillis } from "../../allocator/core/placement/gpu-shape.ts";
import { Placer } from "../../allocator/core/placement/placer.ts";
import { type PlacementName, placementStrategy } from "../../allocator/core/placement/strategies.ts";
import { RandomStream } from "../../allocator/core/random.ts";
import { drawArrivals, shuffled } from "./workload.ts";

export interface NodeShape {
  readonly name: string;
  readonly cpuMillis: number;
  readonly memoryMiB: number;
  readonly gpus: number;
  readonly gpuModel: string | null;
}

/** The inputs that every policy and seed share. */
export interface PlacementScene {
  /** Each with at least one GPU. */
  readonly nodes: readonly NodeShape[];
  /** What is asked for; the target workload of fragmentation is taken from them. */
  readonly shapes: readonly GpuShape[];
  /** Arrived GPU, in millionths of the cluster's. */
  readonly loadPpm: number;
}

/** The state of the cluster when a share of its GPU capacity has been asked for. */
export interface LoadPoint {
  /** Arrived GPU, % of the cluster's. */
  readonly loadPct: number;
  /** Allocated GPU, % of the cluster's. */
  readonly gpuAllocationPct: number;
  /** Fragmented GPU, % of what is free; `null` where nothing is. */
  readonly fragmentationPct: number | null;
}

export interface PlacementRun {
  readonly policy: PlacementName;
  readonly seed: number;
  readonly arrived: number;
  readonly placed: number;
  /** At the end. */
  readonly gpuAllocationPct: number;
  readonly fragmentationPct: number | null;
  /** At each whole percent of load from 0, before the arrival that goes beyond it. */
  readonly curve: readonly LoadPoint[];
}

/**
 * One policy on one order of arrivals: each is tried once, nothing waits, nothing leaves. The seed decides the arrivals, the order of
 * the nodes (which decides ties, as in the source) and what the policy draws; arrivals and order are the same for every policy.
 * @throws InputError when the shapes cannot make the load.
 */
export function runPlacement(scene: PlacementScene, policy: PlacementName, seed: number): PlacementRun {
  const capacity = scene.nodes.reduce((sum, { gpus }) => sum + gpus * GPU_MILLIS, 0);
  const arrivals = drawArrivals(scene.shapes, Math.floor((capacity * scene.loadPpm) / 1_000_000), seed);
  const nodes = shuffled(scene.nodes, new RandomStream(seed, "placement node order")).map(
    ({ name, cpuMillis, memoryMiB, gpus, gpuModel }) => new GpuNode(name, cpuMillis, memoryMiB, gpus, gpuModel),
  );
  const fragmentation = new Fragmentation(typicalShapes(scene.shapes));
  const placer = new Placer(nodes, placementStrategy(policy, fragmentation), new RandomStream(seed, "placement choices"));
  const amounts = new Map(nodes.map((node) => [node, fragmentation.amount(node)]));
  let fragmented = nodes.reduce((sum, node) => sum + (amounts.get(node) as number), 0);
  let arrivedMillis = 0;
  let allocatedMillis = 0;
  let placed = 0;
  const curve: LoadPoint[] = [];
  const pointAt = (loadPct: number): LoadPoint => ({
    loadPct,
    gpuAllocationPct: (100 * allocatedMillis) / capacity,
    fragmentationPct:
      allocatedMillis === capacity ? null : (100 * fragmented) / (fragmentation.weight * (capacity - allocatedMillis)),
  });
  for (const shape of arrivals.shapes) {
    arrivedMillis += totalGpuMillis(shape);
    while (arrivedMillis * 100 > curve.length * capacity) curve.push(pointAt(curve.length));
    const placement = placer.place(shape);
    if (placement === null) continue;
    placed += 1;
    allocatedMillis += totalGpuMillis(shape);
    const amount = fragmentation.amount(placement.node);
    fragmented += amount - (amounts.get(placement.node) as number);
    amounts.set(placement.node, amount);
  }
  const loadPct = scene.loadPpm / 10_000;
  const { gpuAllocationPct, fragmentationPct } = pointAt(loadPct);
  while (curve.length <= loadPct) curve.push(pointAt(curve.length));
  return { policy, seed, arrived: arrivals.shapes.length, placed, gpuAllocationPct, fragmentationPct, curve };
}
