import type { NodeId, UserId } from "./ids.ts";
import type { InstanceList } from "./instance-list.ts";
import type { Instance } from "./instances.ts";
import type { Ledger } from "./ledger.ts";
import { LedgerDraft } from "./ledger-draft.ts";
import { add, equal, fits, NO_RESOURCES, type Resources, subtract } from "./resources.ts";
import type { State } from "./state.ts";

/**
 * The idle instances to evict so that `user` can have an instance of `shape`: lowest tier first, then least recently used or of lowest rank; those
 * that make room on one node, the first in that order on which it suffices, and more wherever they are until the ledger has room.
 * What a reservation covers is evicted for its own user only. Empty when it would not suffice.
 *
 * @param avoided nodes on which it could not be launched now; `null`: none.
 * @param running what may be preempted, too, in that order: after all that is idle, and none that is not needed.
 */
export function victimsFor(
  user: UserId,
  shape: Resources,
  state: State,
  avoided: ReadonlySet<NodeId> | null,
  running: readonly Instance[] = [],
): readonly Instance[] {
  const fitsNode = state.unlimitedPool !== null || state.nodes.firstFit(shape, avoided) !== null;
  if (running.length === 0 && !couldBeEnough(user, shape, fitsNode, avoided, state)) return [];
  const onNode = fitsNode ? [] : onOneNode(user, shape, avoided, running, state);
  return onNode === null ? [] : untilLedgerHasRoom(user, shape, onNode, running, state);
}

/** Whether it might be enough if everything idle went. */
function couldBeEnough(
  user: UserId,
  shape: Resources,
  fitsNode: boolean,
  avoided: ReadonlySet<NodeId> | null,
  { instances: { idle }, capacity, ledger, nodes }: State,
): boolean {
  if (capacity !== null && !idle.ledgerCouldHave(user, shape, capacity, { ledger, nodes })) return false;
  return fitsNode || idle.nodeCouldHave(user, shape, avoided, { ledger, nodes });
}

/** What is to go first: the user's own, where its own quota has no room, which nobody else's makes. */
function* candidates(user: UserId, shape: Resources, running: readonly Instance[], state: State): Generator<Instance> {
  const isOwnFirst = state.ledger.boundsUsers && state.ledger.quotaStop(user, shape) === "user_quota";
  if (!isOwnFirst) return yield* inOrder(running, state);
  for (const instance of inOrder([], state)) if (instance.user === user) yield instance;
  for (const instance of inOrder(running, state)) if (instance.user !== user || instance.requests.length > 0) yield instance;
}

/**
 * What is idle, then what runs. Shadows serve nobody yet: they go before anyone's. What drains gives nothing back that could be used.
 */
function* inOrder(running: readonly Instance[], state: State): Generator<Instance> {
  const { idle } = state.instances;
  const tiers = state.tiers
    .map((tier, id) => ({ id, priority: tier.priority }))
    .sort((a, b) => a.priority - b.priority || b.id - a.id);
  for (const instance of idle.at(0)) if (isUsable(instance, state)) yield instance;
  for (const { id } of tiers) {
    for (const instance of inTier(idle.at(id + 1), state)) if (isUsable(instance, state)) yield instance;
  }
  yield* running;
}

function isUsable({ node }: Instance, { nodes }: State): boolean {
  return node === null || nodes.get(node).state === "ready";
}

/** The least recently used first, unless the slot `warm` ranks them. */
function inTier(idle: InstanceList, state: State): Iterable<Instance> {
  const { ranking } = state.warm;
  if (ranking === undefined) return idle;
  const ranked = [...idle].map((instance) => ({ instance, rank: ranking.rank(state.groupOf(instance)) }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ instance }) => instance);
}

/** What could go from one node. */
interface Going {
  free: Resources;
  /** How many instances more would be allowed there; below 0 where there are too many. */
  places: number;
  readonly victims: Instance[];
  /** The ledger without them; `null`: it is not asked. */
  readonly draft: LedgerDraft | null;
}

