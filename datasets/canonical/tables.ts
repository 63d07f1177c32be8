import type { TableLayout } from "../table-reader.ts";

/** The tables of a canonical directory, in the order in which they are read. */
export const CANONICAL_TABLES = ["tiers", "apps", "users", "nodes", "requests", "usage", "context"] as const;
export type CanonicalTable = (typeof CANONICAL_TABLES)[number];

const AMOUNTS = ["cpu_millis", "memory_mib", "gpu_millis", "network_kbps"];

export const CANONICAL_LAYOUTS: Readonly<Record<CanonicalTable, TableLayout>> = {
  tiers: {
    required: ["tier", "target_start_ms", "priority", "level_ppm", "may_preempt"],
    optional: [],
    texts: ["tier", "may_preempt"],
  },
  apps: {
    required: ["app_id"],
    optional: ["cold_start_ms", "resume_ms", ...AMOUNTS, "shared", "concurrency"],
    texts: ["app_id", "shared"],
  },
  users: {
    required: ["user_id"],
    optional: ["tier", "role", "time_zone", "permissions"],
    texts: ["user_id", "tier", "role", "time_zone", "permissions"],
  },
  nodes: { required: ["node_id", "pool_id", ...AMOUNTS], optional: [], texts: ["node_id", "pool_id"] },
  requests: {
    required: ["user_id", "app_id", "submit_ms", "run_ms"],
    optional: ["request_id", ...AMOUNTS, "tier"],
    texts: ["request_id", "user_id", "app_id", "tier"],
  },
  usage: { required: ["user_id", "at_ms", "window_ms"], optional: AMOUNTS, texts: ["user_id"] },
  context: {
    required: ["at_ms", "end_ms", "kind", "label"],
    optional: ["user_id"],
    texts: ["kind", "label", "user_id"],
  },
};
