import type { Because } from "../decisions.ts";
import type { UserId } from "../ids.ts";
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
    raises.sort((a, b) => b.priority - a.priority || a.user - b.user);
    for (const { user, wanted, why: reason } of raises) {
      const granted = ledger.grant(user, wanted, this.#state.capacity);
      const why = equal(granted, wanted) ? reason : { ...reason, guardrail: this.#cutBy(user, wanted) };
      if (!equal(granted, ledger.account(user).reserved)) this.#hold(user, granted, why);
      if (!isZero(granted)) toReview.add(user);
    }
  }

  /** More is demanded than is held: where the policy says so, that is raised at once, as far as its bounds and the ledger let it. */
  surge(user: UserId, demanded: Resources): void {
    const { ledger, capacity, frozen } = this.#state;
    if (frozen) return;
    const { guard } = this.#state.wantsOf(user);
    const account = ledger.account(user);
    const bounded = guard?.surge(account, demanded) ?? null;
    if (bounded === null) return;
    const granted = maximum(account.reserved, ledger.grant(user, bounded.amount, capacity));
    if (equal(granted, account.reserved)) return;
    const guardrail = equal(granted, bounded.amount) ? bounded.guardrail : this.#cutBy(user, bounded.amount);
    this.#hold(user, granted, { ...because("demand_above"), guardrail, rung: "reactive" });
    this.#state.toReview.add(user);
  }

  #cutBy(user: UserId, wanted: Resources): "quota" | "capacity" {
    const quota = this.#state.ledger.mostReserved(user);
    return quota === null || fits(wanted, quota) ? "capacity" : "quota";
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
    if (ledger.quotas !== null) this.#trimTo(ledger.quotas);
    if (capacity === null || fits(ledger.total, capacity)) return;
    const holders = ledger
      .accounts()
      .filter((account) => !isZero(account.reserved))
      .sort((a, b) => this.#state.tier(a.tier).priority - this.#state.tier(b.tier).priority || b.id - a.id);
    for (const { id, reserved, instances } of holders) {
      if (fits(ledger.total, capacity)) return;
      const excess = maximum(NO_RESOURCES, subtract(ledger.total, capacity));
      const freed = minimum(maximum(NO_RESOURCES, subtract(reserved, instances)), excess);
      if (isZero(freed)) continue;
      this.#hold(id, subtract(reserved, freed), { ...because("node_lost"), guardrail: "capacity" });
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
