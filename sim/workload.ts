import type { AllocatorEvent, RequestArrived } from "../allocator/core/events.ts";
import type { AppId, PoolId, RequestId, TierId, UserId } from "../allocator/core/ids.ts";
import type { Policy } from "../allocator/core/policy.ts";
import { NO_PREWARM, type Trace } from "../datasets/trace.ts";
import type { ClusterSpec } from "./cluster-spec.ts";

/** `seq` is given by the drive loop. */
const UNNUMBERED = -1;

/**
 * What is known before anything happens: tiers, pools, users, apps, nodes; then the policy.
 * @param users how many users there are at that instant: the first ones.
 */
export function definitions(
  trace: Trace,
  cluster: ClusterSpec,
  policy: Policy,
  atMs: number,
  users = trace.users.length,
): AllocatorEvent[] {
  const stamp = { seq: UNNUMBERED, atMs };
  const events: AllocatorEvent[] = [];
  trace.tiers.forEach((tier, id) => {
    events.push({ ...stamp, kind: "tier_defined", tier: id as TierId, ...tier });
  });
  cluster.pools.forEach(({ name, nodes, elastic }, id) => {
    const { provisionMs, ...growth } = elastic ?? { provisionMs: 0 };
    events.push({
      ...stamp,
      kind: "pool_defined",
      pool: id as PoolId,
      name,
      unlimited: nodes === null,
      provisionMs,
      elastic: "capacity" in growth ? { ...growth, nodes: nodes?.length ?? 0 } : null,
    });
  });
  events.push(...userDefinitions(trace, 0, users, atMs));
  trace.apps.forEach(({ name, shape, coldStartMs, resumeMs, shared, concurrency }, id) => {
    const app = id as AppId;
    events.push({ seq: UNNUMBERED, atMs, kind: "app_defined", app, name, shape, coldStartMs, resumeMs, shared, concurrency });
  });
  events.push({ ...stamp, kind: "policy_activated", policy });
  let node = 0;
  cluster.pools.forEach(({ nodes }, pool) => {
    for (const { name, capacity } of nodes ?? []) {
      events.push({ ...stamp, kind: "node_ready", node: node as never, name, pool: pool as PoolId, capacity });
      node += 1;
    }
  });
  return events;
}

/** Of the users with ids in `[first, end)`. */
export function userDefinitions(trace: Trace, first: number, end: number, atMs: number): AllocatorEvent[] {
  const optOuts = optOutsOf(trace);
  return trace.users.slice(first, end).map(({ name, role, timeZone, permissions, tier }, index) => ({
    seq: UNNUMBERED,
    atMs,
    kind: "user_defined",
    user: (first + index) as UserId,
    name,
    tier: tier as TierId,
    role,
    timeZone,
    permissions: permissions as readonly AppId[] | null,
    optOut: optOuts[first + index] ?? [],
  }));
}

/** By user: the apps of which it wants nothing started ahead, as the trace's context says, at whatever time it says so. */
function optOutsOf({ users, apps, context }: Trace): readonly AppId[][] {
  const wanted = users.map(() => new Set<number>());
  for (const { kind, label, user } of context) {
    if (kind !== NO_PREWARM) continue;
    const app = apps.findIndex(({ name }) => name === label);
    for (const of of user === null ? wanted : [wanted[user] as Set<number>]) of.add(app);
  }
  return wanted.map((set) => [...set].sort((a, b) => a - b) as AppId[]);
}

/** The `request`-th row of the trace, as the allocator sees it: without its run time. */
export function arrival(trace: Trace, request: number): RequestArrived {
  const { submitMs, user, app, tier, shape, shapes, names } = trace.requests;
  return {
    seq: UNNUMBERED,
    atMs: submitMs[request] as number,
    kind: "request_arrived",
    request: request as RequestId,
    name: names === null ? null : (names[request] as string),
    user: user[request] as UserId,
    app: app[request] as AppId,
    requested: shapes[shape[request] as number] as never,
    tier: tier[request] as TierId,
  };
}
