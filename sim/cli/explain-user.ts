import type { AllocatorEvent } from "../../allocator/core/events.ts";
import type { State } from "../../allocator/core/state.ts";
import { JournalReader, type KnownPart } from "../../allocator/journal/reader.ts";
import { parseDurationMs } from "../../allocator/policy-document.ts";
import { InputError, type Issue } from "../../datasets/issues.ts";
import { type Explanation, explain } from "../why/explain.ts";
import { UserWatch } from "../why/user-watch.ts";
import { journalSlices, unendedWords } from "./journal-file.ts";
import { JournalForecasts } from "./journal-forecasts.ts";
import { journalStart, type ReplayFrom } from "./journal-start.ts";

export interface Question {
  readonly user: string;
  readonly at: string | undefined;
  readonly app: string | undefined;
  readonly forecasts: string | undefined;
  readonly from: ReplayFrom;
}

export interface Answer extends Explanation {
  /** Whether what was asked about is all there: false of a journal without an end mark that was read to where it stops. */
  readonly ended: boolean;
  /** From when on decisions, forecasts and apps asked for are known: what a snapshot was gone on from; `null`: from the first. */
  readonly sinceMs: number | null;
}

export interface Bounds {
  /** Nothing of the journal from there on is read; absent: all that there is. */
  readonly untilByte?: number;
  /** Told that the journal has no end mark, where it was read to its end. */
  readonly onUnended?: (words: string) => void;
}

/** The journal does not know what is asked about. */
export class NotInJournal extends InputError {
  readonly what: "user" | "app" | "time";

  constructor(what: NotInJournal["what"], issue: Issue) {
    super([issue]);
    this.what = what;
  }
}

/**
 * Feeds a fresh core the journal's events up to and at the instant asked for. One that a live run still writes, or that was cut, answers for
 * what it has.
 * @throws NotInJournal for a user, app or time that the journal does not have, InputError where it cannot be read.
 */
export async function explainUser(path: string, question: Question, bounds: Bounds = {}): Promise<Answer> {
  try {
    return await explainAt(path, question, bounds);
  } catch (error) {
    // What a damaged file says may be decodable, and impossible: its damage is the reason then, not a bug.
    if (!(error instanceof InputError)) for await (const _ of journalSlices(new JournalReader(path), path, "taken"));
    throw error;
  }
}

async function explainAt(path: string, question: Question, { untilByte, onUnended }: Bounds): Promise<Answer> {
  const { at, from } = question;
  const { core, behind } = await journalStart(path, from);
  const reader = new JournalReader(path, { behind, ...(untilByte === undefined ? {} : { untilByte }) });
  const forecasts = new JournalForecasts(path, question.forecasts);
  const subject = new Subject(question, path, behind);
  subject.watchFrom(core.state);
  const sinceMs = behind === null ? null : core.nowMs;
  let untilMs = sinceMs === null ? null : readAt(at, sinceMs, from);
  let [firstMs, lastMs] = [core.nowMs, core.nowMs];
  let past = false;
  reading: for await (const slice of journalSlices(reader, path, "taken")) {
    for (const { event } of slice) {
      if (untilMs === null) {
        firstMs = event.atMs;
        untilMs = readAt(at, firstMs, from);
      }
      if (event.atMs > untilMs) {
        past = true;
        break reading;
      }
      subject.learn(event);
      subject.watchFrom(core.state);
      const whole = await forecasts.whole(event);
      const decisions = core.step(whole);
      subject.watch?.onStep(whole, decisions, core.state);
      lastMs = event.atMs;
    }
  }
  if (at !== undefined && !past && (untilMs === null || untilMs > lastMs)) throw noSuchTime(at, firstMs, lastMs);
  const watch = subject.demand(core.state);
  const nowMs = at === undefined || untilMs === null ? lastMs : untilMs;
  const ended = past || reader.ended;
  if (!ended) onUnended?.(unendedWords(reader));
  return { ...explain(core.state, watch, reader.names, nowMs, watch.app), ended, sinceMs };
}

/** Whom a question is about: found once the journal has defined it. */
class Subject {
  readonly #question: Question;
  readonly #path: string;
  #user: number;
  #app: number;
  watch: UserWatch | null = null;

  constructor(question: Question, path: string, behind: KnownPart | null) {
    this.#question = question;
    this.#path = path;
    this.#user = behind?.names.user.indexOf(question.user) ?? -1;
    this.#app = question.app === undefined ? -1 : (behind?.names.app.indexOf(question.app) ?? -1);
  }

  learn(event: AllocatorEvent): void {
    if (event.kind === "user_defined" && event.name === this.#question.user) this.#user = event.user;
    if (event.kind === "app_defined" && event.name === this.#question.app) this.#app = event.app;
  }

  /** From the first step on that it is defined: nothing was decided for it before. */
  watchFrom({ forecastBatches }: State): void {
    if (this.#user < 0) return;
    const app = this.#question.app === undefined ? null : this.#app;
    this.watch ??= new UserWatch(this.#user, app, forecastBatches);
    this.watch.app = app;
  }

  /** @throws NotInJournal */
  demand({ ledger, apps }: State): UserWatch {
    const { user, app } = this.#question;
    if (this.watch === null) throw this.#unknown("user", user, ledger.accounts().length);
    if (app !== undefined && this.#app < 0) throw this.#unknown("app", app, apps.length);
    return this.watch;
  }

  #unknown(what: "user" | "app", name: string, others: number): NotInJournal {
    const expected = `a journal that knows the ${what} ${JSON.stringify(name)}${this.#question.at === undefined ? "" : " by then"}`;
    return new NotInJournal(what, { where: this.#path, expected, found: `${others} others` });
  }
}

/**
 * Without a text there is no end: as far as the journal goes.
 * @param firstMs when the part of the journal that is read begins.
 */
function readAt(text: string | undefined, firstMs: number, from: ReplayFrom): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const duration = from === "start" ? parseDurationMs(text) : null;
  const atMs = duration !== null ? firstMs + duration : instantOf(text);
  if (Number.isSafeInteger(atMs) && atMs >= firstMs) return atMs;
  const forms = `${from === "start" ? "a duration after the journal's start (2h), " : ""}a time in ms, or one with its zone (2026-12-24T18:00:00Z)`;
  const since = from === "start" ? "its start" : "the snapshot";
  const expected = `${forms}, of at least ${firstMs} ms, which is when ${since} is of`;
  throw new NotInJournal("time", { where: "--at", expected, found: JSON.stringify(text) });
}

/** Dates are of live runs, whose time is Unix time. */
function instantOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
}

function noSuchTime(text: string, firstMs: number, lastMs: number): NotInJournal {
  const expected = `a time within the journal, from ${firstMs} to ${lastMs} ms`;
  return new NotInJournal("time", { where: "--at", expected, found: JSON.stringify(text) });
}
