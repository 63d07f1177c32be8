import { traceDigest } from "../digest.ts";
import { InputError, type Issue } from "../issues.ts";
import { MAX_AMOUNT } from "../laws.ts";
import type { Trace } from "../trace.ts";
import { copyUsers, USER_SHIFT_MS, usersAfter } from "./copy-users.ts";
import { COPY_SPREAD_MS, multiplyRequests, multiplyUsage } from "./multiply-demand.ts";
import { reasonAgainst } from "./reason-against.ts";
import type { DemandChange, StartUpChange, TraceChange, UsersChange } from "./trace-change.ts";

const WHOLE_PPM = 1_000_000;

/** A trace after changes. */
export interface ChangedTrace {
  readonly trace: Trace;
  /** Users who come after the trace has begun: nothing is known of them before. In order of time and id. */
  readonly joins: readonly UsersJoin[];
}

/** Users with ids in `[firstUser, endUser)` come at `atMs`. */
export interface UsersJoin {
  readonly atMs: number;
  readonly firstUser: number;
  readonly endUser: number;
}

/**
 * The trace that the changes make of another, in the order in which they begin: another digest, and what was done among its notes. The
 * given trace stays as it is. Ids stay, so that runs of both can be laid side by side; therefore the law that ids are in order of first
 * appearance does not hold of it, and it is not for the store.
 * @param seed of what is drawn: the same seed, the same trace.
 * @param series sets draws, and the names of copies, apart from those of changes that the trace is made of already.
 * @throws InputError with every change that the trace cannot show, and why.
 */
export function changeTrace(trace: Trace, changes: readonly TraceChange[], seed: number, series = ""): ChangedTrace {
  const { window, epochMs } = trace.manifest;
  const beginsMs = (change: TraceChange) => (change.kind === "start-up" ? window.startMs : change.fromMs);
  const inOrder = [...changes].sort((a, b) => beginsMs(a) - beginsMs(b));
  const issues: Issue[] = [];
  const sentences: string[] = [];
  const joins: UsersJoin[] = [];
  let changed = trace;
  for (const [step, change] of inOrder.entries()) {
    const reason = reasonAgainst(changed, change);
    if (reason !== null) {
      issues.push({ where: "--what-if", path: change.text, ...reason });
      continue;
    }
    const before = changed;
    changed = changedBy(before, change, seed, `${series}${step + 1}`);
    sentences.push(`what if ${change.text}: ${sentenceOf(change, before, changed, seed)}`);
    const [firstUser, endUser] = [before.users.length, changed.users.length];
    if (endUser > firstUser && beginsMs(change) > window.startMs) joins.push({ atMs: beginsMs(change), firstUser, endUser });
  }
  if (issues.length > 0) throw new InputError(issues);
  const digest = traceDigest({ ...changed, window, epochMs });
  const manifest = { ...trace.manifest, digest, notes: [...trace.manifest.notes, ...sentences] };
  return { trace: { ...changed, manifest }, joins };
}

function changedBy(trace: Trace, change: TraceChange, seed: number, step: string): Trace {
  switch (change.kind) {
    case "demand":
      return {
        ...trace,
        requests: trace.requests.count === 0 ? trace.requests : multiplyRequests(trace.requests, change, seed, step),
        usage: trace.usage === null || change.app !== null ? trace.usage : multiplyUsage(trace.usage, change),
      };
    case "users":
      return copyUsers(trace, change, seed, step);
    case "start-up":
      return withStartUp(trace, change);
  }
}

function withStartUp(trace: Trace, { factorPpm }: StartUpChange): Trace {
  const scaled = (ms: number) => Math.min(MAX_AMOUNT, Math.round((ms * factorPpm) / WHOLE_PPM));
  const apps = trace.apps.map((app) => ({ ...app, coldStartMs: scaled(app.coldStartMs), resumeMs: scaled(app.resumeMs) }));
  return { ...trace, apps };
}

/** What was done, for whoever reads the numbers that come of it. */
function sentenceOf(change: TraceChange, before: Trace, after: Trace, seed: number): string {
  switch (change.kind) {
    case "demand":
      return demandSentence(change, before, after, seed);
    case "users":
      return usersSentence(change, before, after, seed);
    case "start-up":
      return `cold starts and resumptions take ${change.factorPpm / WHOLE_PPM} × as long as in the trace, and the allocator is told so`;
  }
}

function demandSentence({ factorPpm }: DemandChange, before: Trace, after: Trace, seed: number): string {
  const factor = factorPpm / WHOLE_PPM;
  if (before.requests.count === 0) return `amounts of the samples × ${factor}`;
  const counts = `${after.requests.count} requests instead of ${before.requests.count}`;
  if (factorPpm <= WHOLE_PPM) return `${counts}, drawn with seed ${seed}`;
  return `${counts}; each copy arrives within ${COPY_SPREAD_MS / 60_000} min of its original, drawn with seed ${seed}`;
}

function usersSentence({ factorPpm }: UsersChange, before: Trace, after: Trace, seed: number): string {
  const wanted = usersAfter(before.users.length, factorPpm);
  if (wanted < before.users.length) {
    return `${wanted} of ${before.users.length} users, drawn with seed ${seed}; the others ask for nothing`;
  }
  const shift = `each copy's times are moved by at most ${USER_SHIFT_MS / 60_000} min`;
  return `${after.users.length} users instead of ${before.users.length}; ${shift}, drawn with seed ${seed}`;
}
