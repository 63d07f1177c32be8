import type { Mutation } from "./mutant.ts";

const QUOTAS = "allocator/core/quotas.ts";
const TAKING = "allocator/core/admit/taking.ts";
const EVICTION = "allocator/core/eviction.ts";

/** What tiers may hold, borrow and take back. */
export const QUOTA_MUTATIONS: readonly Mutation[] = [
  {
    rule: "a tier borrows no more than its limit",
    file: QUOTAS,
    find: "own(name) + (limit(name) as number)",
    replace: "own(name) + 2 * (limit(name) as number)",
  },
  {
    rule: "what a tier does not lend is its own",
    file: QUOTAS,
    find: "Math.max(0, own(name) - (lending?.[name] ?? own(name)))",
    replace: "0 * own(name) * (lending?.[name] ?? 0)",
  },
  {
    rule: "what belongs to the cohort itself any may borrow",
    file: QUOTAS,
    find: "(spec.cohort?.[name] ?? 0) + lent[name]",
    replace: "lent[name]",
  },
  {
    rule: "using all of the nominal quota is not borrowing",
    file: QUOTAS,
    find: "used[name] + growth[name] > nominal[name]",
    replace: "used[name] + growth[name] >= nominal[name]",
  },
  {
    rule: "only what is a tier's own is reserved for its users",
    file: "allocator/core/ledger.ts",
    find: "add(reserved, this.quotas.reservable(tier))",
    replace: "add(reserved, this.quotas.room(tier))",
  },
  {
    rule: "who would borrow reclaims nothing",
    file: TAKING,
    find: "reclaim !== undefined && !state.wouldBorrow(request)",
    replace: "reclaim !== undefined",
  },
  {
    rule: "what is reclaimed may be of any priority",
    file: TAKING,
    find: 'reclaim.from === "any" ? Number.POSITIVE_INFINITY : request.priority',
    replace: "request.priority",
  },
  {
    rule: "under quotas a tier preempts only its own",
    file: TAKING,
    find: "quotas === null || tierOf(instance) === tier;",
    replace: "true || tierOf(instance) === tier;",
  },
  {
    rule: "no tier loses what is its own",
    file: EVICTION,
    find: "return draft.quotas.borrows(tier, size, asked);",
    replace: "return true || draft.quotas.borrows(tier, size, asked);",
  },
  {
    rule: "who stays within its own comes before who would borrow",
    file: "allocator/core/admit/turns.ts",
    find: "if (a.borrows !== b.borrows) return Number(a.borrows) - Number(b.borrows);",
    replace: "",
  },
  {
    rule: "what is being reclaimed nobody borrows meanwhile",
    file: "allocator/core/claims.ts",
    find: "return byQuota === 0 ? precedes(claimant, request) : byQuota > 0;",
    replace: "return precedes(claimant, request);",
  },
  {
    rule: "what waits before it uses a quota up, as far as pools are asked to grow",
    file: "allocator/core/pools/lacking-room.ts",
    find: "  draft.keep(user, size);\n",
    replace: "",
  },
  {
    rule: "pools do not grow for whom a quota stops",
    file: "allocator/core/pools/lacking-room.ts",
    find: "if (draft.quotaStop(user, size) !== null) return false;",
    replace: "",
  },
  {
    rule: "what is reserved beyond a lowered quota is let go",
    file: "allocator/core/arbiter/reservations.ts",
    find: "if (ledger.quotas !== null) this.#trimTo(ledger.quotas);",
    replace: "",
  },
  {
    rule: "whom its quota stops keeps no other from having room made",
    file: "allocator/core/arbiter/admission.ts",
    find: " || this.#isStopped(first);",
    replace: ";",
  },
];
