import { GpuNode } from "../../allocator/core/placement/gpu-node.ts";
import type { GpuShape } from "../../allocator/core/placement/gpu-shape.ts";

/** A shape that shares one GPU, by the millis of it. */
export function sharing(gpuMillis: number, cpuMillis = 8000, gpuModels: readonly string[] = []): GpuShape {
  return { cpuMillis, memoryMiB: 1024, gpus: 1, gpuMillis, gpuModels };
}

/** A shape with whole GPUs. */
export function whole(gpus: number, cpuMillis = 8000, gpuModels: readonly string[] = []): GpuShape {
  return { cpuMillis, memoryMiB: 1024, gpus, gpuMillis: 1000, gpuModels };
}

export function withoutGpu(cpuMillis: number): GpuShape {
  return { cpuMillis, memoryMiB: 1024, gpus: 0, gpuMillis: 0, gpuModels: [] };
}

/** A node whose devices already hold these millis, each of one sharing shape without CPU. */
export function nodeWith(cpuMillis: number, heldMillis: readonly number[], model = "T4"): GpuNode {
  const node = new GpuNode("node", cpuMillis, 1_000_000, heldMillis.length, model);
  for (const [device, millis] of heldMillis.entries()) {
    if (millis === 1000) node.place({ ...whole(1, 0), memoryMiB: 0 }, [device]);
    else if (millis > 0) node.place({ ...sharing(millis, 0), memoryMiB: 0 }, [device]);
  }
  return node;
}
