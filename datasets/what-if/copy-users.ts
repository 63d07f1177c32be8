import { RandomStream } from "../../allocator/core/random.ts";
import type { ContextRow, RequestColumns, Trace, UsageColumns, UserRow } from "../trace.ts";
import { rewriteRequests, rewriteUsage } from "./rewritten-rows.ts";
import type { UsersChange } from "./trace-change.ts";

const WHOLE_PPM = 1_000_000;
/** All of a copied user's times are moved by one amount, at most this much in either direction. */
export const USER_SHIFT_MS = 1_800_000;

/**
 * As many users as the factor says, rounded. Above 1 users are copied, with their tier, permissions and context, under ids that come
 * after all others; which are copied once more than the rest is drawn. A copy does what its original does from `fromMs` on, moved by one
 * draw a copy; what that moves over one end of the trace comes in at the other. Below 1 those that are drawn ask for nothing any more.
 * @param step sets what is drawn here apart from other changes of one trace.
 */
export function copyUsers(trace: Trace, change: UsersChange, seed: number, step: string): Trace {
  const { endMs } = trace.manifest.window;
  const { fromMs } = change;
  const plan = planCopies(trace, change, seed, step);
  const { users, requests, usage, context } = trace;
  return {
    ...trace,
    users: [...users, ...plan.copies],
    requests: requestsOf(requests, plan, fromMs, endMs, step),
    usage: usage === null ? null : usageOf(usage, plan, trace),
    context: context.flatMap((row) => [row, ...copiesOfContext(row, plan, fromMs)]),
  };
}

/** How many users there are, after: rounded. */
export function usersAfter(users: number, factorPpm: number): number {
  return Math.round((users * factorPpm) / WHOLE_PPM);
}

interface Plan {
  readonly fromMs: number;
  readonly copies: readonly UserRow[];
  /** By user: its first copy's id, and how many it has; −1: it stops asking. */
  readonly first: Uint32Array;
  readonly count: Int32Array;
  readonly originals: number;
  /** By copy. */
  readonly shiftMs: Float64Array;
}

function planCopies({ users }: Trace, { factorPpm, fromMs }: UsersChange, seed: number, step: string): Plan {
  const originals = users.length;
  const after = usersAfter(originals, factorPpm);
  const each = Math.floor(after / Math.max(1, originals));
  const drawn = new Set(shuffled(originals, new RandomStream(seed, `what-if ${step} users`)).slice(0, after - each * originals));
  const first = new Uint32Array(originals);
  const count = new Int32Array(originals);
  const taken = new Set(users.map(({ name }) => name));
  const copies: UserRow[] = [];
  for (const [id, user] of users.entries()) {
    first[id] = originals + copies.length;
    count[id] = each - 1 + (drawn.has(id) ? 1 : 0);
    for (let copy = 1; copy <= (count[id] as number); copy += 1) {
      let name = `${user.name}~${copy + 1}`;
      while (taken.has(name)) name = `${name}~`;
      taken.add(name);
      copies.push({ ...user, name });
    }
  }
  const shifts = new RandomStream(seed, `what-if ${step} shifts`);
  const shiftMs = Float64Array.from(copies, () => shifts.below(2 * USER_SHIFT_MS + 1) - USER_SHIFT_MS);
  return { fromMs, copies, first, count, originals, shiftMs };
}

/** 0…n − 1 in an order drawn by Fisher and Yates: the first of it are a sample, and a part of any larger one. */
function shuffled(n: number, random: RandomStream): number[] {
  const order = Array.from({ length: n }, (_, index) => index);
  for (let at = 0; at < n - 1; at += 1) {
    const other = at + random.below(n - at);
    [order[at], order[other]] = [order[other] as number, order[at] as number];
  }
  return order;
}

function requestsOf(requests: RequestColumns, plan: Plan, fromMs: number, endMs: number, label: string): RequestColumns {
  return rewriteRequests(requests, label, (emit) => {
    for (let row = 0; row < requests.count; row += 1) {
      const user = requests.user[row] as number;
      const submitMs = requests.submitMs[row] as number;
      const copies = submitMs < fromMs ? 0 : (plan.count[user] as number);
      if (copies < 0) continue;
      emit(row, submitMs, user, 0);
      for (let copy = 0; copy < copies; copy += 1) {
        const id = (plan.first[user] as number) + copy;
        const shiftMs = plan.shiftMs[id - plan.originals] as number;
        emit(row, fromMs + modulo(submitMs - fromMs + shiftMs, endMs - fromMs), id, copy + 1);
      }
    }
  });
}

/** Samples are moved by whole windows of their user, so that they stay on its grid, around in `(fromMs, endMs]`: none meets another. */
function usageOf(usage: UsageColumns, plan: Plan, { manifest }: Trace): UsageColumns {
  const { startMs, endMs } = manifest.window;
  const { fromMs } = plan;
  const windows = new Uint32Array(plan.originals);
  for (let row = usage.count - 1; row >= 0; row -= 1) windows[usage.user[row] as number] = usage.windowMs[row] as number;
  return rewriteUsage(usage, (emit) => {
    for (let row = 0; row < usage.count; row += 1) {
      const user = usage.user[row] as number;
      const atMs = usage.atMs[row] as number;
      const isBefore = atMs <= fromMs && fromMs > startMs;
      const copies = isBefore ? 0 : (plan.count[user] as number);
      if (copies < 0) continue;
      emit(row, atMs, user, 0);
      for (let copy = 0; copy < copies; copy += 1) {
        const id = (plan.first[user] as number) + copy;
        const stepMs = windows[user] as number;
        const shiftMs = Math.round((plan.shiftMs[id - plan.originals] as number) / stepMs) * stepMs;
        const moved = fromMs + 1 + modulo(atMs - fromMs - 1 + shiftMs, endMs - fromMs);
        emit(row, atMs <= fromMs ? atMs : moved, id, copy + 1);
      }
    }
  });
}

function copiesOfContext(row: ContextRow, { first, count }: Plan, fromMs: number): ContextRow[] {
  if (row.user === null || row.endMs <= fromMs) return [];
  const user = row.user;
  return Array.from({ length: Math.max(0, count[user] as number) }, (_, copy) => ({
    ...row,
    user: (first[user] as number) + copy,
  }));
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
