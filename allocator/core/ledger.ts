import { invariant, known } from "./assert.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { ChangedIds } from "./changed-ids.ts";
import { type Holding, Holdings } from "./holdings.ts";
import type { AppId, TierId, UserId } from "./ids.ts";
import type { QuotaSpec, UserQuotasSpec } from "./policy.ts";
import { Quotas } from "./quotas.ts";
import { add, equal, fits, maximum, minimum, NO_RESOURCES, type Resources, subtract } from "./resources.ts";
import { nameHash } from "./rollout.ts";
import { type UserQuota, userQuota } from "./user-quota.ts";

/** What goes beyond a user's quota. */
interface Excess {
  readonly amounts: Resources;
  readonly instances: number;
}

/** Who a user is. */
interface Identity {
  readonly name: string;
  readonly role: string;
  /** IANA name. */
  readonly timeZone: string;
}

const NOBODY: Identity = { name: "", role: "", timeZone: "UTC" };

const NONE: Excess = { amounts: NO_RESOURCES, instances: 0 };

export interface Account extends Holding {
  readonly id: UserId;
  readonly name: string;
  /** Of its name: for draws that do not rest on the order in which users came. */
  readonly nameHash: number;
  role: string;
  /** Nothing here rests on it: forecasts do, and the next profile is held against this one. */
  timeZone: string;
  tier: TierId;
  permissions: readonly number[] | null;
  /** Apps of which nothing is started ahead for the user. */
  optOut: readonly number[];
  reserved: Resources;
  instances: Resources;
  count: number;
  quota: UserQuota | null;
  /** How far it was beyond its quota when that was last in order: the world, or a new quota, put it there. */
  excess: Excess;
  /** Σ requested by the user's requests that are waiting or running: demand, as far as it can be observed. */
  demand: Resources;
  /** The largest demand since the last tick. */
  peakDemand: Resources;
  /** The last use observed: that is demand too. Where a control interval has no sample of its own, the last one stands in. */
  usage: Resources;
  /** Whether a sample came since the last tick. */
  sampled: boolean;
  /** Until when `usage` speaks: a sample stands in for one window, then demand is missing. `null`: never measured. */
  usageUntilMs: number | null;
}

/** Whether the user's use is measured and no sample speaks for the control interval that ends at `nowMs`: nothing is known, which is not the same as nothing used. */
export function isSilent({ sampled, usageUntilMs }: Account, nowMs: number): boolean {
  return usageUntilMs !== null && !sampled && nowMs > usageUntilMs;
}

/**
 * Who holds how much. The sum over users plus the unbound shadows never exceeds the capacity that is ready. A reservation is an entry here: not a process, not tied to a node.
 *
 * An idle instance of a shared app stays with the user it last served until another binds it or it stops; so what a reservation
 * guarantees is never promised twice.
 */
export class Ledger extends Holdings {
  readonly #accounts: Account[] = [];
  #total: Resources = NO_RESOURCES;
  #unbound: Resources = NO_RESOURCES;
  /** Users of whom what is held, or the instances, changed. */
  readonly changed = new ChangedIds<UserId>();
  quotas: Quotas | null = null;
  #userQuotas: UserQuotasSpec | undefined;
  /** Where users have quotas: of whom something changed since those were checked last. */
  readonly #unchecked = new ChangedIds<UserId>();
  /** For whom more is reserved than a new quota, or that of a new role, lets be. */
  readonly overReserved = new ChangedIds<UserId>();

  get boundsUsers(): boolean {
    return this.#userQuotas !== undefined;
  }

  /** Under these quotas from now on. @param tiers names, by id. */
  setQuotas(spec: QuotaSpec | undefined, tiers: readonly string[]): void {
    this.quotas = spec?.tiers === undefined ? null : Quotas.of({ ...spec, tiers: spec.tiers }, tiers);
    this.#userQuotas = spec?.users;
    for (const account of this.#accounts) {
      this.#setQuota(account);
      const { tier, reserved, instances } = account;
      this.quotas?.use(tier, maximum(reserved, instances));
      this.quotas?.reserve(tier, reserved);
    }
    this.rebase();
  }

  #setQuota(account: Account): void {
    account.quota = userQuota(this.#userQuotas, account.name, account.role);
    account.excess = excessOf(account);
    if (account.quota !== null && !fits(account.reserved, account.quota.max)) this.overReserved.add(account.id);
  }

  /** Takes things as they are, and no quota as broken: the world made them so. */
  rebase(): void {
    this.quotas?.rebase();
    for (const user of this.#unchecked.take()) {
      const account = this.account(user);
      account.excess = excessOf(account);
    }
  }

  /** The user has another role, and so perhaps another quota, or is elsewhere. */
  setIdentity(account: Account, { role, timeZone }: Identity): void {
    account.role = role;
    account.timeZone = timeZone;
    this.#setQuota(account);
  }

