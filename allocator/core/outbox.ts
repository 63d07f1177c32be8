import type { Because, Decision } from "./decisions.ts";

type WithoutToken<T> = T extends Decision ? Omit<T, "seq" | "index" | "because"> : never;

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

  decide(decision: WithoutToken<Decision>, because: Because): void {
    const token = decision as Decision;
    token.seq = this.#seq;
    token.index = this.#decisions.length;
    token.because = because;
    this.#decisions.push(token);
  }

  decisions(): readonly Decision[] {
    return this.#decisions;
  }
}
