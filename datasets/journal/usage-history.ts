import type { UsageObserved } from "../../allocator/core/events.ts";
import type { UserId } from "../../allocator/core/ids.ts";

/** The samples of use in a journal, by column: an object a sample would cost ten times the memory. */
export class UsageHistory {
  readonly atMs: number[] = [];
  readonly user: UserId[] = [];
  readonly windowMs: number[] = [];
  readonly amounts: number[] = [];
  /** Samples whose true demand may have been higher. */
  saturated = 0;
  /** Samples that another of the same user and instant replaced. */
  replaced = 0;
  /** By user, the rows of the instant that came last. */
  readonly #latest = new Map<UserId, number>();

  get count(): number {
    return this.atMs.length;
  }

  /** In order of time. Of a user's samples at the same instant, the last counts. */
  observe({ atMs, user, windowMs, used, saturated }: UsageObserved): void {
    if (saturated) this.saturated += 1;
    if (atMs !== this.atMs[this.count - 1]) this.#latest.clear();
    const earlier = this.#latest.get(user);
    if (earlier !== undefined) this.replaced += 1;
    const row = earlier ?? this.count;
    this.#latest.set(user, row);
    this.atMs[row] = atMs;
    this.user[row] = user;
    this.windowMs[row] = windowMs;
    this.amounts[4 * row] = used.cpuMillis;
    this.amounts[4 * row + 1] = used.memoryMiB;
    this.amounts[4 * row + 2] = used.gpuMillis;
    this.amounts[4 * row + 3] = used.networkKbps;
  }
}
