import type { ContextRow } from "../../datasets/trace.ts";
import { columnOf, entityOf, type FeatureSpec, isAnnounced, isNews, namesOf, type Vocabulary } from "./feature-spec.ts";
import type { FirstUse, History, Series } from "./panel.ts";

/** In the order of their columns. */
const VOCABULARIES = ["resource", "entity", "app", "role", "tier", "zone", "place", "news"] as const satisfies Vocabulary[];

/** Features of who and what a series is of, and of the news at the origin. */
export class TraitFeatures {
  readonly names: readonly string[];
  readonly #spec: FeatureSpec;
  readonly #frame: History["frame"];
  readonly #starts: Readonly<Record<(typeof VOCABULARIES)[number], number>>;
  readonly #more: number;
  /** By whom they concern, in order of time: where a user is, and what is new. */
  readonly #context = new Map<number | null, ContextRow[]>();

  readonly #uses = new Map<number, FirstUse[]>();

  constructor(spec: FeatureSpec, frame: History["frame"]) {
    this.#spec = spec;
    this.#frame = frame;
    const names: string[] = [];
    const starts: Partial<Record<Vocabulary, number>> = {};
    for (const vocabulary of VOCABULARIES) {
      starts[vocabulary] = names.length;
      names.push(...namesOf(vocabulary, spec.words[vocabulary]));
    }
    this.#starts = starts as Record<(typeof VOCABULARIES)[number], number>;
    this.#more = names.length;
    if (spec.groups.includes("permissions")) names.push("any app permitted", "apps permitted");
    if (spec.groups.includes("apps")) names.push("apps used");
    if (spec.preferredApps) names.push("apps preferred", "its app is preferred");
    this.names = names;
    for (const row of frame.context) {
      if (isAnnounced(row.kind)) continue;
      const rows = this.#context.get(row.user) ?? [];
      rows.push(row);
      this.#context.set(row.user, rows);
    }
    for (const use of frame.firstUses ?? []) {
      const uses = this.#uses.get(use.user) ?? [];
      uses.push(use);
      this.#uses.set(use.user, uses);
    }
  }

  write(series: number, origin: number, into: Float32Array, offset: number): void {
    into.fill(0, offset, offset + this.names.length);
    const of = this.#frame.series[series];
    if (of === undefined) return;
    const { words, groups } = this.#spec;
    const mark = (vocabulary: (typeof VOCABULARIES)[number], word: string | null) => {
      const column = columnOf(words[vocabulary], word);
      if (column >= 0) into[offset + this.#starts[vocabulary] + column] = 1;
    };
    mark("resource", of.resource);
    mark("entity", entityOf(of));
    mark("app", of.traits.appName);
    mark("role", of.traits.role);
    mark("tier", of.traits.tier);
    mark("zone", of.traits.timeZone);
    const nowMs = this.#frame.startMs + origin * this.#frame.stepMs;
    let place: string | null = null;
    let preferred = 0;
    let prefersIts = false;
    for (const whom of of.user === null ? [null] : [null, of.user]) {
      for (const { atMs, endMs, kind, label } of this.#context.get(whom) ?? []) {
        // What begins at the origin is not known before it.
        if (atMs >= nowMs) break;
        if (endMs <= nowMs) continue;
        if (kind === "location") place = label;
        else if (isNews(kind)) mark("news", label);
        else {
          preferred += 1;
          if (label === of.traits.appName) prefersIts = true;
        }
      }
    }
    mark("place", place);
    let at = offset + this.#more;
    if (groups.includes("permissions")) {
      const { permittedApps } = of.traits;
      into[at++] = permittedApps === null ? 1 : 0;
      into[at++] = Math.log1p(permittedApps ?? 0);
    }
    if (groups.includes("apps")) into[at++] = Math.log1p(this.#markUsed(of, origin, (appName) => mark("app", appName)));
    if (!this.#spec.preferredApps) return;
    into[at++] = Math.log1p(preferred);
    into[at] = prefersIts ? 1 : 0;
  }

  /** Marks the apps that the user of a series of all apps has run, and counts them. */
  #markUsed({ user, app }: Series, origin: number, mark: (appName: string) => void): number {
    if (user === null || app !== null) return 0;
    let count = 0;
    for (const { appName, step } of this.#uses.get(user) ?? []) {
      if (step >= origin) break;
      mark(appName);
      count += 1;
    }
    return count;
  }
}
