import { isDeepStrictEqual } from "node:util";
import type { AllocatorEvent, ElasticPool } from "../core/events.ts";
import type { AppId, PoolId, TierId, UserId } from "../core/ids.ts";
import type { Pool } from "../core/pools/pool-table.ts";
import { equal } from "../core/resources.ts";
import type { State } from "../core/state.ts";
import type { Directory } from "./directory.ts";
import type { Fleet, FleetPool, FleetUser } from "./fleet.ts";
import { LiveError, type LiveIssue } from "./live-error.ts";

type WithoutStamp<E> = E extends unknown ? Omit<E, "seq" | "atMs"> : never;
/** An event before the run numbers and stamps it. */
export type Unstamped = WithoutStamp<AllocatorEvent>;
type PoolEvent = Extract<Unstamped, { kind: "pool_defined" }>;

/**
 * What has to be said so that the core knows the fleet: at first all of it; later what is new, and users that changed.
 * @throws LiveError where a tier, pool or app is not what it was when the run began: what runs rests on it.
 */
export function fleetEvents(fleet: Fleet, directory: Directory, state: State): Unstamped[] {
  const events: Unstamped[] = [];
  const issues: LiveIssue[] = [];
  const tierIds = idsOf(fleet.tiers, "tier", directory);
  for (const tier of fleet.tiers) {
    const id = tierIds.get(tier.name) as TierId;
    const was = state.tiers[id];
    const same = was?.priority === tier.priority && was.levelPpm === tier.levelPpm && was.mayPreempt === tier.mayPreempt;
    if (was === undefined) events.push({ kind: "tier_defined", tier: id, ...tier });
    else if (!same) issues.push(changed("tier", tier.name));
  }
  const poolIds = idsOf(fleet.pools, "pool", directory);
  for (const pool of fleet.pools) {
    const event = poolEvent(pool, poolIds.get(pool.name) as PoolId);
    const was = state.pools.find(event.pool);
    if (was === undefined) events.push(event);
    else if (!isSamePool(was, event)) issues.push(changed("pool", pool.name));
  }
  const appIds = idsOf(fleet.apps, "app", directory);
  for (const app of fleet.apps) {
    const id = appIds.get(app.name) as AppId;
    const was = state.apps[id];
    if (was === undefined) events.push({ kind: "app_defined", app: id, ...app });
    else if (was.shared !== app.shared || was.concurrency !== app.concurrency || !equal(was.shape, app.shape))
      issues.push(changed("app", app.name));
  }
  if (issues.length > 0) throw new LiveError(issues);
  const userIds = idsOf(fleet.users, "user", directory);
  for (const user of fleet.users) {
    const event = userEvent(user, userIds.get(user.name) as UserId, tierIds, appIds);
    if (!isKnown(event, state)) events.push(event);
  }
  return events;
}

function poolEvent({ name, unlimited, nodes, capacity, elastic }: FleetPool, pool: PoolId): PoolEvent {
  const defined = { kind: "pool_defined", pool, name, unlimited } as const;
  if (elastic === null) return { ...defined, provisionMs: 0, elastic: null };
  const { provisionMs, ...bounds } = elastic;
  return { ...defined, provisionMs, elastic: { capacity, nodes, ...bounds } };
}

/** With how many nodes it began says nothing any more. */
function isSamePool({ unlimited, provisionMs, elastic }: Pool, event: PoolEvent): boolean {
  const bounds = (pool: ElasticPool | null) => (pool === null ? null : { ...pool, nodes: 0 });
  const same = unlimited === event.unlimited && provisionMs === event.provisionMs;
  return same && isDeepStrictEqual(bounds(elastic), bounds(event.elastic));
}

/** What defines a user, or changes its profile. */
export function userEvent(
  { name, tier, role, timeZone, permissions, optOut }: FleetUser,
  user: UserId,
  tiers: ReadonlyMap<string, number>,
  apps: ReadonlyMap<string, number>,
): Extract<Unstamped, { kind: "user_defined" }> {
  const idsOfApps = (list: readonly string[]) => list.map((app) => apps.get(app) as AppId).sort((a, b) => a - b);
  return {
    kind: "user_defined",
    user,
    name,
    tier: tiers.get(tier) as TierId,
    role,
    timeZone,
    permissions: permissions === null ? null : idsOfApps(permissions),
    optOut: idsOfApps(optOut),
  };
}

/** Whether the core knows the user as the event says. */
export function isKnown(event: Extract<Unstamped, { kind: "user_defined" }>, state: State): boolean {
  const account = state.ledger.accounts()[event.user];
  if (account?.tier !== event.tier || account.role !== event.role || account.timeZone !== event.timeZone) return false;
  return String(account.permissions) === String(event.permissions) && String(account.optOut) === String(event.optOut);
}

/** Those that the directory has, and after them the others in the order given. */
export function idsOf(
  rows: readonly { readonly name: string }[],
  table: "tier" | "pool" | "app" | "user",
  directory: Directory,
): ReadonlyMap<string, number> {
  const ids = new Map(directory.names[table].map((name, id) => [name, id]));
  for (const { name } of rows) if (!ids.has(name)) ids.set(name, ids.size);
  return ids;
}

function changed(table: string, name: string): LiveIssue {
  const hint = "give it another name, or begin another run with another --state";
  return { path: `${table} ${name}`, expected: "what it was when the run began", found: "another definition", hint };
}
