import type { Because, Guardrail } from "../decisions.ts";
import type { UserId } from "../ids.ts";
import type { Account } from "../ledger.ts";
import type { Outbox } from "../outbox.ts";
import type { Quotas } from "../quotas.ts";
import { equal, fits, isZero, maximum, minimum, NO_RESOURCES, type Resources, subtract } from "../resources.ts";
import type { State } from "../state.ts";
import { because } from "./because.ts";

/** How much is held for whom: as the slot `reserve` wants, as far as the ledger can guarantee it. */
export class Reservations {
  readonly #state: State;
  readonly #out: Outbox;

  constructor(state: State, out: Outbox) {
    this.#state = state;
    this.#out = out;
  }

  /**
   * Gives every user under review what the reserve slot wants: first what goes down, then what goes up, by priority, as far as
   * the ledger can guarantee it.
   */
  review(nowMs: number): void {
    const { ledger, reserves, toReview, frozen } = this.#state;
    const raises: { user: UserId; wanted: Resources; priority: number; why: Because }[] = [];
    for (const user of toReview) {
      const account = ledger.account(user);
      ledger.endInterval(account, nowMs);
      const { reserve, guard } = this.#state.wantsOf(user);
      const asked = reserve.want(account, nowMs);
      // To a strategy, being asked is seeing a control interval end: the one that does not decide sees it, too.
      for (const other of reserves) if (other !== reserve) other.want(account, nowMs);
      guard?.beginInterval(account);
      const bounded = asked === null || guard === null ? null : guard.bound(account, asked, nowMs);
      const wanted = bounded?.amount ?? asked;
      ledger.beginInterval(account);
      if (!frozen && wanted !== null && !equal(wanted, account.reserved)) {
        const reason = reserve.because(user);
        const why = bounded === null ? reason : { ...reason, guardrail: bounded.guardrail };
        if (fits(wanted, account.reserved)) this.#hold(user, wanted, why);
        else raises.push({ user, wanted, priority: this.#state.tier(account.tier).priority, why });
      }
      const demanded = !isZero(account.demand) || !isZero(account.usage);
      if (isZero(account.reserved) && !demanded && !reserve.expects(user, nowMs)) {
        toReview.delete(user);
        guard?.forget(user);
      }
    }
    if (!frozen) this.#keepToBudget(nowMs);
    raises.sort((a, b) => b.priority - a.priority || a.user - b.user);
    for (const { user, wanted, why: reason } of raises) {
      const granted = this.#grant(user, wanted, nowMs);
      const why = equal(granted, wanted) ? reason : { ...reason, guardrail: this.#cutBy(user, wanted) };
      if (!equal(granted, ledger.account(user).reserved)) this.#hold(user, granted, why);
      if (!isZero(granted)) toReview.add(user);
    }
  }

  /** More is demanded than is held: where the policy says so, that is raised at once, as far as its bounds and the ledger let it. */
  surge(user: UserId, demanded: Resources): void {
    const { ledger, frozen } = this.#state;
    if (frozen) return;
    const { guard } = this.#state.wantsOf(user);
    const account = ledger.account(user);
    const bounded = guard?.surge(account, demanded) ?? null;
    if (bounded === null) return;
    const granted = maximum(account.reserved, this.#grant(user, bounded.amount, this.#out.atMs));
    if (equal(granted, account.reserved)) return;
    const guardrail = equal(granted, bounded.amount) ? bounded.guardrail : this.#cutBy(user, bounded.amount);
    this.#hold(user, granted, { ...because("demand_above"), guardrail, rung: "reactive" });
    this.#state.toReview.add(user);
  }

  /** As much of it as capacity, quotas and the budget allow. */
  #grant(user: UserId, wanted: Resources, nowMs: number): Resources {
    const { ledger, capacity, budget } = this.#state;
    const granted = ledger.grant(user, wanted, capacity);
    if (budget === null) return granted;
    const { reserved, instances } = ledger.account(user);
    return budget.within(maximum(reserved, instances), granted, ledger.total, nowMs);
  }

  /** What keeps the user from having all of it. */
  #cutBy(user: UserId, wanted: Resources): Guardrail {
    const { ledger, capacity } = this.#state;
    const own = ledger.account(user).quota;
    if (own !== null && !fits(wanted, own.max)) return "user_quota";
    const quota = ledger.mostReserved(user);
    if (quota !== null && !fits(wanted, quota)) return "quota";
    return equal(ledger.grant(user, wanted, capacity), wanted) ? "budget" : "capacity";
  }

  /** More is held than the budget allows, since requests took it or the day's is nearly spent: what is held ahead of them goes, lowest priority first. */
  #keepToBudget(nowMs: number): void {
    const { ledger, budget } = this.#state;
    if (budget === null) return;
    for (const { id, reserved, instances } of this.#holders()) {
      const ahead = maximum(NO_RESOURCES, subtract(reserved, instances));
      const freed = budget.excess(ahead, ledger.total, nowMs);
      if (!isZero(freed)) this.#hold(id, subtract(reserved, freed), { ...because("over_budget"), guardrail: "budget" });
    }
  }

  /** Who has a reservation, the lowest priority first, and of equals who came last. */
  #holders(): Account[] {
    const priority = ({ tier }: Account) => this.#state.tier(tier).priority;
    const holders = this.#state.ledger.accounts().filter(({ reserved }) => !isZero(reserved));
    return holders.sort((a, b) => priority(a) - priority(b) || b.id - a.id);
  }

  #hold(user: UserId, amount: Resources, why: Because): void {
    this.#state.ledger.reserve(user, amount);
    if (isZero(amount)) this.#out.decide({ kind: "release", seq: 0, index: 0, because: why, user });
    else this.#out.decide({ kind: "reserve", seq: 0, index: 0, because: why, user, resources: amount });
  }

  /**
   * After capacity is lost: lets go of reservations, lowest priority first, until the rest is backed again. And where a quota became
   * lower, or a user came into another tier: what is reserved beyond it, of the users who came last first.
   */
  trim(): void {
    const { ledger, capacity } = this.#state;
    this.#trimToOwn();
    if (ledger.quotas !== null) this.#trimTo(ledger.quotas);
    if (capacity === null || fits(ledger.total, capacity)) return;
    for (const { id, reserved, instances } of this.#holders()) {
      if (fits(ledger.total, capacity)) return;
      const excess = maximum(NO_RESOURCES, subtract(ledger.total, capacity));
      const freed = minimum(maximum(NO_RESOURCES, subtract(reserved, instances)), excess);
      if (isZero(freed)) continue;
      this.#hold(id, subtract(reserved, freed), { ...because("node_lost"), guardrail: "capacity" });
    }
  }

  #trimToOwn(): void {
    const { ledger } = this.#state;
    for (const id of ledger.overReserved.take()) {
      const { reserved, quota } = ledger.account(id);
      if (quota === null || fits(reserved, quota.max)) continue;
      this.#hold(id, minimum(reserved, quota.max), { ...because("quota_lowered"), guardrail: "user_quota" });
    }
  }

  #trimTo(quotas: Quotas): void {
    for (const { id, tier } of [...this.#state.ledger.accounts()].reverse()) {
      const { reserved } = this.#state.ledger.account(id);
      const freed = minimum(reserved, quotas.overReserved(tier));
      if (!isZero(freed)) this.#hold(id, subtract(reserved, freed), { ...because("quota_lowered"), guardrail: "quota" });
    }
  }
}
