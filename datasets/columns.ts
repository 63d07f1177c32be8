import type { ResourceName } from "../allocator/core/resources.ts";

/** Column names of the amounts, in files. */
export const COLUMN_OF_RESOURCE: Readonly<Record<ResourceName, string>> = {
  cpuMillis: "cpu_millis",
  memoryMiB: "memory_mib",
  gpuMillis: "gpu_millis",
  networkKbps: "network_kbps",
};
