import type { Decision } from "./decisions.ts";

/** The decisions of one event, in order, each with its token. */
export class Outbox {
  readonly #decisions: Decision[] = [];
  #seq = 0;
  #atMs = 0;

  open(seq: number, atMs: number): void {
    this.#seq = seq;
    this.#atMs = atMs;
    while (this.#decisions.length > 0) this.#decisions.pop(); // setting the length is many times as slow
  }

  get seq(): number {
    return this.#seq;
  }

  /** The event's time. */
  get atMs(): number {
    return this.#atMs;
  }

  get nextIndex(): number {
    return this.#decisions.length;
  }

  /** Gives it its token: `seq` and `index` are there only so that the object has its form from the start, which is faster. */
  decide(decision: Decision): void {
    decision.seq = this.#seq;
    decision.index = this.#decisions.length;
    this.#decisions.push(decision);
  }

  decisions(): readonly Decision[] {
    return this.#decisions;
  }
}
