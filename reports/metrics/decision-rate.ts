import type { User } from "./entities.ts";
import { Distribution, ValueCounts } from "./value-counts.ts";

const DAY_MS = 86_400_000;

/** How many times a day each user's allocation is changed: reserve, release and resize, by (user, day of 24 h from `fromMs`). */
export class DecisionRate {
  readonly #fromMs: number;
  readonly #days: number;
  readonly #users = new Set<User>();

  /** Days with at least one decision, by tier. */
  readonly #busyDays: ValueCounts[] = [];

  constructor(fromMs: number, toMs: number) {
    this.#fromMs = fromMs;
    this.#days = Math.ceil((toMs - fromMs) / DAY_MS);
  }

  addUser(user: User): void {
    this.#users.add(user);
  }

  count(user: User, atMs: number): void {
    if (atMs < this.#fromMs) return;
    const day = Math.floor((atMs - this.#fromMs) / DAY_MS);
    if (day !== user.day) this.#closeDay(user);
    user.day = day;
    user.dayDecisions += 1;
  }

  #closeDay(user: User): void {
    if (user.dayDecisions === 0) return;
    this.#busyDays[user.tier] ??= new ValueCounts();
    this.#busyDays[user.tier]!.add(user.dayDecisions);
    user.dayDecisions = 0;
  }

  /** Decisions a user-day over every user of the tiers, days without any included. Ends the run. */
  finish(tiers: readonly number[]): Distribution {
    const quietDays = new ValueCounts();
    let userDays = 0;
    for (const user of this.#users) {
      if (!tiers.includes(user.tier)) continue;
      this.#closeDay(user);
      userDays += this.#days;
    }
    const busyDays = tiers.flatMap((tier) => this.#busyDays[tier] ?? []);
    quietDays.add(0, userDays - busyDays.reduce((sum, days) => sum + days.count, 0));
    return new Distribution([quietDays, ...busyDays]);
  }
}
