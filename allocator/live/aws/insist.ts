import type { FailureReason } from "../../core/events.ts";
import { Backoff, jittered } from "../backoff.ts";
import type { Clock } from "../ports.ts";
import { Sleeper } from "../sleeper.ts";
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
  readonly #sleeper: Sleeper;
  readonly #mayAsk: () => void;

  /** @param mayAsk asked right before each try; throws where nothing must be asked any more. */
  constructor(clock: Clock, log: (what: string) => void, mayAsk: () => void) {
    this.#clock = clock;
    this.#sleeper = new Sleeper(clock);
    this.#log = log;
    this.#mayAsk = mayAsk;
  }

  /** Whether nothing is asked any more. */
  get isOver(): boolean {
    return this.#sleeper.isOver;
  }

  /**
   * @param what for the log.
   * @param forMs how long to go on; `Infinity`: until it works.
   * @throws AwsRefusal; what `mayAsk` throws
   */
  async insist<T>(what: string, forMs: number, otherwise: FailureReason, act: () => Promise<T>): Promise<T> {
    const untilMs = this.#clock.nowMs() + forMs;
    const backoff = awsBackoff();
    for (;;) {
      if (this.isOver) throw new AwsRefusal("timeout", "the run has stopped");
      this.#mayAsk();
      try {
        return await act();
      } catch (error) {
        const verdict = verdictOn(error, otherwise);
        if (verdict !== "retry") throw new AwsRefusal(verdict, describeError(error));
        const waitMs = jittered(backoff.nextMs());
        if (this.#clock.nowMs() + waitMs > untilMs) throw new AwsRefusal("timeout", describeError(error));
        this.#log(`${what}: ${describeError(error)}; again in ${waitMs} ms`);
        await this.#sleeper.until(this.#clock.nowMs() + waitMs);
      }
    }
  }

  /** Whoever waits is told at once. */
  end(): void {
    this.#sleeper.end();
  }
}

export function awsBackoff(): Backoff {
  return new Backoff(FIRST_MS, MOST_MS);
}
