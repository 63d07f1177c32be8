import type { Issue } from "../issues.ts";
import type { RequestColumns, Trace, UsageColumns } from "../trace.ts";
import { usersAfter } from "./copy-users.ts";
import type { DemandChange, TraceChange } from "./trace-change.ts";

/** More rows than this are a slip of the hand, and do not fit in memory. */
const MOST_ROWS = 200_000_000;

type Reason = Pick<Issue, "expected" | "found" | "hint">;

/** Why the trace cannot show a change: it would be passed over in silence, or leave nothing. `null`: it can. */
export function reasonAgainst(trace: Trace, change: TraceChange): Reason | null {
  const { requests, usage, users, apps } = trace;
  const isUsage = requests.count === 0;
  if (change.kind === "start-up") {
    if (isUsage) return { expected: "a trace of requests: in one of usage nothing is ever started", found: "start-up" };
    if (apps.some(({ coldStartMs, resumeMs }) => coldStartMs > 0 || resumeMs > 0)) return null;
    return {
      expected: "a start-up time to multiply",
      found: "0 ms for every app",
      hint: "import with --default cold_start_ms=…",
    };
  }
  if (change.kind === "users") {
    const after = usersAfter(users.length, change.factorPpm);
    if (after === 0) return { expected: "a factor that leaves a user", found: `none of ${users.length}` };
    if (after === users.length && change.factorPpm !== 1_000_000)
      return { expected: "a factor that changes how many users there are", found: `${after} before and after` };
    return tooMany(trace, change.factorPpm);
  }
  if (isUsage && change.app !== null)
    return { expected: "* on a trace of usage, which has no requests of an app", found: "an app" };
  const concerned = isUsage ? samplesIn(usage as UsageColumns, change) : requestsIn(requests, change);
  const what = isUsage ? "samples" : "requests";
  if (concerned === 0) return { expected: `a time in which there are ${what} to multiply`, found: "none" };
  if (!isUsage && change.factorPpm === 0 && concerned === requests.count)
    return { expected: "a factor that leaves a request", found: "0 for all of them" };
  return tooMany(trace, change.factorPpm);
}

function tooMany({ requests, usage }: Trace, factorPpm: number): Reason | null {
  const rows = Math.max(requests.count, usage?.count ?? 0);
  const after = (rows * factorPpm) / 1_000_000;
  return after <= MOST_ROWS ? null : { expected: `at most ${MOST_ROWS} rows`, found: `about ${Math.round(after)}` };
}

function requestsIn({ count, submitMs, app }: RequestColumns, change: DemandChange): number {
  let found = 0;
  for (let row = 0; row < count; row += 1) {
    const atMs = submitMs[row] as number;
    if (atMs >= change.fromMs && atMs < change.toMs && (change.app === null || app[row] === change.app)) found += 1;
  }
  return found;
}

function samplesIn({ count, atMs }: UsageColumns, { fromMs, toMs }: DemandChange): number {
  let found = 0;
  for (let row = 0; row < count; row += 1) if ((atMs[row] as number) > fromMs && (atMs[row] as number) <= toMs) found += 1;
  return found;
}
