import { type Holding, Holdings } from "./holdings.ts";
import type { UserId } from "./ids.ts";
import type { Ledger } from "./ledger.ts";
import type { Quotas } from "./quotas.ts";
import { add, NO_RESOURCES, type Resources, subtract } from "./resources.ts";

/** The ledger as it would be if some instances were given back: for looking. The ledger stays as it is. */
export class LedgerDraft extends Holdings {
  readonly #ledger: Ledger;
  readonly #given = new Map<UserId, Resources>();
  readonly quotas: Quotas | null;
  #total: Resources;

  constructor(ledger: Ledger) {
    super();
    this.#ledger = ledger;
    this.#total = ledger.total;
    this.quotas = ledger.quotas?.copy() ?? null;
  }

  get total(): Resources {
    return this.#total;
  }

  holding(user: UserId): Holding {
    const account = this.#ledger.account(user);
    const given = this.#given.get(user);
    if (given === undefined) return account;
    return { tier: account.tier, reserved: account.reserved, instances: subtract(account.instances, given) };
  }

  /** As if `user` (null: nobody) gave an instance of `size` back. */
  give(user: UserId | null, size: Resources): void {
    const growth = this.growth(user, subtract(NO_RESOURCES, size));
    this.#total = add(this.#total, growth);
    if (user === null) return;
    this.quotas?.use(this.#ledger.account(user).tier, growth);
    this.#given.set(user, add(this.#given.get(user) ?? NO_RESOURCES, size));
  }

  /** As if it did not, after all. */
  keep(user: UserId | null, size: Resources): void {
    this.give(user, subtract(NO_RESOURCES, size));
  }
}
