import type { TierId, UserId } from "./ids.ts";
import type { Quotas, TierStop } from "./quotas.ts";
import { add, fits, maximum, NO_RESOURCES, RESOURCE_NAMES, type Resources, subtract } from "./resources.ts";
import type { UserQuota } from "./user-quota.ts";

/** Which quota keeps a user from an instance: its own, its tier's, or that nobody has any left to lend. */
export type QuotaStop = "user_quota" | TierStop;

/** What is held for one user. */
export interface Holding {
  readonly tier: TierId;
  /** R: what is held for the user, whether instances use it or not. */
  readonly reserved: Resources;
  /** Σ size of the user's own instances. */
  readonly instances: Resources;
  /** How many of those take capacity. */
  readonly count: number;
  /** The most that the user may hold; `null`: nothing bounds it alone. */
  readonly quota: UserQuota | null;
}

/**
 * What can be asked of who holds how much: of the ledger as it is, or as it would be. A user holds `max(R, instances)`, resource by
 * resource.
 */
export abstract class Holdings {
  /** What tiers may hold; shadows are in none. `null`: the policy sets no quotas. */
  abstract readonly quotas: Quotas | null;
  /** Whether the policy says what users may hold. */
  abstract readonly boundsUsers: boolean;
  /** Σ held + unbound shadows. */
  abstract readonly total: Resources;
  abstract holding(user: UserId): Holding;

  /** By how much the total grows when `user` (null: nobody) takes an instance of `size`. */
  growth(user: UserId | null, size: Resources): Resources {
    if (user === null) return size;
    const { reserved, instances } = this.holding(user);
    return subtract(maximum(reserved, add(instances, size)), maximum(reserved, instances));
  }

  /** Whether anybody can be kept from an instance by a quota. */
  get hasQuotas(): boolean {
    return this.quotas !== null || this.boundsUsers;
  }

  /**
   * Whether `user` may take an instance of `size`, so that the total stays within `capacity` (null: without limit), its tier within its
   * quota and the user, too.
   */
  hasRoom(user: UserId | null, size: Resources, capacity: Resources | null): boolean {
    if (this.hasQuotas && this.quotaStop(user, size) !== null) return false;
    if (capacity === null) return true;
    const { total } = this;
    if (user === null) return fits(add(total, size), capacity);
    return staysWithin(capacity, total, NO_RESOURCES, this.holding(user), NO_RESOURCES, size);
  }

  /** Why the quotas keep `user` from an instance of `size`; `null`: they do not. */
  quotaStop(user: UserId | null, size: Resources): QuotaStop | null {
    if (user === null) return null;
    const holding = this.holding(user);
    if (isBeyondOwn(holding, size)) return "user_quota";
    return this.quotas === null ? null : this.quotas.stop(holding.tier, this.growth(user, size));
  }

  /** Why the user could not have it even if nobody used anything; `null`: it could. */
  stopForEver(user: UserId, size: Resources): QuotaStop | null {
    const holding = this.holding(user);
    if (isBeyondOwn({ ...holding, reserved: NO_RESOURCES, instances: NO_RESOURCES, count: 0 }, size)) return "user_quota";
    return this.quotas === null || this.quotas.couldEverHold(holding.tier, size) ? null : "quota";
  }

  /** Whether the user's tier would go beyond its nominal quota with it. */
  wouldBorrow(user: UserId | null, size: Resources): boolean {
    if (this.quotas === null || user === null) return false;
    return this.quotas.wouldBorrow(this.holding(user).tier, this.growth(user, size));
  }

  /** What is missing for `user` to have an instance of `size`: of the capacity, of its own quota, of its tier's, of what others lend. */
  lacking(user: UserId, size: Resources, capacity: Resources | null): readonly Resources[] {
    const growth = this.growth(user, size);
    const room = capacity === null ? NO_RESOURCES : subtract(add(this.total, growth), capacity);
    const quotas = this.quotas?.lacking(this.holding(user).tier, growth) ?? [];
    return [maximum(NO_RESOURCES, room), this.lackingOwn(user, size), ...quotas];
  }

  /** Of its own quota. */
  lackingOwn(user: UserId, size: Resources): Resources {
    const { quota, reserved, instances } = this.holding(user);
    if (quota === null) return NO_RESOURCES;
    return maximum(NO_RESOURCES, subtract(maximum(reserved, add(instances, size)), quota.max));
  }

  /** How many instances too many the user would have with one more. */
  instancesTooMany(user: UserId): number {
    const { quota, count } = this.holding(user);
    return quota === null ? 0 : Math.max(0, count + 1 - quota.instances);
  }

  /** Whether the total shrinks, in any resource, when `user` gives an instance of `size` back, after others of its own, `before`. */
  wouldFree(user: UserId | null, size: Resources, before = NO_RESOURCES): boolean {
    if (user === null) return true;
    const { reserved, instances } = this.holding(user);
    return (
      (size.cpuMillis > 0 && instances.cpuMillis - before.cpuMillis > reserved.cpuMillis) ||
      (size.memoryMiB > 0 && instances.memoryMiB - before.memoryMiB > reserved.memoryMiB) ||
      (size.gpuMillis > 0 && instances.gpuMillis - before.gpuMillis > reserved.gpuMillis) ||
      (size.networkKbps > 0 && instances.networkKbps - before.networkKbps > reserved.networkKbps)
    );
  }
}

/** Whether one more instance, of `size`, would take the user beyond its quota: in number, or in something of which it then holds more. */
function isBeyondOwn({ quota, count, reserved, instances }: Holding, size: Resources): boolean {
  if (quota === null) return false;
  if (count >= quota.instances) return true;
  return RESOURCE_NAMES.some((name) => {
    const held = instances[name] + size[name];
    return held > quota.max[name] && held > Math.max(reserved[name], instances[name]);
  });
}

/**
 * Whether `total` without `without` stays within the limit when the instances of one whose holding is in it grow by `size`, after `given`
 * of them were given back. It is asked of everyone who waits, so it makes no objects.
 */
export function staysWithin(
  limit: Resources,
  total: Resources,
  without: Resources,
  { reserved, instances }: Holding,
  given: Resources,
  size: Resources,
): boolean {
  return (
    grown(total.cpuMillis - without.cpuMillis, reserved.cpuMillis, instances.cpuMillis - given.cpuMillis, size.cpuMillis) <=
      limit.cpuMillis &&
    grown(total.memoryMiB - without.memoryMiB, reserved.memoryMiB, instances.memoryMiB - given.memoryMiB, size.memoryMiB) <=
      limit.memoryMiB &&
    grown(total.gpuMillis - without.gpuMillis, reserved.gpuMillis, instances.gpuMillis - given.gpuMillis, size.gpuMillis) <=
      limit.gpuMillis &&
    grown(
      total.networkKbps - without.networkKbps,
      reserved.networkKbps,
      instances.networkKbps - given.networkKbps,
      size.networkKbps,
    ) <= limit.networkKbps
  );
}

function grown(total: number, reserved: number, instances: number, size: number): number {
  return total - Math.max(reserved, instances) + Math.max(reserved, instances + size);
}
