import type { AllocatorEvent } from "../../core/events.ts";
import type { JournalStep } from "../../journal/reader.ts";
import { Directory } from "../directory.ts";
import type { Portion, ProfileRow, UsageRow } from "./store.ts";

/** What of a journal's steps a store keeps, in portions. Given all steps from the first on, because names are told once. */
export class Portions {
  readonly #names = new Directory();
  /** Events seen so far. */
  #events = 0;
  /** Events that are in the store, or in a portion that was taken. */
  #taken: number;
  #profiles: ProfileRow[] = [];
  #usage: UsageRow[] = [];

  /** @param inStore events that the store has: of them only the names are learned. */
  constructor(inStore: number) {
    this.#taken = inStore;
  }

  /** The number of the next portion's first event. */
  get taken(): number {
    return this.#taken;
  }

  /** Rows that were not taken yet. */
  get rows(): number {
    return this.#profiles.length + this.#usage.length;
  }

  onSteps(steps: readonly JournalStep[]): void {
    for (const { event, decisions } of steps) {
      this.#names.onStep(event, decisions);
      this.#events += 1;
      if (this.#events > this.#taken) this.#keep(event);
    }
  }

  /** What came since the last time; `null`: nothing did. */
  take(): Portion | null {
    if (this.#events <= this.#taken) return null;
    const portion = { events: this.#events, profiles: this.#profiles, usage: this.#usage };
    this.#taken = this.#events;
    this.#profiles = [];
    this.#usage = [];
    return portion;
  }

  #keep(event: AllocatorEvent): void {
    if (event.kind === "usage_observed") {
      const { atMs, windowMs, used, saturated } = event;
      this.#usage.push({ user: this.#names.user(event.user), atMs, windowMs, used, saturated });
    }
    if (event.kind === "user_defined") {
      const { atMs: sinceMs, role, timeZone } = event;
      const app = (id: (typeof event.optOut)[number]) => this.#names.app(id);
      this.#profiles.push({
        user: this.#names.user(event.user),
        sinceMs,
        tier: this.#names.tier(event.tier),
        role,
        timeZone,
        permissions: event.permissions?.map(app) ?? null,
        optOut: event.optOut.map(app),
      });
    }
  }
}
