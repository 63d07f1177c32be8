/**
 * An amount of each resource: non-negative safe integers, so that sums are exact and replays identical.
 * `cpuMillis` thousandths of a core · `memoryMiB` · `gpuMillis` thousandths of a GPU · `networkKbps` kilobits a second.
 */
export interface Resources {
  readonly cpuMillis: number;
  readonly memoryMiB: number;
  readonly gpuMillis: number;
  readonly networkKbps: number;
}

/** The names of the four resources, in the order used by every column, record and chart. */
export const RESOURCE_NAMES = ["cpuMillis", "memoryMiB", "gpuMillis", "networkKbps"] as const;
export type ResourceName = (typeof RESOURCE_NAMES)[number];

export const NO_RESOURCES: Resources = Object.freeze({ cpuMillis: 0, memoryMiB: 0, gpuMillis: 0, networkKbps: 0 });

export function add(a: Resources, b: Resources): Resources {
  return {
    cpuMillis: a.cpuMillis + b.cpuMillis,
    memoryMiB: a.memoryMiB + b.memoryMiB,
    gpuMillis: a.gpuMillis + b.gpuMillis,
    networkKbps: a.networkKbps + b.networkKbps,
  };
}

/** a − b, resource by resource; the caller knows that no resource goes below zero, or wants the sign. */
export function subtract(a: Resources, b: Resources): Resources {
  return {
    cpuMillis: a.cpuMillis - b.cpuMillis,
    memoryMiB: a.memoryMiB - b.memoryMiB,
    gpuMillis: a.gpuMillis - b.gpuMillis,
    networkKbps: a.networkKbps - b.networkKbps,
  };
}

export function maximum(a: Resources, b: Resources): Resources {
  return {
    cpuMillis: Math.max(a.cpuMillis, b.cpuMillis),
    memoryMiB: Math.max(a.memoryMiB, b.memoryMiB),
    gpuMillis: Math.max(a.gpuMillis, b.gpuMillis),
    networkKbps: Math.max(a.networkKbps, b.networkKbps),
  };
}

export function minimum(a: Resources, b: Resources): Resources {
  return {
    cpuMillis: Math.min(a.cpuMillis, b.cpuMillis),
    memoryMiB: Math.min(a.memoryMiB, b.memoryMiB),
    gpuMillis: Math.min(a.gpuMillis, b.gpuMillis),
    networkKbps: Math.min(a.networkKbps, b.networkKbps),
  };
}

/** Whether `a` is at most `b` in every resource. */
export function fits(a: Resources, b: Resources): boolean {
  return a.cpuMillis <= b.cpuMillis && a.memoryMiB <= b.memoryMiB && a.gpuMillis <= b.gpuMillis && a.networkKbps <= b.networkKbps;
}

export function equal(a: Resources, b: Resources): boolean {
  return (
    a.cpuMillis === b.cpuMillis && a.memoryMiB === b.memoryMiB && a.gpuMillis === b.gpuMillis && a.networkKbps === b.networkKbps
  );
}

export function isZero(a: Resources): boolean {
  return equal(a, NO_RESOURCES);
}

/** ⌈a × factorPpm ⁄ 10⁶⌉, resource by resource: a margin never rounds away. */
export function scaleUp(a: Resources, factorPpm: number): Resources {
  const scale = (amount: number) => Math.ceil((amount * factorPpm) / 1_000_000);
  return {
    cpuMillis: scale(a.cpuMillis),
    memoryMiB: scale(a.memoryMiB),
    gpuMillis: scale(a.gpuMillis),
    networkKbps: scale(a.networkKbps),
  };
}
