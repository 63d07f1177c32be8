import { Admission } from "./arbiter/admission.ts";
import { because } from "./arbiter/because.ts";
import { HandOver } from "./arbiter/hand-over.ts";
import { InstanceActions } from "./arbiter/instance-actions.ts";
import { PoolSizing } from "./arbiter/pool-sizing.ts";
import { Preemption } from "./arbiter/preemption.ts";
import { Replication } from "./arbiter/replication.ts";
import { Reservations } from "./arbiter/reservations.ts";
import { Suspension } from "./arbiter/suspension.ts";
import { Warmth } from "./arbiter/warmth.ts";
import type { TimerId, UserId } from "./ids.ts";
import type { Outbox } from "./outbox.ts";
import type { Resources } from "./resources.ts";
import type { State } from "./state.ts";

/**
 * The only place where wants become decisions, under capacity and guardrails. Strategies say what they would like; the arbiter
 * knows what there is. Its state change and its decision go together: what is decided is assumed until the world says otherwise.
 */
export class Arbiter {
  readonly #state: State;
  readonly #out: Outbox;
  readonly actions: InstanceActions;
  readonly admission: Admission;
  readonly suspension: Suspension;
  readonly handOver: HandOver;
  readonly warmth: Warmth;
  readonly replication: Replication;
  readonly reservations: Reservations;
  readonly poolSizing: PoolSizing;

  constructor(state: State, out: Outbox) {
    this.#state = state;
    this.#out = out;
    this.actions = new InstanceActions(state, out);
    this.admission = new Admission(state, out, this.actions, new Preemption(state, out, this.actions));
    this.suspension = new Suspension(state, out, this.actions);
    this.handOver = new HandOver(state, this.actions);
    this.warmth = new Warmth(state, this.actions, this.suspension);
    this.replication = new Replication(state, this.actions, this.warmth);
    this.reservations = new Reservations(state, out);
    this.poolSizing = new PoolSizing(state, out, this.actions);
  }

  /** A control interval ends. */
  tick(nowMs: number): void {
    this.actions.reviewSizes(nowMs);
    this.reservations.review(nowMs);
    this.admission.serveWaiting();
    this.handOver.review();
    if (this.#state.replicas === null) return;
    this.replication.sync(nowMs);
    this.admission.serveWaiting();
  }

  /** More may be demanded of a user than is held for it. What is held from now on nobody keeps from it, and preempting may be enough. */
  surge(user: UserId, demanded: Resources): void {
    const { reserved } = this.#state.ledger.account(user);
    this.reservations.surge(user, demanded);
    if (this.#state.ledger.account(user).reserved !== reserved) this.admission.lookAgain();
  }

  /** Something was given back or lost: what nothing backs any more is let go, then the waiting are tried. */
  capacityChanged(): void {
    this.reservations.trim();
    this.admission.serveWaiting();
    this.handOver.review();
  }

  /** Asks the world for a timer at the core's earliest deadline, unless one is already due by then. */
  keepTimer(): void {
    const state = this.#state;
    const nextMs = state.agenda.nextMs;
    if (nextMs === null || (state.timer !== null && state.timer.atMs <= nextMs)) return;
    const why = because("agenda");
    const was = state.timer;
    if (was !== null) this.#out.decide({ kind: "cancel_timer", seq: 0, index: 0, because: why, timerId: was.id });
    const timerId = state.nextTimerId as TimerId;
    state.timer = { id: timerId, atMs: nextMs };
    state.nextTimerId += 1;
    this.#out.decide({ kind: "set_timer", seq: 0, index: 0, because: why, timerId, timerAtMs: nextMs });
  }
}
