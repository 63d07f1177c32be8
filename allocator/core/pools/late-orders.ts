import type { PoolWant } from "../strategies/pool.ts";
import { NO_FORECAST } from "../strategies/warm.ts";
import type { PoolTable } from "./pool-table.ts";

/** Pools whose oldest order is not ready within the time: all that is on its way is called off. */
export function lateOrders(pools: PoolTable, withinMs: number, nowMs: number): PoolWant[] {
  const late = pools.elastic().filter(({ ordersMs }) => (ordersMs[0] ?? nowMs) + withinMs < nowMs);
  return late.map(({ id, asked, ordersMs }) => ({
    pool: id,
    nodes: asked - ordersMs.length,
    because: { ...NO_FORECAST, rule: "pool_late" },
  }));
}
