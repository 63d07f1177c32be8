import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { AllocatorCore } from "../../allocator/core/core.ts";
import type { AllocatorEvent } from "../../allocator/core/events.ts";
import { checkThoroughly } from "../../allocator/core/invariants.ts";
import { JournalReader } from "../../allocator/journal/reader.ts";
import { JournalWriter } from "../../allocator/journal/writer.ts";
import { InputError } from "../../datasets/issues.ts";
import type { ForecastSet } from "../../models/forecast-set.ts";
import { ForecastSetError, readForecastSet } from "../../models/forecast-store.ts";
import { journalSlices } from "./journal-file.ts";
import { EXIT, printJson, say } from "./output.ts";
import { Progress } from "./progress.ts";

/** Reads the whole journal and gives its digest. */
export async function verifyJournal(path: string, json: boolean): Promise<void> {
  const reader = new JournalReader(path);
  let events = 0;
  let decisions = 0;
  for await (const slice of journalSlices(reader, path)) {
    events += slice.length;
    for (const step of slice) decisions += step.decisions.length;
  }
  if (json) printJson({ journal: path, digest: reader.digest(), events, decisions });
  else say(`${path}: whole, ${events} events, ${decisions} decisions\ndigest ${reader.digest()}`);
}

/**
 * Feeds the journal's events to a fresh core and compares every decision with the one on file. Exit code 2 when one differs: the
 * journal was made by other code, or is not what it says.
 */
export async function replayJournal(path: string, forecastsDirectory: string | undefined, json: boolean): Promise<void> {
  try {
    await replay(path, forecastsDirectory, json);
  } catch (error) {
    // What a damaged file says may be decodable, and impossible: its damage is the reason then, not a bug.
    for await (const _ of journalSlices(new JournalReader(path), path));
    throw error;
  }
}

async function replay(path: string, forecastsDirectory: string | undefined, json: boolean): Promise<void> {
  const reader = new JournalReader(path);
  const core = new AllocatorCore();
  const forecasts = new Forecasts(forecastsDirectory ?? join(dirname(path), "forecasts"));
  const rewritten = new JournalWriter(null);
  const progress = new Progress("replaying");
  let events = 0;
  for await (const slice of journalSlices(reader, path)) {
    for (const { event, decisions: recorded } of slice) {
      const whole = event.kind === "forecast_issued" ? await forecasts.fill(event) : event;
      const decisions = core.step(whole);
      if (!isDeepStrictEqual(decisions, recorded)) {
        throw new InputError([
          { where: path, path: `event ${event.seq}`, expected: JSON.stringify(recorded), found: JSON.stringify(decisions) },
        ]);
      }
      rewritten.onStep(whole, decisions);
      events += 1;
    }
    progress.update(events, 0);
  }
  progress.end();
  checkThoroughly(core.state);
  const { digest, decisions } = await rewritten.finish();
  const same = digest === reader.digest();
  if (json) printJson({ journal: path, digest, same, events, decisions, stateDigest: core.digest() });
  else say(`${path}: ${events} events replayed, all ${decisions} decisions the same\ndigest ${digest}`);
  if (!same) process.exitCode = EXIT.badInput;
}

/** Forecast sets beside a journal, loaded when first referred to. */
class Forecasts {
  readonly #directory: string;
  readonly #sets = new Map<string, ForecastSet>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async fill(event: Extract<AllocatorEvent, { kind: "forecast_issued" }>): Promise<AllocatorEvent> {
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
