import type { Arbiter } from "./arbiter.ts";
import type { EventOf } from "./events.ts";
import type { UserId } from "./ids.ts";
import { isIdle } from "./instances.ts";
import type { Wants } from "./rollout.ts";
import { isLive, type State } from "./state.ts";

/** What is in force, and for whom: the profiles of users, the policy, how far a candidate is, whether all is frozen. */
export class Regime {
  readonly #state: State;
  readonly #arbiter: Arbiter;

  constructor(state: State, arbiter: Arbiter) {
    this.#state = state;
    this.#arbiter = arbiter;
  }

  /** A new user, or another profile of one that is known: what is idle and reserved is looked at again. */
  userDefined({ user, tier, permissions, optOut, atMs, ...identity }: EventOf<"user_defined">): void {
    const { ledger, instances, toReview } = this.#state;
    if (!ledger.has(user)) return ledger.open(user, tier, permissions, optOut, identity);
    const account = ledger.account(user);
    ledger.setTier(account, tier);
    ledger.setIdentity(account, identity);
    account.permissions = permissions;
    account.optOut = optOut;
    toReview.add(user);
    for (const instance of [...instances.values()]) {
      if (instance.user !== user || !isIdle(instance)) continue;
      instances.placeIdle(instance, this.#state.idlePlace(instance)); // its tier says in which list it is
      this.#arbiter.warmth.settleIdle(instance, atMs);
    }
    if (ledger.hasQuotas) this.#arbiter.capacityChanged();
  }

  /** The new policy speaks for what is idle and reserved now, too. */
  policyActivated({ policy, atMs }: EventOf<"policy_activated">): void {
    this.#state.activate(policy);
    this.#state.budget?.advance(this.#state.ledger.total, atMs);
    this.#arbiter.reservations.trim();
    this.#adoptReplicas(atMs);
    for (const instance of [...this.#state.instances.idle]) this.#arbiter.warmth.settleIdle(instance, atMs);
    this.#arbiter.reservations.review(atMs);
    this.#arbiter.admission.serveWaiting();
    this.#arbiter.poolSizing.scanNext(atMs);
  }

  /**
   * Of those for whom another policy decides from now on, what is idle is looked at at once, and what is reserved when the control
   * interval ends. Nothing changes for the others.
   */
  stageSet({ kind: _kind, seq: _seq, atMs, ...rollout }: EventOf<"stage_set">): void {
    const state = this.#state;
    const accounts = state.ledger.accounts();
    const before = accounts.map(({ id }) => state.wantsOf(id));
    const ofNobody = state.wantsOf(null);
    state.setRollout(rollout);
    const moved = new Set<UserId | null>();
    if (state.wantsOf(null) !== ofNobody) moved.add(null);
    accounts.forEach((account, i) => {
      const was = before[i] as Wants;
      const is = state.wantsOf(account.id);
      if (was === is) return;
      moved.add(account.id);
      if (was.guard !== is.guard) {
        was.guard?.forget(account.id);
        is.guard?.beginInterval(account);
      }
      state.toReview.add(account.id);
    });
    const groups = state.instances.groups().filter(({ user }) => moved.has(user));
    for (const instance of [...state.instances.values()]) {
      if (isIdle(instance) && moved.has(state.groupOf(instance).user)) this.#arbiter.warmth.settleIdle(instance, atMs);
    }
    for (const group of groups) this.#arbiter.warmth.meetTarget(group, atMs);
    this.#arbiter.admission.serveWaiting();
  }

  /** When it is over, what is idle is as if it had become so now, and every target is looked at again. */
  freezeSet({ frozen, atMs }: EventOf<"freeze_set">): void {
    const state = this.#state;
    const was = state.frozen;
    state.frozen = frozen;
    if (frozen || !was) return;
    for (const instance of [...state.instances.values()]) {
      if (isIdle(instance)) this.#arbiter.warmth.settleIdle(instance, atMs);
      else if (instance.phase === "suspended" && instance.keepUntilMs === null) this.#arbiter.warmth.keepUntil(instance, atMs);
    }
    for (const group of [...state.instances.groups()]) this.#arbiter.warmth.meetTarget(group, atMs);
    this.#arbiter.admission.serveWaiting();
  }

  /** What is there now, and what waits, are what the slot `replicas` begins with. */
  #adoptReplicas(nowMs: number): void {
    const state = this.#state;
    if (state.replicas === null) return;
    for (const instance of state.instances.values()) {
      if (isLive(instance)) state.observeReplica(instance, nowMs);
    }
    for (const { user, app, requested } of state.waiting)
      state.replicas.arrived(state.group(user, app), nowMs, state.app(app).concurrency, requested);
    for (const group of state.instances.groups()) state.replicas.adopted(group, nowMs);
  }
}
