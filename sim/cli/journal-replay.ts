import { isDeepStrictEqual } from "node:util";
import { checkThoroughly } from "../../allocator/core/invariants.ts";
import { JournalReader } from "../../allocator/journal/reader.ts";
import { JournalWriter } from "../../allocator/journal/writer.ts";
import { InputError } from "../../datasets/issues.ts";
import { clock } from "../why/words.ts";
import { journalSlices, unendedWords } from "./journal-file.ts";
import { JournalForecasts } from "./journal-forecasts.ts";
import { journalStart, type ReplayFrom } from "./journal-start.ts";
import { EXIT, printJson, say, sayMeanwhile } from "./output.ts";
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

export interface ReplayOptions {
  /** Directory of forecast sets; `undefined`: beside the journal. */
  readonly forecasts: string | undefined;
  readonly from: ReplayFrom;
  readonly json: boolean;
}

/**
 * Feeds the journal's events to a core, fresh or as the newest snapshot says, and compares every decision with the one on file. Exit code 2 when one differs: the
 * journal was made by other code, or is not what it says. One without an end mark is replayed as far as it is whole.
 */
export async function replayJournal(path: string, options: ReplayOptions): Promise<void> {
  try {
    await replay(path, options);
  } catch (error) {
    // What a damaged file says may be decodable, and impossible: its damage is the reason then, not a bug.
    for await (const _ of journalSlices(new JournalReader(path), path, "taken"));
    throw error;
  }
}

async function replay(path: string, { forecasts: directory, from, json }: ReplayOptions): Promise<void> {
  const { core, behind } = await journalStart(path, from);
  const reader = new JournalReader(path, { behind });
  const sinceMs = behind === null ? null : core.nowMs;
  const forecasts = new JournalForecasts(path, directory);
  const rewritten = new JournalWriter(null);
  const progress = new Progress("replaying");
  let events = 0;
  for await (const slice of journalSlices(reader, path, "taken")) {
    for (const { event, decisions: recorded } of slice) {
      const whole = await forecasts.whole(event);
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
  const { ended } = reader;
  // Without an end mark, or all that is before it, there is no digest to compare: every decision was.
  const whole = ended && behind === null;
  const same = !whole || digest === reader.digest();
  const stateDigest = core.digest();
  if (json) printJson({ journal: path, ...(whole ? { digest } : {}), ended, sinceMs, same, events, decisions, stateDigest });
  else {
    const since = sinceMs === null ? "" : `, since the snapshot of ${clock(sinceMs)}, which was taken at its word`;
    say(`${path}: ${events} events replayed, all ${decisions} decisions the same${since}${whole ? `\ndigest ${digest}` : ""}`);
  }
  if (!ended) sayMeanwhile(`prae: ${unendedWords(reader)}`);
  if (!same) process.exitCode = EXIT.badInput;
}
