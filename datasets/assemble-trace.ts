import { RESOURCE_NAMES, type Resources } from "../allocator/core/resources.ts";
import { assembleRequests } from "./assemble-requests.ts";
import { Assumptions } from "./assumptions.ts";
import type { TraceContent } from "./digest.ts";
import { IssueList, quote } from "./issue-list.ts";
import type { Issue } from "./issues.ts";
import { MAX_AMOUNT } from "./laws.ts";
import type { NameTable } from "./name-table.ts";
import type { RequestBuffer, UsageBuffer } from "./row-buffers.ts";
import { sortOrder } from "./sort-order.ts";
import { DEFAULT_TIERS, type TraceDefaults } from "./tiers.ts";
import type { AppRow, ContextRow, NodeRow, RequestColumns, TierRow, TraceManifest, UsageColumns, UserRow } from "./trace.ts";
import type { AppInput, ContextInput, UserInput, Window } from "./trace-input.ts";

/** Everything a builder has gathered, in source order. */
export interface Gathered {
  readonly defaults: TraceDefaults;
  readonly epochMs: number | null;
  readonly tiers: readonly TierRow[];
  /** By tier code of the requests. */
  readonly tierNames: readonly string[];
  readonly users: NameTable<UserInput>;
  readonly apps: NameTable<AppInput>;
  readonly nodes: readonly NodeRow[];
  readonly requests: RequestBuffer;
  readonly requestNames: readonly string[];
  /** By shape code of the requests; −1: not given. */
  readonly requestShapes: readonly Resources[];
  readonly usage: UsageBuffer;
  readonly usageShapes: readonly Resources[];
  readonly context: readonly ContextInput[];
  readonly window: Window | null;
}

export interface Assembled {
  readonly content: TraceContent;
  readonly assumptions: readonly string[];
  readonly notes: readonly string[];
  readonly dropped: TraceManifest["rowsDropped"];
}

/** Source rows to lawful tables; see `TraceBuilder`. */
export function assembleTrace(gathered: Gathered): Assembled {
  const { defaults, users, apps, requests, usage } = gathered;
  const { tiers, assumptions, tierOfUser, tierOfCode } = prepareTiers(gathered);
  for (const user of users.rows) for (const app of user.permissions ?? []) apps.index(app);

  const window = gathered.window ?? coveredWindow(coverageOf(requests), usage);
  const order = keptRows(requests.submitMs, requests.count, (atMs) => atMs >= window.startMs && atMs < window.endMs);
  const userIds = renumber(users.rows.length, requests.user, order);
  const appIds = renumber(apps.rows.length, requests.app, order);

  const maps = { order, userId: userIds.newId, appId: appIds.newId, tierOfCode, tierOfUser };
  const source = { requests, names: gathered.requestNames, givenShapes: gathered.requestShapes, apps: apps.rows, defaults };
  const assembled = assembleRequests(source, maps, assumptions);
  const dropped = requests.count - order.length;
  return assembleRest(gathered, { window, tiers, tierOfUser, assumptions, userIds, appIds, dropped, ...assembled });
}

/** Which tier is whose, and what is wrong with the rows that typed columns would hide. */
export function prepareTiers(gathered: Gathered) {
  const { defaults, users } = gathered;
  const issues = new IssueList();
  const assumptions = new Assumptions();
  const tiers = gathered.tiers.length > 0 ? gathered.tiers : DEFAULT_TIERS;
  const unknownTiers = new Set<string>();
  const tierIndex = (name: string, where: string): number => {
    const index = tiers.findIndex((tier) => tier.name === name);
    if (index < 0 && !unknownTiers.has(name)) {
      unknownTiers.add(name);
      issues.add(unknownTier(name, tiers, where));
    }
    return Math.max(0, index);
  };
  checkGathered(gathered, issues);
  const tierOfUser = users.rows.map((user) => {
    if (user.tier !== undefined) return tierIndex(user.tier, "users");
    assumptions.count(`tier ${defaults.tier}`, "user");
    return tierIndex(defaults.tier, "default");
  });
  const tierOfCode = gathered.tierNames.map((name) => tierIndex(name, "requests"));
  issues.throwIfAny();
  return { tiers, assumptions, tierOfUser, tierOfCode };
}

