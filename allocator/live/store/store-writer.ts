import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Backoff } from "../backoff.ts";
import { JournalTail } from "../journal-tail.ts";
import type { Clock } from "../ports.ts";
import { Sleeper } from "../sleeper.ts";
import type { TelemetryLog } from "../telemetry-log.ts";
import { Portions } from "./portions.ts";
import { type Store, StoreError } from "./store.ts";

const EVERY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
/** Rows of one portion. */
const MOST_ROWS = 10_000;

export interface StoreWriterOptions {
  readonly store: Store;
  /** The run's state folder. */
  readonly state: string;
  /** How far the journal is synced, in bytes. */
  readonly synced: () => Promise<number>;
  readonly clock: Clock;
  readonly log: TelemetryLog;
}

/**
 * Follows a run's journal, and keeps in the store what others look for there. Each event is there once, however often either side
 * crashes, because the store knows how many it has; while it is away, the run goes on.
 */
export class StoreWriter {
  readonly #options: StoreWriterOptions;
  readonly #run: string;
  /** `null`: the journal is to be read from its start. */
  #reading: { readonly tail: JournalTail; readonly portions: Portions } | null = null;
  readonly #sleeper: Sleeper;
  readonly #backoff = new Backoff(EVERY_MS, LONGEST_RETRY_MS);
  #running: Promise<void> = Promise.resolve();

  constructor(options: StoreWriterOptions) {
    this.#options = options;
    this.#sleeper = new Sleeper(options.clock);
    this.#run = runId(options.state);
  }

  /** By which the store knows the run. */
  get run(): string {
    return this.#run;
  }

  start(): void {
    this.#running = this.#follow();
  }

  /** Once all that is synced is in the store, or it is away. */
  async stop(): Promise<void> {
    this.#sleeper.end();
    await this.#running;
  }

  async #follow(): Promise<void> {
    const { clock, log, store } = this.#options;
    for (let isLast = false; !isLast; ) {
      isLast = this.#sleeper.isOver;
      try {
        await this.#write();
        if (this.#backoff.failures > 0) log.info({ store: store.name, afterTries: this.#backoff.failures }, "the store is back");
        this.#backoff.worked();
        if (!isLast) await this.#sleeper.until(clock.nowMs() + EVERY_MS);
      } catch (error) {
        const waitMs = this.#backoff.nextMs();
        const why = (error as Error).message;
        log.warn({ store: store.name, why, tries: this.#backoff.failures, waitMs }, "not stored yet");
        if (!(error instanceof StoreError)) return;
        if (!isLast) await this.#sleeper.until(clock.nowMs() + waitMs);
      }
    }
  }

  async #write(): Promise<void> {
    const { state, store, synced } = this.#options;
    const inStore = await store.events(this.#run);
    if (this.#reading?.portions.taken !== inStore) {
      this.#reading = { tail: new JournalTail(join(state, "journal.prae.gz")), portions: new Portions(inStore) };
    }
    const { tail, portions } = this.#reading;
    try {
      for await (const steps of tail.steps(await synced())) {
        portions.onSteps(steps);
        if (portions.rows >= MOST_ROWS) await this.#give(portions);
      }
      await this.#give(portions);
    } catch (error) {
      this.#reading = null; // what was read and not stored is read again
      throw error;
    }
  }

  async #give(portions: Portions): Promise<void> {
    const from = portions.taken;
    const portion = portions.take();
    if (portion === null || (await this.#options.store.add(this.#run, from, portion))) return;
    throw new StoreError(`somebody else stored events of the run behind ${from}`);
  }
}

/** Made once for a state folder, whatever becomes of its journal. */
function runId(state: string): string {
  const path = join(state, "store-run");
  if (!existsSync(path)) writeFileSync(path, `${randomUUID()}\n`, { flag: "wx" });
  return readFileSync(path, "utf8").trim();
}