/** Those on the first node on which it suffices; `null`: on none it does. */
function onOneNode(
  user: UserId,
  shape: Resources,
  avoided: ReadonlySet<NodeId> | null,
  running: readonly Instance[],
  state: State,
): readonly Instance[] | null {
  const { ledger, instances } = state;
  const onNodes = new Map<NodeId, Going>();
  for (const instance of candidates(user, shape, running, state)) {
    const { node } = instance;
    if (node === null || avoided?.has(node) === true) continue;
    if (running.length === 0 && !instances.idle.couldHave(node, user, shape, state)) continue;
    const going = onNodes.get(node) ?? goingFrom(node, state);
    if (!mayEvict(instance, user, going.victims, ledger) || !mayReclaim(instance, user, shape, going.draft, ledger)) continue;
    going.free = add(going.free, instance.size);
    going.places += 1;
    going.victims.push(instance);
    going.draft?.give(instance.user, instance.size);
    if (going.places > 0 && fits(shape, going.free)) return withoutSpared(going, shape);
    onNodes.set(node, going);
  }
  return null;
}

function goingFrom(node: NodeId, { nodes, ledger }: State): Going {
  const { free, owed, places, taken } = nodes.get(node);
  const draft = ledger.quotas === null ? null : new LedgerDraft(ledger);
  return { free: subtract(free, owed), places: places - taken, victims: [], draft };
}

/** Of those that run, the most valuable first is spared if the rest suffices. */
function withoutSpared({ victims, free, places }: Going, shape: Resources): readonly Instance[] {
  let left = free;
  let allowed = places;
  const needed = [...victims].reverse().filter(({ requests, size }) => {
    if (requests.length === 0 || allowed === 1 || !fits(shape, subtract(left, size))) return true;
    left = subtract(left, size);
    allowed -= 1;
    return false;
  });
  return needed.reverse();
}

/** Whether it is the user's own, or idle beyond what its owner's reservation covers once `others` are gone. */
function mayEvict(instance: Instance, user: UserId, others: readonly Instance[], ledger: Ledger): boolean {
  const owner = instance.user;
  if (owner === user || owner === null) return true;
  let gone = NO_RESOURCES;
  for (const other of others) if (other.user === owner) gone = add(gone, other.size);
  return ledger.wouldFree(owner, instance.size, gone);
}

/**
 * What runs for a user of another tier is taken for as long as that tier borrows something that is asked for, in the draft without what
 * goes with it, and no longer: quotas are guaranteed. Idle instances make room for anyone.
 */
function mayReclaim(
  { user: owner, requests, size }: Instance,
  user: UserId,
  asked: Resources,
  draft: LedgerDraft | null,
  ledger: Ledger,
): boolean {
  if (draft === null || draft.quotas === null || owner === null || requests.length === 0) return true;
  const { tier } = ledger.account(owner);
  if (tier === ledger.account(user).tier) return true;
  return draft.quotas.borrows(tier, size, asked);
}

/** Whether it brings the draft nearer to having room: with quotas, in something that is missing. */
function helps(victim: Instance, user: UserId, shape: Resources, draft: LedgerDraft, capacity: Resources | null): boolean {
  if (!draft.hasQuotas) return victim.user === user || draft.wouldFree(victim.user, victim.size);
  if (victim.user === user && draft.instancesTooMany(user) > 0) return true;
  const before = draft.lacking(user, shape, capacity);
  draft.give(victim.user, victim.size);
  const after = draft.lacking(user, shape, capacity);
  draft.keep(victim.user, victim.size);
  return after.some((amount, i) => !equal(amount, before[i] as Resources));
}

function untilLedgerHasRoom(
  user: UserId,
  shape: Resources,
  onNode: readonly Instance[],
  running: readonly Instance[],
  state: State,
): readonly Instance[] {
  const { ledger, capacity } = state;
  const draft = new LedgerDraft(ledger);
  const victims = new Set(onNode);
  for (const victim of victims) draft.give(victim.user, victim.size);
  let enough = draft.hasRoom(user, shape, capacity);
  for (const victim of enough ? [] : candidates(user, shape, running, state)) {
    if (victims.has(victim) || !helps(victim, user, shape, draft, capacity) || !mayReclaim(victim, user, shape, draft, ledger))
      continue;
    victims.add(victim);
    draft.give(victim.user, victim.size);
    enough = draft.hasRoom(user, shape, capacity);
    if (enough) break;
  }
  if (!enough) return [];
  const elsewhere = [...victims].reverse().filter((victim) => victim.requests.length > 0 && !onNode.includes(victim));
  for (const victim of elsewhere) {
    draft.keep(victim.user, victim.size);
    if (draft.hasRoom(user, shape, capacity)) victims.delete(victim);
    else draft.give(victim.user, victim.size);
  }
  return [...victims];
}