/** What is known once the requests have been put in order. */
export interface OrderedRequests {
  readonly window: Window;
  readonly tiers: readonly TierRow[];
  readonly tierOfUser: readonly number[];
  readonly assumptions: Assumptions;
  readonly userIds: FirstUse;
  readonly appIds: FirstUse;
  /** Requests outside the window. */
  readonly dropped: number;
  readonly requests: RequestColumns;
  shapeOfApp(app: number): Resources;
  /** Requests that ask for more than their app declares. */
  readonly oversized: number;
}

/** The other tables, once the requests are in order. */
export function assembleRest(gathered: Gathered, ordered: OrderedRequests): Assembled {
  const { defaults, users, apps, usage } = gathered;
  const { window, tiers, tierOfUser, assumptions, userIds, appIds, requests, oversized } = ordered;
  const usageOrder = keptRows(usage.atMs, usage.count, (atMs) => atMs >= window.startMs && atMs <= window.endMs);
  const userRows = userIds.order.map((index): UserRow => {
    const { name, role, timeZone, permissions } = users.rows[index] as UserInput;
    if (timeZone === undefined) assumptions.count("time_zone UTC", "user");
    const allowed = permissions?.map((app) => appIds.newId[apps.index(app)] as number);
    return {
      name,
      tier: tierOfUser[index] as number,
      role: role ?? "",
      timeZone: timeZone ?? "UTC",
      permissions: allowed === undefined ? null : [...new Set(allowed)].sort((a, b) => a - b),
    };
  });
  const appRows = appIds.order.map((index): AppRow => {
    const app = apps.rows[index] as AppInput;
    if (app.coldStartMs === undefined) assumptions.count(`cold_start_ms ${defaults.coldStartMs}`, "app");
    if (app.resumeMs === undefined) assumptions.count(`resume_ms ${defaults.resumeMs}`, "app");
    if (app.shared === undefined) assumptions.count("shared false", "app");
    if (app.concurrency === undefined) assumptions.count("concurrency 1", "app");
    return {
      name: app.name,
      shape: ordered.shapeOfApp(index),
      coldStartMs: app.coldStartMs ?? defaults.coldStartMs,
      resumeMs: app.resumeMs ?? defaults.resumeMs,
      shared: app.shared ?? false,
      concurrency: app.concurrency ?? 1,
    };
  });
  const context = gathered.context.map((row): ContextRow => {
    const user = row.user === null ? null : (userIds.newId[users.index(row.user)] as number);
    return { atMs: row.atMs, endMs: row.endMs, kind: row.kind, label: row.label, user };
  });
  const outside = `outside the window [${window.startMs}, ${window.endMs})`;
  const dropped = [
    { table: "requests", reason: outside, count: ordered.dropped },
    { table: "usage", reason: outside, count: usage.count - usageOrder.length },
  ];
  return {
    content: {
      window,
      epochMs: gathered.epochMs,
      tiers,
      users: userRows,
      apps: appRows,
      nodes: gathered.nodes.length > 0 ? gathered.nodes : null,
      requests,
      usage: usage.count > 0 ? assembleUsage(gathered, usageOrder, userIds.newId) : null,
      context: context.sort((a, b) => a.atMs - b.atMs),
    },
    assumptions: assumptions.sentences({ request: requests.count, user: userRows.length, app: appRows.length }),
    notes: oversized > 0 ? [`${oversized} requests ask for more than their app's shape; an instance has the app's shape`] : [],
    dropped: dropped.filter((entry) => entry.count > 0),
  };
}

function unknownTier(name: string, tiers: readonly TierRow[], where: string): Issue {
  return { where, path: "tier", expected: expectedTiers(tiers.map((tier) => tier.name)), found: quote(name), hint: TIERS_HINT };
}

