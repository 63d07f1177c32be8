import type { Clock } from "../../allocator/live/ports.ts";

/** A clock that stands until it is told to go on. */
export class ManualClock implements Clock {
  #nowMs: number;
  #wakes: { readonly atMs: number; readonly wake: () => void }[] = [];

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wakeAt(atMs: number, wake: () => void): () => void {
    const entry = { atMs, wake };
    this.#wakes.push(entry);
    return () => {
      this.#wakes = this.#wakes.filter((one) => one !== entry);
    };
  }

  /** Lets `ms` pass: whoever is due is woken in order of time. What that leaves to the event loop is given its turn. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      await settled();
      const due = this.#wakes.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#wakes = this.#wakes.filter((one) => one !== due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.wake();
    }
    this.#nowMs = untilMs;
    await settled();
  }
}

/** Writes and syncs under way have come to an end, and with them what they led to, however slow the disk is. */
async function settled(): Promise<void> {
  await sleep(15);
  for (let quiet = 0; quiet < 2; ) {
    quiet = process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq") || name === "Immediate") ? 0 : quiet + 1;
    await sleep(1);
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
