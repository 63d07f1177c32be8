import type { TimerId } from "../core/ids.ts";
import type { Unstamped } from "./fleet-events.ts";
import { type Edge, lastEdge } from "./freeze-windows.ts";
import type { Clock } from "./ports.ts";

/** When a run is woken: for the core's timer, where control intervals end, where freeze windows begin and end. */
export class LiveSchedule {
  readonly #clock: Clock;
  readonly #everyMs: number | null;
  readonly #edges: readonly Edge[];
  readonly #happened: (event: Unstamped) => void;
  #timer: { readonly id: TimerId; readonly cancel: () => void } | null = null;
  #cancelTick: () => void = () => {};
  #cancelEdge: () => void = () => {};
  #isCancelled = false;

  /** @param everyMs the control interval; `null`: there are no ticks. */
  constructor(clock: Clock, everyMs: number | null, edges: readonly Edge[], happened: (event: Unstamped) => void) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#edges = edges;
    this.#happened = happened;
  }

  /** @param lastMs the time of the last event: an edge that has passed since is made up for, ticks are not. */
  start(lastMs: number): void {
    const missed = lastEdge(this.#edges, lastMs, this.#clock.nowMs());
    if (missed !== undefined) this.#happened({ kind: "freeze_set", frozen: missed.frozen });
    this.#planEdge(this.#clock.nowMs());
    this.#planTick();
  }

  /** Wakes for the timer that the core asks for now, and for no other. */
  plan(wanted: { readonly id: TimerId; readonly atMs: number } | null): void {
    if (this.#isCancelled || wanted?.id === this.#timer?.id) return;
    this.#timer?.cancel();
    this.#timer = null;
    if (wanted === null) return;
    const { id } = wanted;
    const cancel = this.#clock.wakeAt(wanted.atMs, () => {
      this.#timer = null;
      this.#happened({ kind: "timer", timerId: id });
    });
    this.#timer = { id, cancel };
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#timer?.cancel();
    this.#cancelTick();
    this.#cancelEdge();
  }

  /** At whole multiples of the control interval. */
  #planTick(): void {
    const everyMs = this.#everyMs;
    if (everyMs === null || this.#isCancelled) return;
    const nextMs = (Math.floor(this.#clock.nowMs() / everyMs) + 1) * everyMs;
    this.#cancelTick = this.#clock.wakeAt(nextMs, () => {
      this.#happened({ kind: "tick" });
      this.#planTick();
    });
  }

  #planEdge(afterMs: number): void {
    const next = this.#edges.find(({ atMs }) => atMs > afterMs);
    if (next === undefined || this.#isCancelled) return;
    this.#cancelEdge = this.#clock.wakeAt(next.atMs, () => {
      this.#happened({ kind: "freeze_set", frozen: next.frozen });
      this.#planEdge(next.atMs);
    });
  }
}
