import type { UserId } from "../ids.ts";
import { LedgerDraft } from "../ledger-draft.ts";
import { roomOn } from "../nodes.ts";
import { add, isZero, type Resources, subtract } from "../resources.ts";
import type { State } from "../state.ts";
import type { Request } from "../waiting.ts";
import { type Lot, place, times, timesIn } from "./packing.ts";

/** Requests, or instances that the slot `replicas` wants, of one size. */
interface Wanted extends Lot {
  /** By how much what is held grows with each: less than its size where a reservation has room for it. */
  readonly growth: Resources;
}

/**
 * What waits and would have no room on the nodes that are ready and those on their way: there is none on any, or what is held for
 * others leaves none. In the order of the queue; what is missing to the number of replicas first.
 */
export function lackingRoom(state: State): Lot[] {
  const { nodes, pools } = state;
  const all = wanted(state);
  if (all.length === 0) return [];
  const free = nodes.all().flatMap((node) => roomOn(node) ?? []);
  let room = subtract(nodes.backing, state.ledger.total);
  for (const { id, asked, elastic } of pools.elastic()) {
    const coming = Math.max(0, asked - nodes.readyIn(id));
    for (let k = 0; k < coming; k += 1) free.push(elastic.capacity);
    room = add(room, times(elastic.capacity, coming));
  }
  const lacking: Lot[] = [];
  for (const { size, growth, count } of all) {
    const allowed = Math.min(count, timesIn(growth, room));
    const left = count - allowed + place(size, allowed, free);
    room = subtract(room, times(growth, count - left));
    if (left > 0) lacking.push({ size, count: left });
  }
  return lacking;
}

function wanted(state: State): Wanted[] {
  return state.replicas === null ? waitingRequests(state) : missingReplicas(state);
}

/** Those of users without a reservation are alike if they are of a size. */
function waitingRequests(state: State): Wanted[] {
  const lots = new Map<string, { size: Resources; growth: Resources; count: number }>();
  const before = new Map<UserId, Resources>();
  for (const { id, user, app, requested } of withinQuota(state)) {
    const size = state.launchSize(user, app, requested);
    const isPlain = isZero(state.ledger.account(user).reserved);
    const key = isPlain ? `${size.cpuMillis} ${size.memoryMiB} ${size.gpuMillis} ${size.networkKbps}` : `of ${id}`;
    const lot = lots.get(key);
    if (lot !== undefined) lot.count += 1;
    else lots.set(key, { size, growth: isPlain ? size : growthAfter(before, user, size, state), count: 1 });
  }
  return [...lots.values()];
}

/** Those that a node would help: whom a quota stops, it would not. */
export function withinQuota(state: State): Iterable<Request> {
  const { ledger, waiting } = state;
  if (!ledger.hasQuotas) return waiting;
  const draft = new LedgerDraft(ledger);
  return [...waiting].filter(({ user, app, requested }) => mayTake(draft, user, state.launchSize(user, app, requested)));
}

/** Whether a quota lets the user have one more; then it has, for whoever is behind it. */
function mayTake(draft: LedgerDraft, user: UserId | null, size: Resources): boolean {
  if (draft.quotaStop(user, size) !== null) return false;
  draft.keep(user, size);
  return true;
}

/** With what waits before it for the same user. */
function growthAfter(before: Map<UserId, Resources>, user: UserId, size: Resources, { ledger }: State): Resources {
  const earlier = before.get(user);
  const together = earlier === undefined ? size : add(earlier, size);
  before.set(user, together);
  const growth = ledger.growth(user, together);
  return earlier === undefined ? growth : subtract(growth, ledger.growth(user, earlier));
}

function missingReplicas(state: State): Wanted[] {
  const found: Wanted[] = [];
  const draft = state.ledger.hasQuotas ? new LedgerDraft(state.ledger) : null;
  for (const group of state.instances.groups()) {
    const missing = (state.replicas?.wanted(group) ?? 0) - group.live;
    if (missing <= 0 || (group.user !== null && !state.ledger.mayRun(group.user, group.app))) continue;
    const size = state.launchSize(group.user, group.app, null);
    let count = draft === null ? missing : 0;
    while (draft !== null && count < missing && mayTake(draft, group.user, size)) count += 1;
    if (count > 0) found.push({ size, growth: size, count });
  }
  return found;
}
