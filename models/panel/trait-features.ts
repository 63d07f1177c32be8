import type { ContextRow } from "../../datasets/trace.ts";
import { columnOf, entityOf, type FeatureSpec, isNews, namesOf, type Vocabulary } from "./feature-spec.ts";
import type { History } from "./panel.ts";

/** In the order of their columns. */
const VOCABULARIES = ["resource", "entity", "app", "role", "tier", "zone", "place", "news"] as const satisfies Vocabulary[];

/** Features of who and what a series is of, and of the news at the origin. */
export class TraitFeatures {
  readonly names: readonly string[];
  readonly #spec: FeatureSpec;
  readonly #frame: History["frame"];
  readonly #starts: Readonly<Record<(typeof VOCABULARIES)[number], number>>;
  readonly #permissions: number;
  /** By whom they concern, in order of time: where a user is, and what is new. */
  readonly #context = new Map<number | null, ContextRow[]>();

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
    this.#permissions = names.length;
    if (spec.groups.includes("permissions")) names.push("any app permitted", "apps permitted");
    this.names = names;
    for (const row of frame.context) {
      if (row.kind !== "location" && !isNews(row.kind)) continue;
      const rows = this.#context.get(row.user) ?? [];
      rows.push(row);
      this.#context.set(row.user, rows);
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
    for (const whom of of.user === null ? [null] : [null, of.user]) {
      for (const { atMs, endMs, kind, label } of this.#context.get(whom) ?? []) {
        // What begins at the origin is not known before it.
        if (atMs >= nowMs) break;
        if (endMs <= nowMs) continue;
        if (kind === "location") place = label;
        else mark("news", label);
      }
    }
    mark("place", place);
    if (!groups.includes("permissions")) return;
    const { permittedApps } = of.traits;
    into[offset + this.#permissions] = permittedApps === null ? 1 : 0;
    into[offset + this.#permissions + 1] = Math.log1p(permittedApps ?? 0);
  }
}
