import type { ForecastTarget } from "../../allocator/core/forecast.ts";
import { InputError } from "../../datasets/issues.ts";
import { NO_PREWARM } from "../../datasets/trace.ts";
import { History, type Panel, type Series } from "./panel.ts";

/** What a network may be shown beside the values themselves; each can be switched off. */
export const FEATURE_GROUPS = [
  "time",
  "recent",
  "long-term",
  "apps",
  "role",
  "tier",
  "permissions",
  "preferences",
  "location",
  "context",
  "availability",
] as const;
export type FeatureGroup = (typeof FEATURE_GROUPS)[number];

/** Lists of words, each of which gets a column. */
export type Vocabulary = "resource" | "entity" | "app" | "role" | "tier" | "zone" | "place" | "calendar" | "news";

/** Which features there are, as fitted on the training steps. JSON: part of a trained model. */
export interface FeatureSpec {
  readonly target: ForecastTarget;
  readonly stepMs: number;
  readonly signed: boolean;
  /** Those that are used, in the order of `FEATURE_GROUPS`. */
  readonly groups: readonly FeatureGroup[];
  /** Most frequent first. Empty where there is nothing to tell apart. */
  readonly words: Readonly<Record<Vocabulary, Words>>;
  /** Were there announced changes of availability, hours and apps that users said they prefer? */
  readonly availability: boolean;
  readonly preferredHours: boolean;
  readonly preferredApps: boolean;
}

export interface Words {
  readonly known: readonly string[];
  /** Is there one more column, for the rare words that had to share one? A word never seen goes there too, or nowhere. */
  readonly other: boolean;
}

/** Words of a vocabulary that get a column of their own. */
const MOST_WORDS = 24;

/**
 * Chooses features by what the panel held before `trainEnd`: words of users, apps and events that appear later are unknown, as
 * they will be when the model runs.
 * @param without names of groups that are left out.
 * @throws InputError on a name that is no group.
 */
export function fitFeatures(panel: Panel, trainEnd: number, without: readonly string[] = []): FeatureSpec {
  const unknown = without.filter((name) => !FEATURE_GROUPS.includes(name as FeatureGroup));
  if (unknown.length > 0) {
    throw new InputError(
      unknown.map((found) => ({ where: "--without", expected: `one of ${FEATURE_GROUPS.join(", ")}`, found: `"${found}"` })),
    );
  }
  const groups = FEATURE_GROUPS.filter((group) => !without.includes(group));
  const history = new History(panel, trainEnd);
  const seen = panel.series.filter((_, i) => history.values(i).some((value) => !Number.isNaN(value)));
  const untilMs = panel.startMs + trainEnd * panel.stepMs;
  const context = panel.context.filter(({ atMs }) => atMs < untilMs);
  const used = (panel.firstUses ?? []).filter(({ step }) => step < trainEnd).map(({ appName }) => appName);
  const has = (group: FeatureGroup, wanted: string) => groups.includes(group) && context.some(({ kind }) => kind === wanted);
  const when = (group: FeatureGroup, words: () => readonly (string | null)[]) =>
    groups.includes(group) ? wordsOf(words()) : { known: [], other: false };
  return {
    target: panel.target,
    stepMs: panel.stepMs,
    signed: panel.signed,
    groups,
    words: {
      resource: wordsOf(seen.map(({ resource }) => resource)),
      entity: wordsOf(seen.map(entityOf)),
      app: when("apps", () => [...seen.map(({ traits }) => traits.appName), ...used]),
      role: when("role", () => seen.map(({ traits }) => traits.role)),
      tier: when("tier", () => seen.map(({ traits }) => traits.tier)),
      zone: when("location", () => seen.map(({ traits }) => traits.timeZone)),
      place: when("location", () => context.filter(({ kind }) => kind === "location").map(({ label }) => label)),
      calendar: when("context", () => [null, ...context.filter(({ kind }) => kind === "calendar").map(({ label }) => label)]),
      news: when("context", () => [null, ...context.filter(({ kind }) => isNews(kind)).map(({ label }) => label)]),
    },
    availability: has("availability", "availability"),
    preferredHours: has("preferences", "preferred-hours"),
    preferredApps: has("preferences", "preferred-app"),
  };
}

/** Context of these kinds is known before it begins: it was announced. Of a place and a preferred app that they hold, one learns then. */
export function isAnnounced(kind: string): boolean {
  return ["calendar", "availability", "preferred-hours"].includes(kind);
}

/** Context that is news: known once it has begun. What users forbid the allocator tells nothing of what they will do. */
export function isNews(kind: string): boolean {
  return !isAnnounced(kind) && !["location", "preferred-app", NO_PREWARM].includes(kind);
}

export function entityOf({ user, app }: Series): string {
  if (app === null) return "user";
  return user === null ? "app" : "user_app";
}

/** What tells nothing apart gets no column; to have none (null) counts as a word that needs no column either. */
function wordsOf(found: readonly (string | null)[]): Words {
  const times = new Map<string | null, number>();
  for (const word of found) times.set(word, (times.get(word) ?? 0) + 1);
  if (times.size < 2) return { known: [], other: false };
  times.delete(null);
  const order = (a: readonly [string, number], b: readonly [string, number]) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1);
  const sorted = [...(times as Map<string, number>)].sort(order);
  return { known: sorted.slice(0, MOST_WORDS).map(([word]) => word), other: sorted.length > MOST_WORDS };
}

/** How many columns a vocabulary has. */
export function columnsOf({ known, other }: Words): number {
  return known.length + (other ? 1 : 0);
}

/** The column of a word, or −1. */
export function columnOf({ known, other }: Words, word: string | null): number {
  if (word === null) return -1;
  const place = known.indexOf(word);
  return place < 0 && other ? known.length : place;
}

/** Names of a vocabulary's columns. */
export function namesOf(vocabulary: Vocabulary, { known, other }: Words): string[] {
  return [...known.map((word) => `${vocabulary} ${word}`), ...(other ? [`${vocabulary} (others)`] : [])];
}
