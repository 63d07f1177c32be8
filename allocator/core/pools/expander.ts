import type { Resources } from "../resources.ts";
import { type Packed, sumOf } from "./packing.ts";
import type { Growing } from "./pool-table.ts";

/** A pool that could grow, and what that would take in. */
export interface Option extends Packed {
  readonly pool: Growing;
}

/** Millionths of the currency an hour, of a core, a GiB and a GPU: what the Cluster Autoscaler's price model for GCE begins with. */
const CORE = 33_174;
const GIB = 4_446;
const GPU = 700_000;

/**
 * The option that costs least for what it takes in, of equals that which wastes least, of those the first. Where a pool has no price,
 * waste alone decides.
 *
 * Price of its nodes ÷ what its requests are worth, at the prices above: the Cluster Autoscaler's expander `price`, without its liking
 * for nodes that suit the cluster's size.
 */
export function cheapest(options: readonly Option[]): Option | null {
  if (options.some(({ pool }) => pool.elastic.priceMicrosPerHour === 0)) return leastWasteful(options);
  const cost = ({ pool, nodes, placed }: Option) =>
    (nodes * pool.elastic.priceMicrosPerHour) / Math.max(1, worthOf(sumOf(placed)));
  return best(options, (a, b) => cost(a) - cost(b) || wasteOf(a) - wasteOf(b));
}

/** Share of CPU that is left over + share of memory that is: the expander `least-waste`. */
export function leastWasteful(options: readonly Option[]): Option | null {
  return best(options, (a, b) => wasteOf(a) - wasteOf(b));
}

function best(options: readonly Option[], order: (a: Option, b: Option) => number): Option | null {
  return options.reduce<Option | null>((first, next) => (first !== null && order(first, next) <= 0 ? first : next), null);
}

function worthOf({ cpuMillis, memoryMiB, gpuMillis }: Resources): number {
  return (cpuMillis * CORE) / 1000 + (memoryMiB * GIB) / 1024 + (gpuMillis * GPU) / 1000;
}

function wasteOf({ pool, nodes, placed }: Option): number {
  const { cpuMillis, memoryMiB } = pool.elastic.capacity;
  const taken = sumOf(placed);
  return left(taken.cpuMillis, cpuMillis * nodes) + left(taken.memoryMiB, memoryMiB * nodes);
}

function left(taken: number, of: number): number {
  return of === 0 ? 0 : (of - taken) / of;
}
