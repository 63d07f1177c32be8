import { add, fits, NO_RESOURCES, RESOURCE_NAMES, type Resources, subtract } from "../resources.ts";

/** So many things of one size that are to be placed. */
export interface Lot {
  readonly size: Resources;
  readonly count: number;
}

/** What a number of new nodes would take in. */
export interface Packed {
  readonly nodes: number;
  readonly placed: readonly Lot[];
}

/**
 * How many nodes of `capacity`, at most `most`, take the lots in, and which: first-fit decreasing, which needs at most 11 ⁄ 9 of the
 * fewest, and two thirds of a node (Dósa, ESCAPE 2007), where one resource decides. Decreasing by the sum of the shares of a node's CPU
 * and memory, as the estimator of the Kubernetes Cluster Autoscaler orders pods. What no empty node takes is left out.
 */
export function pack(lots: readonly Lot[], capacity: Resources, most: number): Packed {
  const share = ({ size }: Lot) => shareOf(size.cpuMillis, capacity.cpuMillis) + shareOf(size.memoryMiB, capacity.memoryMiB);
  const ordered = lots.filter(({ size }) => fits(size, capacity)).sort((a, b) => share(b) - share(a));
  const free: Resources[] = [];
  const placed: Lot[] = [];
  for (const { size, count } of ordered) {
    let left = place(size, count, free);
    while (left > 0 && free.length < most) {
      free.push(capacity);
      left = place(size, left, free, free.length - 1);
    }
    if (left < count) placed.push({ size, count: count - left });
  }
  return { nodes: free.length, placed };
}

function shareOf(amount: number, capacity: number): number {
  return capacity === 0 ? 0 : amount / capacity;
}

/** Places what it can on the first of `free` with room, from the `from`-th on, and takes it from there. @returns how many are left. */
export function place(size: Resources, count: number, free: Resources[], from = 0): number {
  let left = count;
  for (let at = from; at < free.length && left > 0; at += 1) {
    const room = free[at] as Resources;
    const some = Math.min(left, timesIn(size, room));
    if (some === 0) continue;
    free[at] = subtract(room, times(size, some));
    left -= some;
  }
  return left;
}

/** How often `size` fits in `room`, side by side. */
export function timesIn(size: Resources, room: Resources): number {
  let most = Number.POSITIVE_INFINITY;
  for (const name of RESOURCE_NAMES) if (size[name] > 0) most = Math.min(most, Math.floor(Math.max(0, room[name]) / size[name]));
  return most;
}

export function times(size: Resources, count: number): Resources {
  return {
    cpuMillis: size.cpuMillis * count,
    memoryMiB: size.memoryMiB * count,
    gpuMillis: size.gpuMillis * count,
    networkKbps: size.networkKbps * count,
  };
}

export function sumOf(lots: readonly Lot[]): Resources {
  return lots.reduce((sum, { size, count }) => add(sum, times(size, count)), NO_RESOURCES);
}
