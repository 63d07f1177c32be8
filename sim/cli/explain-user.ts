import { AllocatorCore } from "../../allocator/core/core.ts";
import { JournalReader } from "../../allocator/journal/reader.ts";
import { parseDurationMs } from "../../allocator/policy-document.ts";
import { InputError } from "../../datasets/issues.ts";
import { type Explanation, explain } from "../why/explain.ts";
import { UserWatch } from "../why/user-watch.ts";
import { journalSlices, unendedWords } from "./journal-file.ts";
import { JournalForecasts } from "./journal-forecasts.ts";
import { sayMeanwhile } from "./output.ts";

export interface Question {
  readonly user: string;
  readonly at: string | undefined;
  readonly app: string | undefined;
  readonly forecasts: string | undefined;
}

export interface Answer extends Explanation {
  /** Whether what was asked about is all there: false of a journal without an end mark that was read to where it stops. */
  readonly ended: boolean;
}

/**
 * Feeds a fresh core the journal's events up to and at the instant asked for. One that a live run still writes, or that was cut, answers for
 * what it has.
 * @throws InputError for a user, app or time that the journal does not have.
 */
export async function explainUser(path: string, question: Question): Promise<Answer> {
  try {
    return await explainAt(path, question);
  } catch (error) {
    // What a damaged file says may be decodable, and impossible: its damage is the reason then, not a bug.
    if (!(error instanceof InputError)) for await (const _ of journalSlices(new JournalReader(path), path, "taken"));
    throw error;
  }
}

async function explainAt(path: string, { user, at, app, forecasts: directory }: Question): Promise<Answer> {
  const reader = new JournalReader(path);
  const core = new AllocatorCore();
  const forecasts = new JournalForecasts(path, directory);
  let watch: UserWatch | null = null;
  let untilMs: number | null = null;
  let [firstMs, lastMs] = [0, 0];
  let past = false;
  reading: for await (const slice of journalSlices(reader, path, "taken")) {
    for (const { event } of slice) {
      if (untilMs === null) {
        firstMs = event.atMs;
        untilMs = readAt(at, firstMs);
      }
      if (event.atMs > untilMs) {
        past = true;
        break reading;
      }
      // Ids are given in order: once the policy is active, those of users and apps are known.
      watch ??= event.kind === "policy_activated" ? watchOf(reader, path, user, app) : null;
      const whole = await forecasts.whole(event);
      const decisions = core.step(whole);
      watch?.onStep(whole, decisions, core.state);
      lastMs = event.atMs;
    }
  }
  if (at !== undefined && !past && (untilMs === null || untilMs > lastMs)) throw noSuchTime(at, firstMs, lastMs);
  watch ??= watchOf(reader, path, user, app);
  const nowMs = at === undefined || untilMs === null ? lastMs : untilMs;
  const appId = app === undefined ? null : reader.names.app.indexOf(app);
  const ended = past || reader.ended;
  if (!ended) sayMeanwhile(`prae: ${unendedWords(reader)}`);
  return { ...explain(core.state, watch, reader.names, nowMs, appId), ended };
}

function watchOf(reader: JournalReader, path: string, user: string, app: string | undefined): UserWatch {
  const find = (table: "user" | "app", name: string): number => {
    const found = reader.names[table].indexOf(name);
    if (found >= 0) return found;
    const expected = `a journal that knows the ${table} ${JSON.stringify(name)}`;
    throw new InputError([{ where: path, expected, found: `${reader.names[table].length} others` }]);
  };
  return new UserWatch(find("user", user), app === undefined ? null : find("app", app));
}

/** Without a text there is no end: as far as the journal goes. */
function readAt(text: string | undefined, firstMs: number): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const duration = parseDurationMs(text);
  const atMs = duration !== null ? firstMs + duration : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(atMs) && atMs >= firstMs) return atMs;
  const expected = `a duration after the journal's start (2h), or a trace time in ms of at least ${firstMs}`;
  throw new InputError([{ where: "--at", expected, found: JSON.stringify(text) }]);
}

function noSuchTime(text: string, firstMs: number, lastMs: number): InputError {
  const expected = `a time within the journal, from ${firstMs} to ${lastMs} ms`;
  return new InputError([{ where: "--at", expected, found: JSON.stringify(text) }]);
}
