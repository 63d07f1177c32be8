import { RESOURCE_NAMES, type ResourceName } from "../allocator/core/resources.ts";
import { sortOrder } from "./sort-order.ts";
import type { RequestColumns, Trace } from "./trace.ts";

/** What a trace holds, in numbers. Amounts in the units of `Resources`; `null`: does not apply. */
export interface TraceSummary {
  readonly users: number;
  readonly usersWithRequests: number;
  readonly apps: number;
  readonly nodes: number | null;
  readonly requests: number;
  readonly usageSamples: number;
  readonly contextRows: number;
  readonly tiers: readonly { readonly tier: string; readonly users: number; readonly requests: number }[];
  readonly arrivals: {
    readonly meanPerMinute: number;
    readonly peakPerMinute: number;
    /** Start of the minute with the most arrivals. */
    readonly peakAtMs: number;
  } | null;
  readonly runMs: Readonly<Record<"mean" | "p50" | "p95" | "p99" | "max", number>> | null;
  /** The users with most requests. */
  readonly topUsers: readonly { readonly user: string; readonly requests: number; readonly share: number }[];
  /** Requested amounts as if every request had started on arrival, over the window; of a usage trace, use. */
  readonly demand: Readonly<Record<ResourceName, { readonly mean: number; readonly peak: number | null }>>;
}

export function summarizeTrace(trace: Trace): TraceSummary {
  const { requests, users, apps, nodes, usage, context, tiers } = trace;
  const byUser = countBy(requests.user, users.length);
  const byTier = countBy(requests.tier, tiers.length);
  const usersOfTier = countBy(
    Uint8Array.from(users, (user) => user.tier),
    tiers.length,
  );
  const ranking = [...byUser.keys()].sort((a, b) => (byUser[b] as number) - (byUser[a] as number) || a - b).slice(0, TOP_USERS);
  return {
    users: users.length,
    usersWithRequests: byUser.reduce((count, made) => count + (made > 0 ? 1 : 0), 0),
    apps: apps.length,
    nodes: nodes?.length ?? null,
    requests: requests.count,
    usageSamples: usage?.count ?? 0,
    contextRows: context.length,
    tiers: tiers.map(({ name }, tier) => ({
      tier: name,
      users: usersOfTier[tier] as number,
      requests: byTier[tier] as number,
    })),
    arrivals: requests.count === 0 ? null : arrivalsOf(trace),
    runMs: requests.count === 0 ? null : runTimesOf(requests),
    topUsers: ranking
      .filter((user) => (byUser[user] as number) > 0)
      .map((user) => ({
        user: users[user]?.name ?? "",
        requests: byUser[user] as number,
        share: (byUser[user] as number) / requests.count,
      })),
    demand: requests.count === 0 ? useOf(trace) : demandOf(trace),
  };
}

const TOP_USERS = 5;

function countBy(column: Uint32Array | Uint8Array, kinds: number): Float64Array {
  const counts = new Float64Array(kinds);
  for (const index of column) counts[index]! += 1;
  return counts;
}

function arrivalsOf({ requests, manifest }: Trace) {
  const { startMs, endMs } = manifest.window;
  let minute = -1;
  let inMinute = 0;
  let peakPerMinute = 0;
  let peakMinute = 0;
  for (const submitMs of requests.submitMs) {
    const now = Math.floor((submitMs - startMs) / 60_000);
    inMinute = now === minute ? inMinute + 1 : 1;
    minute = now;
    if (inMinute <= peakPerMinute) continue;
    peakPerMinute = inMinute;
    peakMinute = now;
  }
  return {
    meanPerMinute: (requests.count * 60_000) / (endMs - startMs),
    peakPerMinute,
    peakAtMs: startMs + peakMinute * 60_000,
  };
}

function runTimesOf({ runMs, count }: RequestColumns) {
  const sorted = runMs.slice().sort();
  // The smallest value that at least the share `q` of the requests does not exceed.
  const quantile = (q: number) => sorted[Math.max(0, Math.ceil(q * count) - 1)] as number;
  return {
    mean: runMs.reduce((sum, ms) => sum + ms, 0) / count,
    p50: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
    max: sorted[count - 1] as number,
  };
}

/** Walks arrivals and ends in order of time; an end comes before an arrival of the same millisecond. */
function demandOf({ requests, manifest }: Trace): TraceSummary["demand"] {
  const { submitMs, runMs, shape, shapes, count } = requests;
  const { startMs, endMs } = manifest.window;
  const ends = submitMs.map((submit, row) => submit + (runMs[row] as number));
  const byEnd = sortOrder(ends, count) ?? new Uint32Array(count).map((_, row) => row);
  const demand = RESOURCE_NAMES.map((name) => {
    const amounts = Float64Array.from(shapes, (resources) => resources[name]);
    let now = 0;
    let peak = 0;
    let total = 0;
    let ended = 0;
    for (let row = 0; row < count; row += 1) {
      const submit = submitMs[row] as number;
      for (; ended < count; ended += 1) {
        const done = byEnd[ended] as number;
        // A request of zero length ends at its own arrival, not before.
        if ((ends[done] as number) > submit || done >= row) break;
        now -= amounts[shape[done] as number] as number;
      }
      const amount = amounts[shape[row] as number] as number;
      now += amount;
      peak = Math.max(peak, now);
      total += amount * (Math.min(ends[row] as number, endMs) - submit);
    }
    return [name, { mean: total / (endMs - startMs), peak }] as const;
  });
  return Object.fromEntries(demand) as TraceSummary["demand"];
}

function useOf({ usage, manifest }: Trace): TraceSummary["demand"] {
  const length = manifest.window.endMs - manifest.window.startMs;
  const use = RESOURCE_NAMES.map((name) => {
    const total = usage?.[name].reduce((sum, amount, row) => sum + amount * (usage.windowMs[row] as number), 0) ?? 0;
    return [name, { mean: total / length, peak: null }] as const;
  });
  return Object.fromEntries(use) as TraceSummary["demand"];
}
