import type { TierId, UserId } from "./ids.ts";
import type { QuotaStop, Quotas } from "./quotas.ts";
import { add, fits, maximum, NO_RESOURCES, type Resources, subtract } from "./resources.ts";

/** What is held for one user. */
export interface Holding {
  readonly tier: TierId;
  /** R: what is held for the user, whether instances use it or not. */
  readonly reserved: Resources;
  /** Σ size of the user's own instances. */
  readonly instances: Resources;
}

/**
 * What can be asked of who holds how much: of the ledger as it is, or as it would be. A user holds `max(R, instances)`, resource by
 * resource.
 */
export abstract class Holdings {
  /** What tiers may hold; shadows are in none. `null`: the policy sets no quotas. */
  abstract readonly quotas: Quotas | null;
  /** Σ held + unbound shadows. */
  abstract readonly total: Resources;
  abstract holding(user: UserId): Holding;

  /** By how much the total grows when `user` (null: nobody) takes an instance of `size`. */
  growth(user: UserId | null, size: Resources): Resources {
    if (user === null) return size;
    const { reserved, instances } = this.holding(user);
    return subtract(maximum(reserved, add(instances, size)), maximum(reserved, instances));
  }

  /**
   * Whether `user` may take an instance of `size`, so that the total stays within `capacity` (null: without limit) and its tier within
   * its quota.
   */
  hasRoom(user: UserId | null, size: Resources, capacity: Resources | null): boolean {
    if (this.quotas !== null && this.quotaStop(user, size) !== null) return false;
    if (capacity === null) return true;
    const { total } = this;
    if (user === null) return fits(add(total, size), capacity);
    return staysWithin(capacity, total, NO_RESOURCES, this.holding(user), NO_RESOURCES, size);
  }

  /** Why the quotas keep `user` from an instance of `size`; `null`: they do not. */
  quotaStop(user: UserId | null, size: Resources): QuotaStop | null {
    if (this.quotas === null || user === null) return null;
    return this.quotas.stop(this.holding(user).tier, this.growth(user, size));
  }

  /** Whether the user's tier would go beyond its nominal quota with it. */
  wouldBorrow(user: UserId | null, size: Resources): boolean {
    if (this.quotas === null || user === null) return false;
    return this.quotas.wouldBorrow(this.holding(user).tier, this.growth(user, size));
  }

  /** What is missing for `user` to have an instance of `size`: of the capacity, of its tier's quota, of what others lend. */
  lacking(user: UserId, size: Resources, capacity: Resources | null): readonly Resources[] {
    const growth = this.growth(user, size);
    const room = capacity === null ? NO_RESOURCES : subtract(add(this.total, growth), capacity);
    const quotas = this.quotas?.lacking(this.holding(user).tier, growth) ?? [];
    return [maximum(NO_RESOURCES, room), ...quotas];
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
