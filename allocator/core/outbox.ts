import type { Because, Decision } from "./decisions.ts";

type WithoutToken<T> = T extends Decision ? Omit<T, "seq" | "index" | "because"> : never;

/** The decisions of one event, in order, each with its token. */
export class Outbox {
  readonly #decisions: Decision[] = [];
  #seq = 0;

  open(seq: number): void {
    this.#seq = seq;
    while (this.#decisions.length > 0) this.#decisions.pop(); // setting the length is many times as slow
  }

  get seq(): number {
    return this.#seq;
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
