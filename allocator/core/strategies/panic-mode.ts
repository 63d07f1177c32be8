import type { ByteReader, ByteWriter } from "../bytes.ts";

/** How the Knative Pod Autoscaler turns concurrency into replicas. */
export interface PanicRule {
  /** Requests in the system that one ready instance is to have. */
  readonly target: number;
  /** Panic from so many times the ready instances on. */
  readonly threshold: number;
  /** How long panic lasts after the last time above the threshold. */
  readonly stableMs: number;
  /** The most by which the ready instances are multiplied, and by which they are divided, at once. */
  readonly upRate: number;
  readonly downRate: number;
}

/**
 * The two modes of the Knative Pod Autoscaler (pkg/autoscaler/scaling/autoscaler.go, Scale): ⌈mean concurrency ÷ target⌉ replicas, by
 * the mean over the stable window; where the mean over the panic window asks for `threshold` times the ready ones or more, panic begins,
 * and lasts until the stable window has passed without that. In panic the larger of both answers counts, and nothing is taken away.
 * No answer is above `upRate` × the ready ones, rounded up, or below the ready ones ÷ `downRate`, rounded down; none ready count as one.
 */
export class PanicMode {
  /** When panic was last called for; `null`: there is none. */
  #sinceMs: number | null = null;
  /** The most replicas of this panic. */
  #most = 0;

  get isOn(): boolean {
    return this.#sinceMs !== null;
  }

  /** With `ready` instances to begin with and no history: more than one are kept as in panic, until there is a history. */
  begin(ready: number, nowMs: number): void {
    this.#sinceMs = ready > 1 ? nowMs : null;
    this.#most = ready;
  }

  decide(ready: number, { stable, panic }: { stable: number; panic: number }, rule: PanicRule, nowMs: number): number {
    const base = Math.max(1, ready);
    const ceiling = Math.ceil(rule.upRate * base);
    const floor = Math.floor(base / rule.downRate);
    const within = (replicas: number) => Math.min(Math.max(replicas, floor), ceiling);
    const surge = Math.ceil(panic / rule.target);
    if (surge / base >= rule.threshold) this.#sinceMs = nowMs;
    else if (this.#sinceMs !== null && this.#sinceMs + rule.stableMs < nowMs) {
      this.#sinceMs = null;
      this.#most = 0;
    }
    const calm = within(Math.ceil(stable / rule.target));
    if (this.#sinceMs === null) return calm;
    this.#most = Math.max(this.#most, calm, within(surge));
    return this.#most;
  }

  write(out: ByteWriter): void {
    out.optionalMs(this.#sinceMs);
    out.u32(this.#most);
  }

  read(from: ByteReader): void {
    this.#sinceMs = from.optionalMs();
    this.#most = from.u32();
  }
}