  /** The user is of another tier: what it holds is in that one's quota. */
  setTier(account: Account, tier: TierId): void {
    const held = maximum(account.reserved, account.instances);
    for (const [of, sign] of [
      [account.tier, -1],
      [tier, 1],
    ] as const) {
      this.quotas?.use(of, sign > 0 ? held : subtract(NO_RESOURCES, held));
      this.quotas?.reserve(of, sign > 0 ? account.reserved : subtract(NO_RESOURCES, account.reserved));
    }
    account.tier = tier;
    this.quotas?.rebase();
  }

  open(
    id: UserId,
    tier: TierId,
    permissions: readonly number[] | null,
    optOut: readonly number[] = [],
    { name, role, timeZone }: Identity = NOBODY,
  ): void {
    invariant(id === this.#accounts.length, "user ids are dense");
    this.#accounts.push({
      id,
      name,
      nameHash: nameHash(name),
      role,
      timeZone,
      tier,
      permissions,
      optOut,
      reserved: NO_RESOURCES,
      instances: NO_RESOURCES,
      count: 0,
      quota: userQuota(this.#userQuotas, name, role),
      excess: NONE,
      demand: NO_RESOURCES,
      peakDemand: NO_RESOURCES,
      usage: NO_RESOURCES,
      sampled: false,
      usageUntilMs: null,
    });
  }

  /** Whether the user is known already. */
  has(id: UserId): boolean {
    return id < this.#accounts.length;
  }

  account(user: UserId): Account {
    return known(this.#accounts[user], "user");
  }

  mayRun(user: UserId, app: AppId): boolean {
    const { permissions } = this.account(user);
    return permissions === null || permissions.includes(app);
  }

  /** Whether instances of the app may be started ahead of the user's asking: who may not run it, or does not want that, gets none. */
  mayStartAhead(user: UserId, app: AppId): boolean {
    return this.mayRun(user, app) && !this.account(user).optOut.includes(app);
  }

  /** Whether somebody could be who a shadow of the app, started for nobody yet, is started for. */
  anyoneMayStartAhead(app: AppId): boolean {
    return this.#accounts.some(({ id }) => this.mayStartAhead(id, app));
  }

  accounts(): readonly Account[] {
    return this.#accounts;
  }

  get total(): Resources {
    return this.#total;
  }

  holding(user: UserId): Holding {
    return this.account(user);
  }

  take(user: UserId | null, size: Resources): void {
    this.#move(user, size, 1);
  }

  #move(user: UserId | null, size: Resources, count: number): void {
    if (user === null) {
      this.#unbound = add(this.#unbound, size);
      this.#total = add(this.#total, size);
      return;
    }
    const account = this.account(user);
    // Without a reservation, what a user's instances take is all that is held.
    const growth = account.reserved === NO_RESOURCES ? size : this.growth(user, size);
    this.#total = add(this.#total, growth);
    this.quotas?.use(account.tier, growth);
    account.instances = add(account.instances, size);
    account.count += count;
    if (this.boundsUsers) this.#unchecked.add(user);
    this.changed.add(user);
  }

  give(user: UserId | null, size: Resources): void {
    if (user !== null) invariant(fits(size, this.account(user).instances), "no user holds less than nothing");
    this.#move(user, subtract(NO_RESOURCES, size), -1);
  }

  reserve(user: UserId, amount: Resources): void {
    const account = this.account(user);
    const before = maximum(account.reserved, account.instances);
    this.quotas?.reserve(account.tier, subtract(amount, account.reserved));
    account.reserved = amount;
    const growth = subtract(maximum(amount, account.instances), before);
    this.#total = add(this.#total, growth);
    if (this.boundsUsers) this.#unchecked.add(user);
    this.quotas?.use(account.tier, growth);
    this.changed.add(user);
  }

  /** As much of `wanted` as the capacity can guarantee (`capacity` null is without limit), and as the user's tier may have reserved. */
  grant(user: UserId, wanted: Resources, capacity: Resources | null): Resources {
    const quota = this.mostReserved(user);
    const within = quota === null ? wanted : minimum(wanted, quota);
    if (capacity === null) return within;
    const account = this.account(user);
    const room = maximum(NO_RESOURCES, subtract(capacity, this.total));
    return minimum(within, add(maximum(account.reserved, account.instances), room));
  }

  /** The most that the quotas let be reserved for the user; `null`: there are none. */
  mostReserved(user: UserId): Resources | null {
    const { tier, reserved, instances, quota } = this.account(user);
    if (this.quotas === null) return quota === null ? null : quota.max;
    const ofTier = minimum(
      add(maximum(reserved, instances), this.quotas.room(tier)),
      add(reserved, this.quotas.reservable(tier)),
    );
    return quota === null ? ofTier : minimum(quota.max, ofTier);
  }

