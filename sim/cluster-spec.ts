import { createHash } from "node:crypto";
import type { Resources } from "../allocator/core/resources.ts";
import { add, NO_RESOURCES } from "../allocator/core/resources.ts";
import type { Trace } from "../datasets/trace.ts";
import type { ClusterReference } from "./run-record.ts";

/** The cluster that a run is simulated in. */
export interface ClusterSpec {
  readonly pools: readonly PoolSpec[];
}

export interface PoolSpec {
  readonly name: string;
  /** `null`: capacity without limit. */
  readonly nodes: readonly NodeSpec[] | null;
  /** How nodes come and go; absent: they do not. */
  readonly elastic?: ElasticSpec;
  /** Its nodes may be reclaimed by whoever lends them, after a notice; absent: they are not. */
  readonly spot?: true;
  /** How long a node takes to pull the image of an app that it has not run yet, before the app starts; absent: no time. */
  readonly pullMs?: number;
}

/** A pool that `resize_pool` gives nodes and takes them from: it begins with its `nodes`, all of this capacity. */
export interface ElasticSpec {
  readonly capacity: Resources;
  readonly least: number;
  readonly most: number;
  /** From asking for a node until it is ready. */
  readonly provisionMs: number;
  /** Of a node, in millionths of the currency an hour; 0: none is known. */
  readonly priceMicrosPerHour: number;
}

export interface NodeSpec {
  readonly name: string;
  readonly capacity: Resources;
}

export const UNLIMITED: ClusterSpec = { pools: [{ name: "unlimited", nodes: null }] };

/** The trace's own nodes; without limit where it has none. */
export function clusterOf(trace: Trace): ClusterSpec {
  if (trace.nodes === null) return UNLIMITED;
  const pools = new Map<string, NodeSpec[]>();
  for (const { name, pool, capacity } of trace.nodes) {
    const nodes = pools.get(pool) ?? [];
    nodes.push({ name, capacity });
    pools.set(pool, nodes);
  }
  return { pools: [...pools].map(([name, nodes]) => ({ name, nodes })) };
}

export function clusterReference(cluster: ClusterSpec): ClusterReference {
  const digest = createHash("sha256").update(JSON.stringify(cluster)).digest("hex");
  const nodes = cluster.pools.flatMap((pool) => pool.nodes ?? []);
  if (cluster.pools.some((pool) => pool.nodes === null)) return { description: "unlimited capacity", digest, nodes: null };
  const total = nodes.reduce((sum, node) => add(sum, node.capacity), NO_RESOURCES);
  const parts = [
    `${total.cpuMillis / 1000} cores`,
    `${Math.round(total.memoryMiB / 1024)} GiB`,
    ...(total.gpuMillis > 0 ? [`${total.gpuMillis / 1000} GPUs`] : []),
    ...(total.networkKbps > 0 ? [`${total.networkKbps / 1000} Mbit/s`] : []),
  ];
  const most = cluster.pools.reduce((sum, pool) => sum + (pool.elastic?.most ?? pool.nodes?.length ?? 0), 0);
  const isElastic = cluster.pools.some((pool) => pool.elastic !== undefined);
  return {
    description: `${nodes.length} nodes${isElastic ? ` at first, at most ${most}` : ""}: ${parts.join(", ")}`,
    digest,
    nodes: nodes.length,
  };
}
