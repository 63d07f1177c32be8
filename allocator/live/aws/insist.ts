import { randomInt } from "node:crypto";
import type { FailureReason } from "../../core/events.ts";
import type { Clock } from "../ports.ts";
import { describeError, verdictOn } from "./aws-errors.ts";

const FIRST_MS = 200;
const MOST_MS = 20_000;

/** A decision that AWS does not carry out, and why. */
export class AwsRefusal extends Error {
  override readonly name = "AwsRefusal";
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Asks AWS again while it says to come back later, each time after a longer wait, drawn at random so that not all come back at once. */
export class Insistence {
  readonly #clock: Clock;
  readonly #log: (what: string) => void;
  readonly #wakes = new Set<() => void>();
  #isOver = false;

  constructor(clock: Clock, log: (what: string) => void) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Whether nothing is asked any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * @param what for the log.
   * @param forMs how long to go on; `Infinity`: until it works.
   * @throws AwsRefusal
   */
  async insist<T>(what: string, forMs: number, otherwise: FailureReason, act: () => Promise<T>): Promise<T> {
    const untilMs = this.#clock.nowMs() + forMs;
    for (let tries = 0; ; tries += 1) {
      if (this.#isOver) throw new AwsRefusal("timeout", "the run has stopped");
      try {
        return await act();
      } catch (error) {
        const verdict = verdictOn(error, otherwise);
        if (verdict !== "retry") throw new AwsRefusal(verdict, describeError(error));
        const waitMs = backoffMs(tries);
        if (this.#clock.nowMs() + waitMs > untilMs) throw new AwsRefusal("timeout", describeError(error));
        this.#log(`${what}: ${describeError(error)}; again in ${waitMs} ms`);
        await this.#sleep(waitMs);
      }
    }
  }

  /** Whoever waits is told at once. */
  end(): void {
    this.#isOver = true;
    for (const wake of this.#wakes) wake();
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#wakes.delete(done);
        cancel();
        resolve();
      };
      const cancel = this.#clock.wakeAt(this.#clock.nowMs() + ms, done);
      this.#wakes.add(done);
    });
  }
}

/** Between half and all of twice the wait before, up to a bound. */
export function backoffMs(tries: number): number {
  const ms = Math.min(FIRST_MS * 2 ** Math.min(tries, 20), MOST_MS);
  return ms / 2 + randomInt(ms / 2 + 1);
}
