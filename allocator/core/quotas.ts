import type { TierId } from "./ids.ts";
import type { TierQuotaSpec } from "./policy.ts";
import {
  add,
  fits,
  maximum,
  minimum,
  NO_RESOURCES,
  RESOURCE_NAMES,
  type ResourceName,
  type Resources,
  subtract,
} from "./resources.ts";
import { UNLIMITED } from "./user-quota.ts";

/** What keeps a tier from more: its own nominal quota and borrowing limit (`quota`), or that nobody has any left to lend (`cohort`). */
export type TierStop = "quota" | "cohort";

/** What is given to tiers, and what is nobody's own. */
export interface TierQuotasSpec {
  readonly tiers: Readonly<Record<string, TierQuotaSpec>>;
  readonly cohort?: Partial<Resources>;
}

/** Of one tier; amounts of resources that no quota names are without limit. */
interface TierQuota {
  readonly nominal: Resources;
  /** Nominal quota and borrowing limit together. */
  readonly most: Resources;
  /** Of the nominal quota, what is never lent. */
  readonly guaranteed: Resources;
  /** What is held for its users: their reservations, or their instances where they take more. */
  used: Resources;
  /** Σ of what is reserved for its users: never more than the nominal quota. */
  reserved: Resources;
}

/**
 * What the users of each tier may hold together, and what they may borrow of what other tiers leave idle: the quotas of Kueue, where a
 * tier is a ClusterQueue and all tiers are one cohort (kueue.sigs.k8s.io, concepts/cluster_queue and concepts/cohort; API v1beta1).
 *
 * Of each resource, a tier that uses u may have so much more:
 *
 *     min( nominalQuota + borrowingLimit − u,  max(0, g − u) + cohort − Σ over tiers of max(0, their u − their g) )
 *
 * where g = nominalQuota − lendingLimit is what it never lends (nothing, without a lending limit), and cohort is Σ (nominalQuota − g) and
 * what belongs to the cohort itself. A resource that no quota names is not bounded; of one that some name, the others own nothing.
 */
export class Quotas {
  readonly #bounded: readonly ResourceName[];
  readonly #tiers: readonly TierQuota[];
  readonly #cohort: Resources;
  /** By how much each tier, and last the cohort, was above what it may be, when that was last in order. */
  #excess: readonly Resources[] = [];

  private constructor(bounded: readonly ResourceName[], tiers: readonly TierQuota[], cohort: Resources) {
    this.#bounded = bounded;
    this.#tiers = tiers;
    this.#cohort = cohort;
  }

  /** Of which nothing is used. @param tiers names, by id. */
  static of(spec: TierQuotasSpec, tiers: readonly string[]): Quotas {
    const given = [spec.cohort ?? {}, ...Object.values(spec.tiers).map(({ nominal }) => nominal)];
    const bounded = RESOURCE_NAMES.filter((name) => given.some((amounts) => amounts[name] !== undefined));
    const each = (amount: (name: ResourceName) => number, otherwise: number) => amountsOf(bounded, amount, otherwise);
    const quotas = tiers.map((tier) => {
      const {
        nominal = {},
        borrowing,
        lending,
      } = (Object.hasOwn(spec.tiers, tier) ? (spec.tiers[tier] as TierQuotaSpec) : {}) as Partial<TierQuotaSpec>;
      const own = (name: ResourceName) => nominal[name] ?? 0;
      const limit = (name: ResourceName) => borrowing?.[name];
      return {
        nominal: each(own, UNLIMITED),
        most: each((name) => (limit(name) === undefined ? UNLIMITED : own(name) + (limit(name) as number)), UNLIMITED),
        guaranteed: each((name) => Math.max(0, own(name) - (lending?.[name] ?? own(name))), 0),
        used: NO_RESOURCES,
        reserved: NO_RESOURCES,
      };
    });
    const lent = quotas.reduce((sum, { nominal, guaranteed }) => add(sum, subtract(nominal, guaranteed)), NO_RESOURCES);
    return new Quotas(
      bounded,
      quotas,
      each((name) => (spec.cohort?.[name] ?? 0) + lent[name], UNLIMITED),
    );
  }

  /** The same quotas, used as far as these are: for counting what would be, which leaves these as they are. */
  copy(): Quotas {
    return new Quotas(
      this.#bounded,
      this.#tiers.map((quota) => ({ ...quota })),
      this.#cohort,
    );
  }

  /** What is held for users of the tier grows by so much; below zero, it falls. */
  use(tier: TierId, growth: Resources): void {
    const quota = this.#of(tier);
    quota.used = add(quota.used, growth);
  }

  /** What is reserved for them grows by so much. */
  reserve(tier: TierId, growth: Resources): void {
    const quota = this.#of(tier);
    quota.reserved = add(quota.reserved, growth);
  }

  /** What is held for users of the tier, and what is reserved for them. */
  totals(tier: TierId): { readonly used: Resources; readonly reserved: Resources } {
    return this.#of(tier);
  }

