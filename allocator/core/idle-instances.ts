import { invariant } from "./assert.ts";
import { ChangedIds } from "./changed-ids.ts";
import { staysWithin } from "./holdings.ts";
import type { NodeId, UserId } from "./ids.ts";
import { InstanceList, leaveList } from "./instance-list.ts";
import type { Instance } from "./instances.ts";
import type { Ledger } from "./ledger.ts";
import type { Node, NodeTable } from "./nodes.ts";
import { add, equal, fits, maximum, NO_RESOURCES, type Resources, subtract } from "./resources.ts";
import { RoomTree } from "./room-tree.ts";

/** One user's idle instances. */
interface OfUser {
  readonly list: InstanceList;
  /** What they take, on nodes that are ready. */
  taken: Resources;
  /** By how much the ledger's total would shrink without them. */
  yields: Resources;
}

/** Those on one node. */
interface OnNode {
  readonly list: InstanceList;
  /** What those of nobody take, while it is ready. */
  unbound: Resources;
  isReady: boolean;
}

/** The ledger and the nodes that the instances take from. */
interface Taken {
  readonly ledger: Ledger;
  readonly nodes: NodeTable;
}

/**
 * Instances with nothing to run, in the order in which they became idle, and what there would be room for without them: kept as they
 * come and go, so that a request for which nothing can be evicted is not paid for by looking through all of them. What changes in the
 * ledger or on a node is counted when next somebody asks.
 */
export class IdleInstances {
  /** Of nobody at 0, of the users of tier t at t + 1; the first is the least recently used. */
  readonly #lists: InstanceList[] = [];
  #count = 0;
  readonly #ofUsers: OfUser[] = [];
  readonly #onNodes: OnNode[] = [];
  readonly #changedUsers = new ChangedIds<UserId>();
  readonly #changedNodes = new ChangedIds<NodeId>();
  /** By how much it would shrink without any of them. */
  #yields = NO_RESOURCES;
  /** What would be free on each ready node if what is idle on it went, for a request of one that has nothing there. */
  readonly #freeable = new RoomTree();

  get count(): number {
    return this.#count;
  }

  /** Those of nobody at 0, of the users of tier t at t + 1. */
  at(place: number): InstanceList {
    let list = this.#lists[place];
    if (list === undefined) {
      list = new InstanceList();
      this.#lists[place] = list;
    }
    return list;
  }

  hasOf(user: UserId): boolean {
    return (this.#ofUsers[user]?.list.first ?? null) !== null;
  }

  *[Symbol.iterator](): Generator<Instance> {
    for (const list of this.#lists) if (list !== undefined) yield* list;
  }

  enter(instance: Instance, place: number): void {
    const { user, node } = instance;
    this.#count += 1;
    this.at(place).push(instance.idle);
    if (user !== null) {
      this.#ofUser(user).list.push(instance.idleOfUser);
      this.#changedUsers.add(user);
    }
    if (node !== null) {
      this.#onNode(node).list.push(instance.idleOnNode);
      this.#changedNodes.add(node);
    }
  }

  leave(instance: Instance): void {
    if (instance.idle.list === null) return;
    this.#count -= 1;
    instance.idle.list.remove(instance.idle);
    if (instance.user !== null) this.#changedUsers.add(instance.user);
    if (instance.node !== null) this.#changedNodes.add(instance.node);
    leaveList(instance.idleOfUser);
    leaveList(instance.idleOnNode);
  }

  #ofUser(user: UserId): OfUser {
    let of = this.#ofUsers[user];
    if (of === undefined) {
      of = { list: new InstanceList(), taken: NO_RESOURCES, yields: NO_RESOURCES };
      this.#ofUsers[user] = of;
    }
    return of;
  }

  #onNode(node: NodeId): OnNode {
    let on = this.#onNodes[node];
    if (on === undefined) {
      on = { list: new InstanceList(), unbound: NO_RESOURCES, isReady: false };
      this.#onNodes[node] = on;
    }
    return on;
  }

