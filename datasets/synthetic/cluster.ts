import { RESOURCE_NAMES, type ResourceName, type Resources } from "../../allocator/core/resources.ts";
import { sortOrder } from "../sort-order.ts";
import type { NodeRow } from "../trace.ts";

/** Two pools: apps that use a GPU are counted for the second, all others for the first. */
const POOLS: readonly { readonly pool: string; readonly capacity: Resources }[] = [
  { pool: "cpu", capacity: { cpuMillis: 16_000, memoryMiB: 65_536, gpuMillis: 0, networkKbps: 10_000_000 } },
  { pool: "gpu", capacity: { cpuMillis: 32_000, memoryMiB: 262_144, gpuMillis: 4_000, networkKbps: 25_000_000 } },
];

/** Requests as columns, in order of submission. */
export interface Demand {
  readonly count: number;
  readonly submitMs: Float64Array;
  readonly runMs: Float64Array;
  /** What each asks for. */
  readonly requested: (row: number) => Resources;
}

export const SIZING_RULE =
  "each pool has the fewest nodes that hold, of every resource, 1.15 times what its requests ask for at once in all but 1 % of the time, " +
  "each as if it started on arrival; at least one node";

/** The smallest cluster by `SIZING_RULE`. */
export function sizeCluster(demand: Demand, endMs: number): NodeRow[] {
  return POOLS.flatMap(({ pool, capacity }, index) => {
    const inPool = (row: number) => (demand.requested(row).gpuMillis > 0 ? 1 : 0) === index;
    let nodes = 1;
    for (const name of RESOURCE_NAMES) {
      if (capacity[name] === 0) continue;
      const enough = 1.15 * levelHeld(demand, inPool, name, endMs, 0.99);
      nodes = Math.max(nodes, Math.ceil(enough / capacity[name]));
    }
    return Array.from({ length: nodes }, (_, n) => ({ name: `${pool}-${String(n + 1).padStart(3, "0")}`, pool, capacity }));
  });
}

/** The least amount that the sum over running requests does not exceed for `share` of `[0, endMs)`. */
function levelHeld(demand: Demand, inPool: (row: number) => boolean, name: ResourceName, endMs: number, share: number): number {
  const { count, submitMs, runMs, requested } = demand;
  const doneMs = Float64Array.from({ length: count }, (_, row) => (submitMs[row] as number) + (runMs[row] as number));
  const byEnd = sortOrder(doneMs, count);
  const msAtLevel = new Map<number, number>();
  let level = 0;
  let atMs = 0;
  const advance = (toMs: number, change: number) => {
    const untilMs = Math.min(toMs, endMs);
    if (untilMs > atMs) {
      msAtLevel.set(level, (msAtLevel.get(level) ?? 0) + untilMs - atMs);
      atMs = untilMs;
    }
    level += change;
  };
  let ended = 0;
  const endRow = () => (byEnd === null ? ended : (byEnd[ended] as number));
  for (let row = 0; row < count; row += 1) {
    const startMs = submitMs[row] as number;
    for (; (doneMs[endRow()] as number) <= startMs; ended += 1) {
      if (inPool(endRow())) advance(doneMs[endRow()] as number, -requested(endRow())[name]);
    }
    if (inPool(row)) advance(startMs, requested(row)[name]);
  }
  for (; ended < count; ended += 1) {
    if (inPool(endRow())) advance(doneMs[endRow()] as number, -requested(endRow())[name]);
  }
  advance(endMs, 0);

  let leftMs = share * endMs;
  const levels = [...msAtLevel.keys()].sort((a, b) => a - b);
  for (const candidate of levels) {
    leftMs -= msAtLevel.get(candidate) as number;
    if (leftMs <= 0) return candidate;
  }
  return levels.at(-1) ?? 0;
}
