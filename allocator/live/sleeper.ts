import type { Clock } from "./ports.ts";

/** Waits for instants of a clock, until it is ended: then whoever waits goes on at once, and nobody waits again. */
export class Sleeper {
  readonly #clock: Clock;
  readonly #wakes = new Set<() => void>();
  #isOver = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves at `atMs`, or when this is ended. */
  until(atMs: number): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#wakes.delete(wake);
        cancel();
        resolve();
      };
      const cancel = this.#clock.wakeAt(atMs, wake);
      this.#wakes.add(wake);
    });
  }

  end(): void {
    this.#isOver = true;
    for (const wake of this.#wakes) wake();
  }
}
