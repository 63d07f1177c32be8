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
