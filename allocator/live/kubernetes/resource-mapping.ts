import type { Resources } from "../../core/resources.ts";
import type { Quantities } from "./objects.ts";
import { unitsFor, wholeUnits } from "./quantity.ts";

/** A resource that a cluster may define beside cores and memory, and how much of ours one whole of it is. */
export interface ExtendedResource {
  readonly name: string;
  readonly perUnit: number;
}

/** Where GPUs and network may be found, in order of preference. */
const GPU_RESOURCES: readonly ExtendedResource[] = [
  { name: "prae.dev/gpu-millis", perUnit: 1 },
  { name: "nvidia.com/gpu", perUnit: 1000 },
];
const NETWORK_RESOURCES: readonly ExtendedResource[] = [{ name: "prae.dev/network-kbps", perUnit: 1 }];

const COUNTED = ["cpu", "memory", ...[...GPU_RESOURCES, ...NETWORK_RESOURCES].map(({ name }) => name)];

/** Of a resource that no node counts, there is always enough. The journal's largest amount. */
const UNCOUNTED = 0xffff_ffff;
const CORE_MILLI = 1e-3;
const NOTHING: Amounts = {};
const MEBIBYTE = 2 ** 20;

/** By the cluster's names of resources: thousandths of cores, bytes of memory, whole units of others. */
export type Amounts = Readonly<Record<string, number>>;

/** What a pod asks for, and what of it nobody enforces. */
export interface Asked {
  readonly requests: Quantities;
  /** In words; empty: all of it is enforced. */
  readonly advisory: readonly string[];
}

/**
 * Our four resources as a cluster counts them: cores and memory always, GPUs and network where its nodes define an extended resource for
 * them. Which those are is learned from the nodes.
 */
export class ResourceMapping {
  #gpu: ExtendedResource | null = null;
  #network: ExtendedResource | null = null;

  /** Takes note of what a node defines. */
  learn(allocatable: Quantities): void {
    this.#gpu = preferred(GPU_RESOURCES, this.#gpu, allocatable);
    this.#network = preferred(NETWORK_RESOURCES, this.#network, allocatable);
  }

  /** What a node has for pods, without what others' take there. Without a resource for network it has enough of that; without one for GPUs it has none. */
  capacityOf(allocatable: Quantities, taken: Amounts = NOTHING): Resources {
    const left = (name: string, unit: number) => Math.max(0, wholeUnits(allocatable[name], unit) - (taken[name] ?? 0));
    const extended = ({ name, perUnit }: ExtendedResource) => Math.min(UNCOUNTED, left(name, 1) * perUnit);
    return {
      cpuMillis: Math.min(UNCOUNTED, left("cpu", CORE_MILLI)),
      memoryMiB: Math.min(UNCOUNTED, Math.floor(left("memory", 1) / MEBIBYTE)),
      gpuMillis: this.#gpu === null ? 0 : extended(this.#gpu),
      networkKbps: this.#network === null ? UNCOUNTED : extended(this.#network),
    };
  }

  /** Requests, and as much as limits. A resource that is asked for by whole devices is rounded up. */
  ask(size: Resources): Asked {
    const requests: Record<string, string> = {};
    const advisory: string[] = [];
    if (size.cpuMillis > 0) requests["cpu"] = `${size.cpuMillis}m`;
    if (size.memoryMiB > 0) requests["memory"] = `${size.memoryMiB}Mi`;
    for (const [ours, amount, resource] of [
      ["gpuMillis", size.gpuMillis, this.#gpu],
      ["networkKbps", size.networkKbps, this.#network],
    ] as const) {
      if (amount === 0) continue;
      if (resource === null) {
        advisory.push(`${ours}=${amount}: no node defines a resource for it`);
        continue;
      }
      const units = Math.ceil(amount / resource.perUnit);
      requests[resource.name] = String(units);
      if (units * resource.perUnit !== amount) advisory.push(`${ours}=${amount}: rounded up to ${units} × ${resource.name}`);
    }
    return { requests, advisory };
  }
}

/** What is asked for, of what a node of a fleet may be short of. */
export function amountsOf(requests: Quantities = {}): Amounts {
  const found: Record<string, number> = {};
  for (const name of COUNTED) if (name in requests) found[name] = unitsFor(requests[name], name === "cpu" ? CORE_MILLI : 1);
  return found;
}

/** The size that a pod's cores and memory came to. The rest does not change while it runs. */
export function measured(requests: Quantities | undefined, otherwise: Resources): Resources {
  if (requests === undefined) return otherwise;
  const { cpu, memory } = requests;
  return {
    ...otherwise,
    cpuMillis: cpu === undefined ? 0 : wholeUnits(cpu, CORE_MILLI),
    memoryMiB: memory === undefined ? 0 : wholeUnits(memory, MEBIBYTE),
  };
}

function preferred(
  candidates: readonly ExtendedResource[],
  now: ExtendedResource | null,
  allocatable: Quantities,
): ExtendedResource | null {
  return candidates.find((one) => one === now || one.name in allocatable) ?? null;
}
