import { randomInt } from "node:crypto";

/** How long to wait before the next try: doubled each time, up to a bound; begun anew once a try worked. */
export class Backoff {
  readonly #firstMs: number;
  readonly #mostMs: number;
  #failures = 0;

  constructor(firstMs: number, mostMs: number) {
    this.#firstMs = firstMs;
    this.#mostMs = mostMs;
  }

  /** Tries that failed one after another. */
  get failures(): number {
    return this.#failures;
  }

  /** After a try that failed. */
  nextMs(): number {
    const ms = Math.min(this.#firstMs * 2 ** Math.min(this.#failures, 30), this.#mostMs);
    this.#failures += 1;
    return ms;
  }

  worked(): void {
    this.#failures = 0;
  }
}

/** Between half of it and all, by chance, so that many that wait do not come back together. */
export function jittered(ms: number): number {
  return ms / 2 + randomInt(Math.ceil(ms / 2) + 1);
}