export function expectedTiers(names: readonly string[]): string {
  return `one of the tiers ${names.join(", ")}`;
}

export const TIERS_HINT = "tiers.csv may define others";

/** What typed columns would hide. */
function checkGathered({ requestNames, requests, usageShapes }: Gathered, issues: IssueList): void {
  if (requestNames.length > 0 && requestNames.length !== requests.count) {
    const found = `${requestNames.length} ids for ${requests.count} requests`;
    issues.add({ where: "requests", path: "request_id", expected: "an id for every request, or for none", found });
  }
  for (const shape of usageShapes) {
    for (const name of RESOURCE_NAMES) {
      const amount = shape[name];
      if (Number.isInteger(amount) && amount >= 0 && amount <= MAX_AMOUNT) continue;
      issues.add({ where: "usage", path: name, expected: `an integer from 0 to ${MAX_AMOUNT}`, found: `${amount}` });
    }
  }
}

/** The first submit, and the last submit + run; without requests, `startMs` is after `endMs`. */
function coverageOf(requests: RequestBuffer): Window {
  let startMs = Number.MAX_SAFE_INTEGER;
  let endMs = 0;
  for (let row = 0; row < requests.count; row += 1) {
    const submitMs = requests.submitMs[row] as number;
    startMs = Math.min(startMs, submitMs);
    endMs = Math.max(endMs, submitMs + 1, submitMs + (requests.runMs[row] as number));
  }
  return { startMs, endMs };
}

/** From the first submit or sample's start to the last submit + run or sample, at least 1 ms. */
export function coveredWindow(requests: Window, usage: UsageBuffer): Window {
  let { startMs, endMs } = requests;
  for (let row = 0; row < usage.count; row += 1) {
    const atMs = usage.atMs[row] as number;
    startMs = Math.min(startMs, Math.max(0, atMs - (usage.windowMs[row] as number)));
    endMs = Math.max(endMs, atMs, 1);
  }
  return { startMs: Math.min(startMs, Math.max(0, endMs - 1)), endMs };
}

/** The rows whose time is wanted, in order of time, then row. */
function keptRows(times: Float64Array, count: number, wanted: (atMs: number) => boolean): Uint32Array {
  const order = sortOrder(times, count) ?? new Uint32Array(count).map((_, row) => row);
  return order.filter((row) => wanted(times[row] as number));
}

/** Ids in order of first appearance in `used[order]`; those never used come after, in their present order. */
function renumber(rows: number, used: Uint32Array, order: Uint32Array): FirstUse {
  const ids = new FirstUse(rows);
  for (const row of order) ids.give(used[row] as number);
  ids.giveRest();
  return ids;
}

/** New ids in order of first use. */
export class FirstUse {
  readonly newId: Uint32Array;
  /** Old ids in the order of the new. */
  readonly order: number[] = [];

  constructor(rows: number) {
    this.newId = new Uint32Array(rows).fill(rows);
  }

  give(index: number): number {
    const { newId, order } = this;
    if (newId[index] === newId.length) {
      newId[index] = order.length;
      order.push(index);
    }
    return newId[index] as number;
  }

  /** To those never used, in their present order. */
  giveRest(): void {
    for (let index = 0; index < this.newId.length; index += 1) this.give(index);
  }
}

function assembleUsage({ usage, usageShapes }: Gathered, order: Uint32Array, userId: Uint32Array): UsageColumns {
  const amounts = (name: keyof Resources) => order.map((row) => (usageShapes[usage.shape[row] as number] as Resources)[name]);
  return {
    count: order.length,
    atMs: new Float64Array(order.length).map((_, i) => usage.atMs[order[i] as number] as number),
    user: order.map((row) => userId[usage.user[row] as number] as number),
    windowMs: order.map((row) => usage.windowMs[row] as number),
    cpuMillis: amounts("cpuMillis"),
    memoryMiB: amounts("memoryMiB"),
    gpuMillis: amounts("gpuMillis"),
    networkKbps: amounts("networkKbps"),
  };
}
