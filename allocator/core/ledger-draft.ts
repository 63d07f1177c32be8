import { type Holding, Holdings } from "./holdings.ts";
import type { UserId } from "./ids.ts";
import type { Ledger } from "./ledger.ts";
import type { Quotas } from "./quotas.ts";
import { add, NO_RESOURCES, type Resources, subtract } from "./resources.ts";

/** The ledger as it would be if some instances were given back: for looking. The ledger stays as it is. */
export class LedgerDraft extends Holdings {
  readonly #ledger: Ledger;
  readonly #given = new Map<UserId, { readonly size: Resources; readonly count: number }>();
  readonly quotas: Quotas | null;
  readonly boundsUsers: boolean;
  #total: Resources;

  constructor(ledger: Ledger) {
    super();
    this.#ledger = ledger;
    this.#total = ledger.total;
    this.quotas = ledger.quotas?.copy() ?? null;
    this.boundsUsers = ledger.boundsUsers;
  }

  get total(): Resources {
    return this.#total;
  }

  holding(user: UserId): Holding {
    const account = this.#ledger.account(user);
    const given = this.#given.get(user);
    if (given === undefined) return account;
    const { tier, reserved, quota } = account;
    return { tier, reserved, quota, instances: subtract(account.instances, given.size), count: account.count - given.count };
  }

  /** As if `user` (null: nobody) gave an instance of `size` back. */
  give(user: UserId | null, size: Resources): void {
    this.#move(user, size, 1);
  }

  /** As if it did not, after all; or took one more. */
  keep(user: UserId | null, size: Resources): void {
    this.#move(user, subtract(NO_RESOURCES, size), -1);
  }

  #move(user: UserId | null, given: Resources, count: number): void {
    const growth = this.growth(user, subtract(NO_RESOURCES, given));
    this.#total = add(this.#total, growth);
    if (user === null) return;
    this.quotas?.use(this.#ledger.account(user).tier, growth);
    const before = this.#given.get(user);
    this.#given.set(user, { size: add(before?.size ?? NO_RESOURCES, given), count: (before?.count ?? 0) + count });
  }
}
