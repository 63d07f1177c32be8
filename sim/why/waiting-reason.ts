import { isGivenUp, isLaunchPaused, launchOwner } from "../../allocator/core/launching.ts";
import { roomOn } from "../../allocator/core/nodes.ts";
import {
  add,
  fits,
  isZero,
  maximum,
  NO_RESOURCES,
  RESOURCE_NAMES,
  type Resources,
  subtract,
} from "../../allocator/core/resources.ts";
import type { State } from "../../allocator/core/state.ts";
import type { Request } from "../../allocator/core/waiting.ts";
import { clock, GIVEN_UP, named } from "./words.ts";

/** Why the request waits, as things stand now. */
export function waitingReason(request: Request, state: State, nowMs: number, nodeName: (id: number) => string): string {
  const { user, app } = request;
  if (state.replicas !== null) {
    const { live } = state.group(user, app);
    return `its group has ${live} instances, all that the slot replicas wants, and none of them has room`;
  }
  const size = state.launchSize(user, app, request.requested);
  const reasons: string[] = [];
  const { capacity, ledger, claims } = state;
  if (capacity !== null) {
    const lacking = excess(add(ledger.total, ledger.growth(user, size)), capacity);
    if (!isZero(lacking)) reasons.push(`the capacity that is not held for others lacks ${named(lacking)}`);
  }
  const quota = quotaReason(request, size, state);
  if (quota !== null) reasons.push(quota);
  if (state.unlimitedPool === null && state.nodes.firstFit(size) === null) reasons.push(nodeReason(size, state, nodeName));
  const refused = refusedReason(request, state, nowMs);
  if (refused !== null) reasons.push(refused);
  const pools = poolReason(size, state);
  if (reasons.length > 0 && pools !== null) reasons.push(pools);
  if (reasons.length === 0) reasons.push("there is room now: the queue is tried again at the next event that may free any");
  if (claims.isClaimedFrom(request))
    reasons.push("what becomes free is for a request ahead of it, by preemption or because that starves");
  if (claims.stopping > 0)
    reasons.push(`${claims.stopping} instances are about to stop, and nothing more is evicted until they have`);
  return reasons.join("; ");
}

/** Launches of its app that were refused lately; `null`: there are none that matter now. */
function refusedReason(request: Request, state: State, nowMs: number): string | null {
  const { launchFailures } = state;
  const { app } = request;
  const nextMs = launchFailures.nextMs(app, launchOwner(request, state), nowMs);
  if (nextMs === null) return null;
  if (isGivenUp(request, state, nowMs)) return `${GIVEN_UP}: it is tried again at ${clock(nextMs)}`;
  const paused = isLaunchPaused(request, state, nowMs);
  const where = paused ? "anywhere" : `on ${launchFailures.avoided(app, nowMs)?.size ?? 0} nodes`;
  return `launches of its app were refused lately: none is tried ${where} before ${clock(nextMs)}`;
}

/** What the quotas have to do with it: which one stops it, who could lend, and what may be reclaimed; `null`: they do not stop it. */
function quotaReason(request: Request, size: Resources, state: State): string | null {
  const { ledger, tiers, policy } = state;
  const { quotas } = ledger;
  const stop = ledger.quotaStop(request.user, size);
  if (stop === "user_quota") return ownReason(request, size, state);
  if (quotas === null || stop === null) return null;
  const { tier } = ledger.account(request.user);
  const [own, cohort] = quotas.lacking(tier, ledger.growth(request.user, size));
  const name = (id: number) => tiers[id]?.name ?? String(id);
  const lack =
    stop === "quota"
      ? `the nominal quota and the borrowing limit of its tier ${name(tier)} lack ${named(own)}`
      : `of what tiers lend ${named(cohort)} is missing; ${lenders(state)}`;
  if (state.wouldBorrow(request)) return `${lack}; it would go beyond its tier's nominal quota, so it reclaims nothing`;
  const reclaim = policy?.quotas?.reclaim;
  if (reclaim === undefined) return `${lack}; it is within its tier's nominal quota, and nothing is reclaimed`;
  const from = reclaim.from === "any" ? "any tier that borrows" : "lower priorities of tiers that borrow";
  return `${lack}; it is within its tier's nominal quota, and may reclaim from ${from} once it has waited ${reclaim.graceMs} ms`;
}

/** What of its user's own quota it lacks. */
function ownReason({ user }: Request, size: Resources, { ledger }: State): string {
  const { quota, count } = ledger.account(user);
  const most =
    quota !== null && ledger.instancesTooMany(user) > 0
      ? `its user has ${count} instances, of ${quota.instances} that it may`
      : "";
  const lacking = ledger.lackingOwn(user, size);
  const amounts = isZero(lacking) ? "" : `the quota of its user lacks ${named(lacking)}`;
  return [most, amounts].filter((text) => text !== "").join(", and ");
}

/** Who uses more than its own, and who leaves some idle that it lends. */
function lenders({ ledger, tiers }: State): string {
  const { quotas } = ledger;
  if (quotas === null) return "";
  const said = (amounts: readonly Resources[], verb: string) =>
    amounts.flatMap((amount, id) => (isZero(amount) ? [] : [`${tiers[id]?.name} ${verb} ${named(amount)}`]));
  const found = [...said(quotas.borrowed(), "borrows"), ...said(quotas.lent(), "leaves idle")];
  return found.length === 0 ? "nobody borrows, and nobody has any left" : found.join(", ");
}

/** Which node comes nearest, and what it lacks. */
function nodeReason(size: Resources, state: State, nodeName: (id: number) => string): string {
  const ready = state.nodes.all().filter((node) => node.state === "ready");
  const open = ready.filter((node) => roomOn(node) !== null);
  if (ready.length > 0 && open.length === 0) return "every node that is ready has as many instances as it may";
  const lacks = open.map(({ id, whole, capacity, free }) => {
    const lacking = excess(size, free);
    // As shares of the node, so that resources can be added up.
    const share = RESOURCE_NAMES.reduce((sum, name) => sum + (capacity[name] > 0 ? lacking[name] / capacity[name] : 0), 0);
    return { id, lacking, share, possible: fits(size, whole) };
  });
  const nearest = lacks.filter(({ possible }) => possible).sort((a, b) => a.share - b.share || a.id - b.id)[0];
  if (nearest === undefined) return ready.length === 0 ? "no node is ready" : `no node is large enough for ${named(size)}`;
  return `node ${nodeName(nearest.id)}, which comes nearest, lacks ${named(nearest.lacking)}`;
}

/** What elastic pools have to do with it; `null`: none has nodes that are large enough. */
function poolReason(size: Resources, { pools, nodes, pool }: State): string | null {
  const able = pools.elastic().filter(({ elastic }) => elastic.most > 0 && fits(size, elastic.capacity));
  if (able.length === 0) return null;
  const coming = able.reduce((sum, { id, asked }) => sum + Math.max(0, asked - nodes.readyIn(id)), 0);
  if (coming > 0) return `nodes on their way that are large enough: ${coming}`;
  if (able.every(({ asked, elastic }) => asked >= elastic.most))
    return "the pools that could help have as many nodes as they may";
  return pool === null ? "a pool could be given a node, but no slot pool asks for it" : "no pool has been asked for a node yet";
}

function excess(needed: Resources, available: Resources): Resources {
  return maximum(NO_RESOURCES, subtract(needed, available));
}