  /**
   * Whether the ledger could have room for `user` to take an instance of `size` within `capacity`, if everything idle went that can give
   * anything back.
   */
  ledgerCouldHave(user: UserId, size: Resources, capacity: Resources, of: Taken): boolean {
    this.#settle(of);
    const { ledger } = of;
    const taken = this.#ofUsers[user]?.taken ?? NO_RESOURCES;
    return staysWithin(capacity, ledger.total, this.#yields, ledger.account(user), taken, size);
  }

  /**
   * Whether a node, none of `except`, could have room for an instance of `size` if what is idle on it went that may for `user`. `true` is
   * no promise where several there belong to one user with a reservation.
   */
  nodeCouldHave(user: UserId, size: Resources, except: ReadonlySet<NodeId> | null, of: Taken): boolean {
    this.#settle(of);
    if (this.#freeable.first(size, except as ReadonlySet<number> | null) >= 0) return true;
    for (const { node } of this.#ofUsers[user]?.list ?? []) {
      if (node !== null && except?.has(node) !== true && this.#couldHave(node, user, size, of)) return true;
    }
    return false;
  }

  /** Likewise, whether that node could. */
  couldHave(node: NodeId, user: UserId, size: Resources, of: Taken): boolean {
    this.#settle(of);
    if (this.#freeable.fits(size, node)) return true;
    for (const own of this.#ofUsers[user]?.list ?? []) if (own.node === node) return this.#couldHave(node, user, size, of);
    return false;
  }

  /** Beside what anyone may have evicted, the user's own. */
  #couldHave(id: NodeId, user: UserId, size: Resources, { ledger, nodes }: Taken): boolean {
    const node = nodes.get(id);
    if (node.state !== "ready") return false;
    let free = subtract(node.free, node.owed);
    let places = node.places - node.taken;
    for (const instance of this.#onNode(id).list) {
      if (instance.user !== user && !ledger.wouldFree(instance.user, instance.size)) continue;
      free = add(free, instance.size);
      places += 1;
    }
    return places > 0 && fits(size, free);
  }

  /** Counts again what changed since this was last asked. */
  #settle(of: Taken): void {
    for (const id of of.nodes.changed.take()) {
      const on = this.#onNode(id);
      this.#changedNodes.add(id);
      const isReady = of.nodes.get(id).state === "ready";
      if (on.isReady === isReady) continue;
      on.isReady = isReady;
      for (const { user } of on.list) if (user !== null) this.#changedUsers.add(user);
    }
    for (const user of of.ledger.changed.take()) this.#changedUsers.add(user);
    for (const user of this.#changedUsers.take()) this.#countUser(user, of);
    for (const node of this.#changedNodes.take()) this.#countNode(of.nodes.get(node), of.ledger);
  }

  #countUser(user: UserId, { ledger, nodes }: Taken): void {
    const own = this.#ofUsers[user];
    if (own === undefined || (own.list.first === null && own.taken === NO_RESOURCES)) return;
    let taken = NO_RESOURCES;
    for (const { node, size } of own.list) {
      if (node === null || nodes.get(node).state !== "ready") continue; // gives nothing back that could be used
      taken = add(taken, size);
      this.#changedNodes.add(node); // what its reservation covers there is for nobody else
    }
    own.taken = taken;
    const yields = subtract(NO_RESOURCES, ledger.growth(user, subtract(NO_RESOURCES, taken)));
    this.#yields = add(this.#yields, subtract(yields, own.yields));
    own.yields = yields;
  }

  #countNode({ id, state, free, owed, places, taken }: Node, ledger: Ledger): void {
    const on = this.#onNode(id);
    let unbound = NO_RESOURCES;
    let freeable = owed === NO_RESOURCES ? free : subtract(free, owed);
    let left = taken;
    for (const { user, size } of state === "ready" ? on.list : []) {
      if (user === null) unbound = add(unbound, size);
      if (!ledger.wouldFree(user, size)) continue;
      freeable = add(freeable, size);
      left -= 1;
    }
    const mayTakeMore = state === "ready" && left < places && fits(NO_RESOURCES, freeable);
    this.#freeable.set(id, mayTakeMore ? freeable : null);
    if (unbound === on.unbound) return;
    this.#yields = add(this.#yields, subtract(unbound, on.unbound));
    on.unbound = unbound;
  }

  /** The same from nothing, for checking. @param idle all that are idle. */
  check(idle: readonly Instance[], of: Taken): void {
    this.#settle(of);
    const { ledger, nodes } = of;
    invariant(this.#count === idle.length, "the idle are counted");
    const usable = idle.filter(({ node }) => node !== null && nodes.get(node).state === "ready");
    const sum = (of: readonly Instance[]) => of.reduce((total, { size }) => add(total, size), NO_RESOURCES);
    let yields = sum(usable.filter(({ user }) => user === null));
    for (const { id, reserved, instances } of ledger.accounts()) {
      const taken = sum(usable.filter(({ user }) => user === id));
      invariant(equal(taken, this.#ofUsers[id]?.taken ?? NO_RESOURCES), "what a user's idle instances take is their sum");
      yields = add(yields, subtract(maximum(reserved, instances), maximum(reserved, subtract(instances, taken))));
    }
    invariant(equal(yields, this.#yields), "what the idle would yield is the sum of what each user's would, and those of nobody");
    for (const { id, free, owed, places, taken, state } of nodes.all()) {
      const going = usable.filter(({ node, user, size }) => node === id && ledger.wouldFree(user, size));
      const freeable = this.#freeable.at(id);
      const without = subtract(add(free, sum(going)), owed);
      const takesMore = state === "ready" && taken - going.length < places && fits(NO_RESOURCES, without);
      const expected = takesMore ? without : null;
      const isKept = freeable === null || expected === null ? freeable === expected : equal(freeable, expected);
      invariant(isKept, "what a node could have free is what is free and what may go");
    }
  }
}
