import { known } from "../../allocator/core/assert.ts";
import type { NodeId, UserId } from "../../allocator/core/ids.ts";
import type { Instance } from "../../allocator/core/instances.ts";
import { add, fits, maximum, NO_RESOURCES, type Resources, subtract } from "../../allocator/core/resources.ts";
import type { State } from "../../allocator/core/state.ts";

/**
 * What `victimsFor` finds where there are no quotas and nothing that runs may go, by looking at everything that is idle, each time.
 */
export function naiveVictims(
  user: UserId,
  size: Resources,
  state: State,
  avoided: ReadonlySet<NodeId> | null,
): readonly Instance[] {
  const able = inOrder(state);
  const nodes = state.nodes.all().filter(({ id, state }) => state === "ready" && avoided?.has(id) !== true);
  if (state.unlimitedPool !== null || nodes.some(({ id }) => state.nodes.hasRoom(id, size)))
    return untilBooksAllow(user, size, [], able, state);
  const going = new Map<NodeId, Instance[]>();
  for (const instance of able) {
    const node = nodes.find(({ id }) => id === instance.node);
    if (node === undefined) continue;
    const victims = going.get(node.id) ?? [];
    const owner = instance.user;
    if (owner !== user && owner !== null && !shrinks(owner, victims, instance, state)) continue;
    victims.push(instance);
    going.set(node.id, victims);
    const free = victims.reduce((sum, victim) => add(sum, victim.size), subtract(node.free, node.owed));
    if (node.taken - victims.length < node.places && fits(size, free)) return untilBooksAllow(user, size, victims, able, state);
  }
  return [];
}

/** Of nobody first, then lowest priority, of equals the later tier; then as ranked; then least recently used. */
function inOrder(state: State): Instance[] {
  const tierOf = (owner: UserId) => state.ledger.account(owner).tier;
  const priority = ({ user }: Instance) => (user === null ? Number.NEGATIVE_INFINITY : state.tier(tierOf(user)).priority);
  const tier = ({ user }: Instance) => (user === null ? 0 : tierOf(user));
  const rank = (one: Instance) => (one.user === null ? 0 : (state.warm.ranking?.rank(state.groupOf(one)) ?? 0));
  return [...state.instances.values()]
    .filter(({ phase, requests }) => phase === "ready" && requests.length === 0)
    .filter(({ node }) => node === null || state.nodes.get(node).state === "ready")
    .sort((a, b) => priority(a) - priority(b) || tier(b) - tier(a) || rank(a) - rank(b) || a.idleOrder - b.idleOrder);
}

/** What is held for everybody, once these are gone. */
function held(gone: readonly Instance[], { ledger, instances }: State): Resources {
  const taken = new Map<UserId | null, Resources>();
  for (const { user, size, occupies, id } of instances.values()) {
    if (occupies && !gone.some((one) => one.id === id)) taken.set(user, add(taken.get(user) ?? NO_RESOURCES, size));
  }
  const sums = ledger.accounts().map(({ id, reserved }) => maximum(reserved, taken.get(id) ?? NO_RESOURCES));
  return sums.reduce(add, taken.get(null) ?? NO_RESOURCES);
}

function shrinks(owner: UserId, victims: readonly Instance[], one: Instance, state: State): boolean {
  const own = victims.filter(({ user }) => user === owner);
  return !fits(held(own, state), held([...own, one], state));
}

function untilBooksAllow(
  user: UserId,
  size: Resources,
  onNode: readonly Instance[],
  able: readonly Instance[],
  state: State,
): readonly Instance[] {
  const { capacity, ledger } = state;
  if (capacity === null) return onNode;
  const { reserved } = ledger.account(user);
  const isEnough = (gone: readonly Instance[]) => {
    const own = [...state.instances.values()].filter((one) => one.user === user && one.occupies && !gone.includes(one));
    const before = own.reduce((sum, one) => add(sum, one.size), NO_RESOURCES);
    const growth = subtract(maximum(reserved, add(before, size)), maximum(reserved, before));
    return fits(add(held(gone, state), growth), known(capacity, "capacity"));
  };
  const victims = [...onNode];
  for (const one of able) {
    if (isEnough(victims)) return victims;
    if (victims.includes(one)) continue;
    const frees = !fits(held(victims, state), held([...victims, one], state));
    if (one.user === user || frees) victims.push(one);
  }
  return isEnough(victims) ? victims : [];
}
