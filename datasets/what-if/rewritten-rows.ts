import { sortOrder } from "../sort-order.ts";
import type { RequestColumns, UsageColumns } from "../trace.ts";

/** Takes a row of the old table over into the new one, at a time and in the name of a user; `copy` 0: as itself. */
export type Emit = (row: number, atMs: number, user: number, copy: number) => void;

/**
 * The requests that `visit` takes over, in order of time, those of equal time as they were taken. It is called twice, to count and to
 * fill, and must take the same: columns are made once, at their size.
 * @param label sets the ids of copies apart: `r17~label.1`.
 */
export function rewriteRequests(requests: RequestColumns, label: string, visit: (emit: Emit) => void): RequestColumns {
  const taken = take(requests.count, visit);
  const { names } = requests;
  const nameOf = (row: number, copy: number) => (copy === 0 ? names?.[row] : `${names?.[row]}~${label}.${copy}`) as string;
  return {
    count: taken.count,
    names: names === null ? null : Array.from(taken.row, (row, at) => nameOf(row, taken.copy[at] as number)),
    submitMs: taken.atMs,
    runMs: gather(requests.runMs, taken.row, new Float64Array(taken.count)),
    user: taken.user,
    app: gather(requests.app, taken.row, new Uint32Array(taken.count)),
    tier: gather(requests.tier, taken.row, new Uint8Array(taken.count)),
    shape: gather(requests.shape, taken.row, new Uint32Array(taken.count)),
    shapes: requests.shapes,
  };
}

/** Likewise of samples of usage. */
export function rewriteUsage(usage: UsageColumns, visit: (emit: Emit) => void): UsageColumns {
  const { row, atMs, user, count } = take(usage.count, visit);
  const column = (values: Uint32Array) => gather(values, row, new Uint32Array(count));
  return {
    count,
    atMs,
    user,
    windowMs: column(usage.windowMs),
    cpuMillis: column(usage.cpuMillis),
    memoryMiB: column(usage.memoryMiB),
    gpuMillis: column(usage.gpuMillis),
    networkKbps: column(usage.networkKbps),
  };
}

interface Taken {
  readonly count: number;
  readonly row: Uint32Array;
  readonly atMs: Float64Array;
  readonly user: Uint32Array;
  readonly copy: Uint32Array;
}

function take(rows: number, visit: (emit: Emit) => void): Taken {
  let count = 0;
  visit(() => {
    count += 1;
  });
  const [row, user, copy] = [new Uint32Array(count), new Uint32Array(count), new Uint32Array(count)];
  const atMs = new Float64Array(count);
  let at = 0;
  visit((from, ms, who, number) => {
    if (from >= rows) throw new RangeError(`row ${from} of ${rows}`);
    row[at] = from;
    atMs[at] = ms;
    user[at] = who;
    copy[at] = number;
    at += 1;
  });
  const order = sortOrder(atMs, count);
  if (order === null) return { count, row, atMs, user, copy };
  return {
    count,
    row: gather(row, order, new Uint32Array(count)),
    atMs: gather(atMs, order, new Float64Array(count)),
    user: gather(user, order, new Uint32Array(count)),
    copy: gather(copy, order, new Uint32Array(count)),
  };
}

function gather<C extends Float64Array | Uint32Array | Uint8Array>(from: C, rows: Uint32Array, to: C): C {
  for (let at = 0; at < rows.length; at += 1) to[at] = from[rows[at] as number] as number;
  return to;
}
