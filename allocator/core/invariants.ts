import { invariant } from "./assert.ts";
import type { TierId } from "./ids.ts";
import { type Instance, isIdle } from "./instances.ts";
import { add, equal, fits, isZero, minimum, NO_RESOURCES, type Resources } from "./resources.ts";
import type { State } from "./state.ts";
import { precedes, type Request } from "./waiting.ts";

/** After every event, everywhere: what can be checked without looking at everything. */
export function checkCheaply(state: State): void {
  const { capacity } = state;
  invariant(capacity === null || fits(state.ledger.total, capacity), "what is held never exceeds the capacity that is ready");
  const { quotas } = state.ledger;
  invariant(
    quotas === null || quotas.isKept(),
    "no tier uses more than its quota and what it may borrow, nor all more than theirs",
  );
  invariant(state.ledger.keepsUserQuotas(), "nobody is taken beyond its own quota");
  invariant(state.claims.stopping >= 0, "no more instances end than were told to stop");
  invariant(state.timer !== null || state.agenda.nextMs === null, "while the core has a deadline, a timer is outstanding");
}

/** Everything, from nothing: incremental state equals recomputed state. For tests and for `prae journal replay`. */
export function checkThoroughly(state: State): void {
  checkCheaply(state);
  const byUser = new Map<number | null, Resources>();
  const counts = new Map<number | null, number>();
  const byNode = new Map<number, Resources>();
  const counted = new Map<number, number>();
  const live = new Map<number, number>();
  const delayed = new Map<number, number>();
  let stopping = 0;
  for (const instance of state.instances.values()) {
    checkInstance(state, instance);
    if (instance.phase === "stopping" || instance.phase === "suspending") stopping += 1;
    else if (instance.phase !== "suspended" && instance.replacement === null) {
      const { id } = state.groupOf(instance);
      live.set(id, (live.get(id) ?? 0) + 1);
      if (instance.delayed) delayed.set(id, (delayed.get(id) ?? 0) + 1);
    }
    if (!instance.occupies) continue;
    byUser.set(instance.user, add(byUser.get(instance.user) ?? NO_RESOURCES, instance.size));
    counts.set(instance.user, (counts.get(instance.user) ?? 0) + 1);
    if (instance.node === null) continue;
    byNode.set(instance.node, add(byNode.get(instance.node) ?? NO_RESOURCES, instance.size));
    counted.set(instance.node, (counted.get(instance.node) ?? 0) + 1);
  }
  state.ledger.checkTotals(byUser.get(null) ?? NO_RESOURCES);
  invariant(stopping === state.claims.stopping, "stops under way are counted");
  for (const group of state.instances.groups()) {
    invariant(group.live === (live.get(group.id) ?? 0), "a group's live instances are counted");
    const { replicas } = state;
    invariant(replicas === null || replicas.count(group) === group.live, "the slot replicas knows those that are live");
    invariant(group.delayed === (delayed.get(group.id) ?? 0), "and those whose requests were delayed");
  }
  const idle = [...state.instances.values()].filter(isIdle);
  state.instances.idle.check(idle, state);
  const demand = new Map<number, Resources>();
  let waits = 0;
  for (const request of state.requests.values()) {
    demand.set(request.user, add(demand.get(request.user) ?? NO_RESOURCES, request.requested));
    if (request.instance === null) {
      waits += 1;
      continue;
    }
    const bound = state.instances.get(request.instance);
    invariant(bound.requests.includes(request.id), "a request and its instance know each other");
  }
  for (const account of state.ledger.accounts()) {
    invariant(equal(account.instances, byUser.get(account.id) ?? NO_RESOURCES), "an account is the sum of its instances");
    invariant(account.count === (counts.get(account.id) ?? 0), "a user's instances are counted");
    const { quota } = account;
    invariant(quota === null || fits(account.reserved, quota.max), "no more is reserved for a user than its quota");
    invariant(equal(account.demand, demand.get(account.id) ?? NO_RESOURCES), "a user's demand is the sum of its requests");
  }
  const { quotas } = state.ledger;
  invariant(
    quotas === null || state.tiers.every((_, tier) => isZero(quotas.overReserved(tier as TierId))),
    "no more is reserved for a tier's users than is its own",
  );
  let backing = NO_RESOURCES;
  const ready = new Map<number, number>();
  for (const node of state.nodes.all()) {
    const used = byNode.get(node.id) ?? NO_RESOURCES;
    invariant(equal(add(node.free, used), node.capacity), "a node's free and used are its capacity");
    invariant(node.taken === (counted.get(node.id) ?? 0), "those on a node are counted");
    invariant(isZero(minimum(node.free, node.owed)), "what a node owes, it has nothing of");
    if (node.state === "ready") ready.set(node.pool, (ready.get(node.pool) ?? 0) + 1);
    if (node.state === "ready") backing = add(backing, node.capacity);
    else backing = add(backing, used);
    invariant(node.state !== "lost" || equal(used, NO_RESOURCES), "nothing is on a lost node");
  }
  invariant(equal(backing, state.nodes.backing), "what backs is what is ready and what those that drain still hold");
  for (const { id, asked, ordersMs } of state.pools.elastic()) {
    invariant(state.nodes.readyIn(id) === (ready.get(id) ?? 0), "a pool's ready nodes are counted");
    invariant(ordersMs.length <= asked, "what is on its way is part of what a pool is to have");
  }
  const waiting = [...state.waiting];
  invariant(waiting.length === state.waiting.size && waits === waiting.length, "whoever has no instance is in the queue, once");
  invariant(
    waiting.every((request) => request.instance === null),
    "the queue holds only who waits",
  );
  const firsts = state.waiting.lines().map((line) => line.first);
  invariant(
    firsts.every((first, i) => i === 0 || precedes(firsts[i - 1] as Request, first)),
    "the lines of the queue are in order",
  );
}

function checkInstance(state: State, instance: Instance): void {
  invariant(
    instance.user === null || state.ledger.mayRun(instance.user, instance.app),
    "nobody has an instance of what it may not run",
  );
  invariant(instance.requests.length <= state.app(instance.app).concurrency, "no instance runs more than it may");
  invariant(instance.lookup.list === state.lookupList(instance), "an instance is where requests look for it");
  const idle = isIdle(instance);
  invariant((instance.idle.list !== null) === idle, "the idle are those that are ready with nothing to run");
  invariant(
    instance.requests.every((request) => state.requests.get(request)?.instance === instance.id),
    "an instance's requests are there and know it",
  );
  const { keepUntilMs, wakeMs } = instance;
  invariant(
    keepUntilMs === null || ((idle || instance.phase === "suspended") && wakeMs !== null && wakeMs <= keepUntilMs),
    "who is kept until a time is looked at by then",
  );
  invariant(!instance.delayed || instance.requests.length > 0, "only requests can have been delayed");
  invariant(instance.requests.length === 0 || instance.user !== null, "a shadow has no requests");
  invariant(
    instance.requests.length === 0 || !["stopping", "suspending", "suspended"].includes(instance.phase),
    "only the live run requests",
  );
}
