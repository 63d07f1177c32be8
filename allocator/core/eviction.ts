import type { NodeId, UserId } from "./ids.ts";
import type { Instance } from "./instances.ts";
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
  const candidates = [...idleInOrder(state), ...running];
  const fitsNode = state.unlimitedPool !== null || state.nodes.firstFit(shape, avoided) !== null;
  const able = avoided === null ? candidates : candidates.filter(({ node }) => node === null || !avoided.has(node));
  const onNode = fitsNode ? [] : onOneNode(user, shape, able, state);
  return onNode === null ? [] : untilLedgerHasRoom(user, shape, onNode, candidates, state);
}

/** Shadows serve nobody yet: they go before anyone's. What drains gives nothing back that could be used. */
function idleInOrder(state: State): Instance[] {
  const tiers = state.tiers
    .map((tier, id) => ({ id, priority: tier.priority }))
    .sort((a, b) => a.priority - b.priority || b.id - a.id);
  const found: Instance[] = [...(state.idle[0] ?? [])];
  for (const { id } of tiers) found.push(...inTier(state.idle[id + 1] ?? [], state));
  return found.filter(({ node }) => node === null || state.nodes.get(node).state === "ready");
}

/** The least recently used first, unless the slot `warm` ranks them. */
function inTier(idle: Iterable<Instance>, state: State): Iterable<Instance> {
  const { ranking } = state.warm;
  if (ranking === undefined) return idle;
  const ranked = [...idle].map((instance) => ({ instance, rank: ranking.rank(state.groupOf(instance)) }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ instance }) => instance);
}

/** Those on the first node on which it suffices; `null`: on none it does. */
function onOneNode(user: UserId, shape: Resources, candidates: readonly Instance[], state: State): readonly Instance[] | null {
  const nodes = new Map<NodeId, { free: Resources; victims: Instance[] }>();
  for (const instance of candidates) {
    if (instance.node === null) continue;
    const node = nodes.get(instance.node) ?? { free: state.nodes.get(instance.node).free, victims: [] };
    if (!mayEvict(instance, user, node.victims, state) || !mayReclaim(instance, user, shape, node.victims, state)) continue;
    node.free = add(node.free, instance.size);
    node.victims.push(instance);
    if (fits(shape, node.free)) return withoutSpared(node.victims, node.free, shape);
    nodes.set(instance.node, node);
  }
  return null;
}

/** Of those that run, the most valuable first is spared if the rest suffices. */
function withoutSpared(victims: readonly Instance[], free: Resources, shape: Resources): readonly Instance[] {
  let left = free;
  const needed = [...victims].reverse().filter(({ requests, size }) => {
    if (requests.length === 0 || !fits(shape, subtract(left, size))) return true;
    left = subtract(left, size);
    return false;
  });
  return needed.reverse();
}

/** Whether it is the user's own, or idle beyond what its owner's reservation covers once `others` are gone. */
function mayEvict(instance: Instance, user: UserId, others: readonly Instance[], { ledger }: State): boolean {
  const owner = instance.user;
  if (owner === user || owner === null) return true;
  const gone = others.reduce((sum, other) => (other.user === owner ? add(sum, other.size) : sum), NO_RESOURCES);
  const shrinkBy = (size: Resources) => ledger.growth(owner, subtract(NO_RESOURCES, size));
  return !equal(shrinkBy(gone), shrinkBy(add(gone, instance.size)));
}

/**
 * What runs for a user of another tier is taken for as long as that tier borrows something that is asked for, once `others` are gone, and
 * no longer: quotas are guaranteed. Idle instances make room for anyone.
 */
function mayReclaim(
  { user: owner, requests, size }: Instance,
  user: UserId,
  asked: Resources,
  others: readonly Instance[],
  { ledger }: State,
): boolean {
  if (ledger.quotas === null || owner === null || requests.length === 0) return true;
  const { tier } = ledger.account(owner);
  if (tier === ledger.account(user).tier) return true;
  for (const other of others) ledger.give(other.user, other.size);
  const borrows = ledger.quotas.borrows(tier, size, asked);
  for (const other of others) ledger.take(other.user, other.size);
  return borrows;
}

/** Whether it brings the ledger nearer to having room: with quotas, in something that is missing. */
function helps(victim: Instance, user: UserId, shape: Resources, { ledger, capacity }: State): boolean {
  if (ledger.quotas === null) return victim.user === user || ledger.wouldFree(victim.user, victim.size);
  const before = ledger.lacking(user, shape, capacity);
  ledger.give(victim.user, victim.size);
  const after = ledger.lacking(user, shape, capacity);
  ledger.take(victim.user, victim.size);
  return after.some((amount, i) => !equal(amount, before[i] as Resources));
}

function untilLedgerHasRoom(
  user: UserId,
  shape: Resources,
  onNode: readonly Instance[],
  candidates: readonly Instance[],
  state: State,
): readonly Instance[] {
  const { ledger, capacity } = state;
  const victims = new Set(onNode);
  for (const victim of victims) ledger.give(victim.user, victim.size);
  let enough = ledger.hasRoom(user, shape, capacity);
  for (const victim of candidates) {
    if (enough) break;
    if (victims.has(victim) || !helps(victim, user, shape, state) || !mayReclaim(victim, user, shape, [], state)) continue;
    victims.add(victim);
    ledger.give(victim.user, victim.size);
    enough = ledger.hasRoom(user, shape, capacity);
  }
  const elsewhere = [...victims].reverse().filter((victim) => victim.requests.length > 0 && !onNode.includes(victim));
  for (const victim of enough ? elsewhere : []) {
    ledger.take(victim.user, victim.size);
    if (ledger.hasRoom(user, shape, capacity)) victims.delete(victim);
    else ledger.give(victim.user, victim.size);
  }
  for (const victim of victims) ledger.take(victim.user, victim.size);
  return enough ? [...victims] : [];
}