  /** Whether nobody went further beyond its own quota than it was: nothing that the allocator decides may put anyone there. */
  keepsUserQuotas(): boolean {
    return this.#unchecked.take().every((user) => {
      const account = this.account(user);
      const now = excessOf(account);
      const isKept = fits(now.amounts, account.excess.amounts) && now.instances <= account.excess.instances;
      account.excess = now;
      return isKept;
    });
  }

  addDemand(user: UserId, amount: Resources): void {
    const account = this.account(user);
    account.demand = add(account.demand, amount);
    if (!fits(account.demand, account.peakDemand)) account.peakDemand = maximum(account.peakDemand, account.demand);
  }

  /** Takes a sample in: the mean use over the window that ends at `atMs`. */
  observe(user: UserId, used: Resources, atMs: number, windowMs: number): Account {
    const account = this.account(user);
    account.usage = used;
    account.sampled = true;
    account.usageUntilMs = atMs + windowMs;
    account.peakDemand = maximum(account.peakDemand, used);
    return account;
  }

  /** A control interval ends: without a sample of its own, the last one stands in for as long as it may. */
  endInterval(account: Account, nowMs: number): void {
    if (account.usageUntilMs === null || account.sampled || nowMs > account.usageUntilMs) return;
    account.peakDemand = maximum(account.peakDemand, account.usage);
  }

  /** The next one begins: its largest demand so far is what is demanded now. */
  beginInterval(account: Account): void {
    account.peakDemand = account.demand;
    account.sampled = false;
  }

  removeDemand(user: UserId, amount: Resources): void {
    const account = this.account(user);
    account.demand = subtract(account.demand, amount);
  }

  /** The same totals, from nothing: for checking. `unbound`: Σ size of the shadows. */
  checkTotals(unbound: Resources): void {
    this.#checkQuotas();
    let held = NO_RESOURCES;
    for (const { reserved, instances } of this.#accounts) held = add(held, maximum(reserved, instances));
    invariant(equal(add(held, unbound), this.#total), "the ledger's total is the sum of its accounts and shadows");
    invariant(equal(unbound, this.#unbound), "the ledger's shadows are those that take capacity");
  }

  #checkQuotas(): void {
    const { quotas } = this;
    if (quotas === null) return;
    for (const tier of new Set(this.#accounts.map((account) => account.tier))) {
      const own = this.#accounts.filter((account) => account.tier === tier);
      const sum = (of: (account: Account) => Resources) => own.reduce((total, account) => add(total, of(account)), NO_RESOURCES);
      const { used, reserved } = quotas.totals(tier);
      const held = sum((account) => maximum(account.reserved, account.instances));
      invariant(equal(held, used), "what a tier uses is the sum of what its users hold");
      invariant(
        equal(
          sum((account) => account.reserved),
          reserved,
        ),
        "what a tier has reserved is the sum of its users'",
      );
    }
  }

  write(out: ByteWriter): void {
    out.u32(this.#accounts.length);
    for (const account of this.#accounts) {
      out.u32(account.tier);
      out.text(account.name);
      out.text(account.role);
      out.text(account.timeZone);
      out.bool(account.permissions !== null);
      if (account.permissions !== null) out.u32s(Uint32Array.from(account.permissions));
      out.u32s(Uint32Array.from(account.optOut));
      out.sums(account.reserved);
      out.sums(account.instances);
      out.u32(account.count);
      out.sums(account.demand);
      out.sums(account.peakDemand);
      out.resources(account.usage);
      out.bool(account.sampled);
      out.optionalMs(account.usageUntilMs);
    }
    out.sums(subtract(this.#total, this.#unbound));
    out.sums(this.#unbound);
  }

  static read(from: ByteReader): Ledger {
    const ledger = new Ledger();
    const count = from.u32();
    for (let id = 0; id < count; id += 1) {
      const tier = from.u32() as TierId;
      const [name, role, timeZone] = [from.text(), from.text(), from.text()];
      ledger.open(id as UserId, tier, from.bool() ? [...from.u32s()] : null, [...from.u32s()], { name, role, timeZone });
      const account = ledger.account(id as UserId);
      account.reserved = from.sums();
      account.instances = from.sums();
      account.count = from.u32();
      account.demand = from.sums();
      account.peakDemand = from.sums();
      account.usage = from.resources();
      account.sampled = from.bool();
      account.usageUntilMs = from.optionalMs();
    }
    const held = from.sums();
    ledger.#unbound = from.sums();
    ledger.#total = add(held, ledger.#unbound);
    return ledger;
  }
}

function excessOf({ quota, reserved, instances, count }: Account): Excess {
  if (quota === null) return NONE;
  const amounts = maximum(NO_RESOURCES, subtract(maximum(reserved, instances), quota.max));
  return { amounts, instances: Math.max(0, count - quota.instances) };
}
