import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { AllocatorEvent } from "../../allocator/core/events.ts";
import { InputError } from "../../datasets/issues.ts";
import type { ForecastSet } from "../../models/forecast-set.ts";
import { ForecastSetError, readForecastSet } from "../../models/forecast-store.ts";

/** Sets in memory at once. */
const MOST_SETS = 8;

/** Forecast sets beside a journal, loaded when first referred to. */
export class JournalForecasts {
  readonly #directory: string;
  readonly #sets = new Map<string, ForecastSet>();

  /** @param directory where they are; without it, `forecasts/` beside the journal at `path`. */
  constructor(path: string, directory: string | undefined) {
    this.#directory = directory ?? join(dirname(path), "forecasts");
  }

  /** The event as the core took it: of a forecast the journal has the digest alone, and the numbers are in its set. */
  async whole(event: AllocatorEvent): Promise<AllocatorEvent> {
    if (event.kind !== "forecast_issued") return event;
    const set = await this.#load(event.setDigest);
    const found = event.batchIndex < set.count ? set.batchDigest(event.batchIndex) : "none";
    if (found !== event.batchDigest) {
      const where = this.#pathOf(event.setDigest);
      throw new InputError([{ where, path: `batch ${event.batchIndex}`, expected: event.batchDigest, found }]);
    }
    return { ...event, batch: set.batch(event.batchIndex) };
  }

  async #load(digest: string): Promise<ForecastSet> {
    const loaded = this.#sets.get(digest);
    if (loaded !== undefined) return loaded;
    const path = this.#pathOf(digest);
    if (!statSync(path, { throwIfNoEntry: false })?.isFile())
      throw new InputError([{ where: path, expected: "the forecast set that the journal refers to", found: "no such file" }]);
    try {
      const set = await readForecastSet(path);
      if (set.digest !== digest) throw new ForecastSetError(`another one, ${set.digest}`);
      this.#sets.set(digest, set);
      // A live run has a set for each instant: those of long ago are not asked for again.
      for (const old of [...this.#sets.keys()].slice(0, -MOST_SETS)) this.#sets.delete(old);
      return set;
    } catch (error) {
      if (!(error instanceof ForecastSetError)) throw error;
      throw new InputError([{ where: path, expected: "the forecast set that the journal refers to", found: error.message }]);
    }
  }

  #pathOf(digest: string): string {
    return join(this.#directory, `${digest}.arrow.gz`);
  }
}
