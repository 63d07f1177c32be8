import type { Mutation } from "./mutant.ts";

const HOLDINGS = "allocator/core/holdings.ts";
const LEDGER = "allocator/core/ledger.ts";
const USER_QUOTA = "allocator/core/user-quota.ts";
const EVICTION = "allocator/core/eviction.ts";

/** What each user may hold. */
export const USER_QUOTA_MUTATIONS: readonly Mutation[] = [
  {
    rule: "a user has as many instances as its quota, and no more",
    file: HOLDINGS,
    find: "if (count >= quota.instances) return true;",
    replace: "if (count > quota.instances) return true;",
  },
  {
    rule: "a user holds all that its quota says",
    file: HOLDINGS,
    find: "held > quota.max[name] &&",
    replace: "held >= quota.max[name] &&",
  },
  {
    rule: "what a user's name says stands in place of what its role does",
    file: USER_QUOTA,
    find: "[own(spec.named, name), own(spec.roles, role), spec.each ?? {}]",
    replace: "[own(spec.roles, role), own(spec.named, name), spec.each ?? {}]",
  },
  {
    rule: "no more is reserved for a user than its quota",
    file: LEDGER,
    find: "return quota === null ? null : quota.max;",
    replace: "return null;",
  },
  {
    rule: "no more is reserved for a user than its quota, where tiers have some, too",
    file: LEDGER,
    find: "return quota === null ? ofTier : minimum(quota.max, ofTier);",
    replace: "return ofTier;",
  },
  {
    rule: "a user of another role has the quota of that one",
    file: LEDGER,
    find: "    account.timeZone = timeZone;\n    this.#setQuota(account);\n",
    replace: "    account.timeZone = timeZone;\n",
  },
  {
    rule: "what an instance gives back is one less of its user's",
    file: LEDGER,
    find: "account.count += count;",
    replace: "account.count += Math.max(0, count);",
  },
  {
    rule: "one's own idle instances make way under one's own quota",
    file: EVICTION,
    find: "if (victim.user === user && draft.instancesTooMany(user) > 0) return true;",
    replace: "",
  },
  {
    rule: "under one's own quota one's own idle instances go first",
    file: EVICTION,
    find: "if (!isOwnFirst) return",
    replace: "if (!isOwnFirst || shape !== null) return",
  },
  {
    rule: "who is beyond a new quota has reservations let go",
    file: "allocator/core/arbiter/reservations.ts",
    find: "    this.#trimToOwn();\n",
    replace: "",
  },
  {
    rule: "whose shared instance another took may have one more at once",
    file: "allocator/core/arbiter/instance-actions.ts",
    find: "if (wasBounded || hasReservation(user",
    replace: "if (hasReservation(user",
  },
  {
    rule: "elastic pools do not grow for whom its own quota stops",
    file: "allocator/core/pools/lacking-room.ts",
    find: "if (!ledger.hasQuotas) return waiting;",
    replace: "if (ledger.quotas === null) return waiting;",
  },
  {
    rule: "another role is another profile",
    file: "allocator/live/fleet-events.ts",
    find: "account?.tier !== event.tier || account.role !== event.role ||",
    replace: "account?.tier !== event.tier ||",
  },
];