  /** By how much more its users may hold. */
  room(tier: TierId): Resources {
    const { used, most, guaranteed } = this.#of(tier);
    const free = maximum(NO_RESOURCES, subtract(this.#cohort, this.#cohortUse()));
    const own = maximum(NO_RESOURCES, subtract(guaranteed, used));
    return this.#only(minimum(maximum(NO_RESOURCES, subtract(most, used)), add(own, free)));
  }

  /** By how much more may be reserved for its users: only of what is their own, since what is reserved cannot be reclaimed. */
  reservable(tier: TierId): Resources {
    const { nominal, reserved } = this.#of(tier);
    return this.#only(maximum(NO_RESOURCES, subtract(nominal, reserved)));
  }

  /** What is reserved for its users beyond what is their own: after a change of policy or of a user's tier, until it is let go. */
  overReserved(tier: TierId): Resources {
    const { nominal, reserved } = this.#of(tier);
    return beyond(reserved, nominal);
  }

  /** Why the tier may not have so much more; `null`: it may. */
  stop(tier: TierId, growth: Resources): TierStop | null {
    const room = this.room(tier);
    const short = this.#bounded.filter((name) => growth[name] > 0 && growth[name] > room[name]);
    if (short.length === 0) return null;
    const { used, most } = this.#of(tier);
    return short.some((name) => used[name] + growth[name] > most[name]) ? "quota" : "cohort";
  }

  /** Whether the tier would go beyond what is its own in a resource that `growth` takes. */
  wouldBorrow(tier: TierId, growth: Resources): boolean {
    const { nominal, used } = this.#of(tier);
    return this.#bounded.some((name) => growth[name] > 0 && used[name] + growth[name] > nominal[name]);
  }

  /** Whether the tier is beyond its nominal quota in a resource of which there is something in both amounts. */
  borrows(tier: TierId, size: Resources, asked: Resources): boolean {
    const { nominal, used } = this.#of(tier);
    return this.#bounded.some((name) => size[name] > 0 && asked[name] > 0 && used[name] > nominal[name]);
  }

  /** Whether it could have so much if nobody used anything. */
  couldEverHold(tier: TierId, size: Resources): boolean {
    const { most, guaranteed } = this.#of(tier);
    const all = minimum(most, add(guaranteed, this.#cohort));
    return this.#bounded.every((name) => size[name] <= all[name]);
  }

  /** What the tier lacks of its own quota, and what of the cohort's, to have so much more. */
  lacking(tier: TierId, growth: Resources): readonly [own: Resources, cohort: Resources] {
    const { used, most, guaranteed } = this.#of(tier);
    const grown = maximum(NO_RESOURCES, growth);
    const shared = add(this.#cohortUse(), subtract(beyond(add(used, grown), guaranteed), beyond(used, guaranteed)));
    return [beyond(add(used, grown), most), beyond(shared, this.#cohort)];
  }

  /** What each tier uses beyond its nominal quota. */
  borrowed(): readonly Resources[] {
    return this.#tiers.map(({ nominal, used }) => beyond(used, nominal));
  }

  /** What each tier leaves idle of what it lends. */
  lent(): readonly Resources[] {
    return this.#tiers.map(({ nominal, guaranteed, used }) => {
      const idle = beyond(nominal, maximum(guaranteed, used));
      return amountsOf(this.#bounded, (name) => idle[name], 0);
    });
  }

  /**
   * Whether no tier, nor all together, went further beyond what they may hold than they were: a new policy, another tier of a user, or an
   * instance that the world resized may put them there, and nothing that the allocator decides may.
   */
  isKept(): boolean {
    const now = this.#excesses();
    const kept = now.every((excess, i) => fits(excess, this.#excess[i] ?? NO_RESOURCES));
    this.#excess = now;
    return kept;
  }

  /** Takes things as they are: the world made them so. */
  rebase(): void {
    this.#excess = this.#excesses();
  }

  #excesses(): readonly Resources[] {
    return [...this.#tiers.map(({ used, most }) => beyond(used, most)), beyond(this.#cohortUse(), this.#cohort)];
  }

  /** What is used of what is lent: by each tier, all beyond what it never lends. */
  #cohortUse(): Resources {
    let sum = NO_RESOURCES;
    for (const { used, guaranteed } of this.#tiers) sum = add(sum, beyond(used, guaranteed));
    return sum;
  }

  /** Amounts that no quota names are without limit. */
  #only(amounts: Resources): Resources {
    return amountsOf(this.#bounded, (name) => amounts[name], UNLIMITED);
  }

  #of(tier: TierId): TierQuota {
    return this.#tiers[tier] as TierQuota;
  }
}

function beyond(used: Resources, limit: Resources): Resources {
  return maximum(NO_RESOURCES, subtract(used, limit));
}

function amountsOf(names: readonly ResourceName[], amount: (name: ResourceName) => number, otherwise: number): Resources {
  const of = (name: ResourceName) => (names.includes(name) ? amount(name) : otherwise);
  return { cpuMillis: of("cpuMillis"), memoryMiB: of("memoryMiB"), gpuMillis: of("gpuMillis"), networkKbps: of("networkKbps") };
}
