import { AllocatorCore } from "../../allocator/core/core.ts";
import { JournalReader } from "../../allocator/journal/reader.ts";
import { parseDurationMs } from "../../allocator/policy-document.ts";
import { InputError } from "../../datasets/issues.ts";
import type { Explained } from "../../reports/explained.ts";
import { type Explanation, explain } from "../why/explain.ts";
import { UserWatch } from "../why/user-watch.ts";
import { clock } from "../why/words.ts";
import { journalSlices } from "./journal-file.ts";
import { JournalForecasts } from "./journal-forecasts.ts";
import { longestWaits } from "./longest-waits.ts";

/** Whom and when a page is to explain: so many of the longest waits, and users at times. */
export interface Asked {
  readonly waits: number;
  readonly users: readonly { readonly user: string; readonly at: string }[];
}

const MOST_WAITS = 20;

/**
 * `3` (of the longest waits) or `ana@2h`, given one by one.
 * @throws InputError with all that is wrong in any of them.
 */
export function readAsked(texts: readonly string[]): Asked {
  const issues = texts
    .filter((text) => !/^\d+$/.test(text) && !/^.+@[^@]+$/.test(text))
    .map((text) => ({
      where: "--why",
      expected: "a number of waits (3), or a user and a time (ana@2h)",
      found: JSON.stringify(text),
    }));
  const waits = Math.max(0, ...texts.filter((text) => /^\d+$/.test(text)).map(Number));
  if (waits > MOST_WAITS) issues.push({ where: "--why", expected: `at most ${MOST_WAITS} waits`, found: `${waits}` });
  if (issues.length > 0) throw new InputError(issues);
  const users = texts.flatMap((text) => {
    const [, user, at] = /^(.+)@([^@]+)$/.exec(text) ?? [];
    return user === undefined || at === undefined ? [] : [{ user, at }];
  });
  return { waits, users };
}

interface Moment {
  readonly user: number;
  readonly app: number | null;
  readonly atMs: number;
  /** Why this one is shown. */
  readonly title: string;
}

/**
 * Explains users in a run, as `prae why` does, in one replay of its journal.
 * @throws InputError for a user or a time that the journal does not have.
 */
export async function explainRun(path: string, asked: Asked): Promise<readonly Explained[]> {
  const reader = new JournalReader(path);
  const moments = [...(await askedFor(path, asked)), ...(await ofWaits(path, asked.waits))].sort((a, b) => a.atMs - b.atMs);
  const watches = new Map(moments.map(({ user, app }) => [`${user} ${app}`, new UserWatch(user, app, 0)]));
  const core = new AllocatorCore();
  const forecasts = new JournalForecasts(path, undefined);
  const found: { readonly title: string; readonly explanation: Explanation }[] = [];
  const tell = (untilMs: number) => {
    for (let moment = moments[found.length]; moment !== undefined && moment.atMs < untilMs; moment = moments[found.length]) {
      const watch = watches.get(`${moment.user} ${moment.app}`) as UserWatch;
      const explanation = explain(core.state, watch, reader.names, moment.atMs, moment.app);
      found.push({ title: moment.title, explanation });
    }
  };
  reading: for await (const slice of journalSlices(reader, path)) {
    for (const { event } of slice) {
      tell(event.atMs);
      if (found.length === moments.length) break reading;
      const whole = await forecasts.whole(event);
      const decisions = core.step(whole);
      for (const watch of watches.values()) watch.onStep(whole, decisions, core.state);
    }
  }
  tell(Number.POSITIVE_INFINITY);
  return found.map(({ title, explanation }) => ({ title, ...inWords(explanation) }));
}

async function ofWaits(path: string, most: number): Promise<Moment[]> {
  if (most === 0) return [];
  const waits = await longestWaits(path, most);
  return waits.map(({ user, app, atMs, waitMs, isOver }) => {
    const title = `${isOver ? "waited" : "waited in vain for"} ${waitMs / 1_000} s${isOver ? " for an instance" : ""}`;
    return { user, app, atMs, title };
  });
}

/** Whose names are known only once the journal has been read. */
async function askedFor(path: string, { users }: Asked): Promise<Moment[]> {
  if (users.length === 0) return [];
  const reader = new JournalReader(path);
  let firstMs: number | null = null;
  let lastMs = 0;
  for await (const slice of journalSlices(reader, path)) {
    for (const { event } of slice) {
      firstMs ??= event.atMs;
      lastMs = event.atMs;
    }
  }
  const issues: ConstructorParameters<typeof InputError>[0][number][] = [];
  const moments = users.map(({ user: name, at }): Moment => {
    const user = reader.names.user.indexOf(name);
    const after = parseDurationMs(at);
    const atMs = after !== null ? (firstMs ?? 0) + after : /^\d+$/.test(at) ? Number(at) : Number.NaN;
    if (user < 0)
      issues.push({ where: path, expected: `a journal that knows the user ${JSON.stringify(name)}`, found: "others" });
    if (!(atMs >= (firstMs ?? 0) && atMs <= lastMs)) {
      const expected = `a duration after the journal's start (2h), or a time in ms, from ${firstMs} to ${lastMs}`;
      issues.push({ where: "--why", path: `${name}@${at}`, expected, found: JSON.stringify(at) });
    }
    return { user, app: null, atMs, title: "asked for" };
  });
  if (issues.length > 0) throw new InputError(issues);
  return moments;
}

function inWords({ user, tier, atMs, now, decided, notDecided, counterfactuals }: Explanation): Omit<Explained, "title"> {
  const { waiting, instances } = now;
  return {
    user,
    tier,
    at: clock(atMs),
    now: { reserved: now.reserved, held: now.held, demanded: now.demanded, used: now.used },
    waiting: waiting.map(({ request, app, why }) => ({ what: `${request} of ${app}`, why })),
    instances: instances.map(({ instance, app, phase, requests }) => `i${instance} of ${app}: ${phase}, ${requests} requests`),
    decided: decided.map((one) => ({ at: clock(one.atMs), text: one.text })),
    notDecided: notDecided.map(({ slot, app, text }) => ({ slot: app === null ? slot : `${slot} ${app}`, text })),
    otherwise: counterfactuals.map(({ text }) => text),
  };
}
