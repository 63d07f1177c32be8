import { TraceBuilder } from "../build-trace.ts";
import { PUBLIC_TRACES } from "../catalogue.ts";
import type { SpilledRequests } from "../large/spilled-requests.ts";
import type { FileSummary } from "../source-file.ts";
import type { TierRow, Trace } from "../trace.ts";
import type { GoogleOptions } from "./google-2011.ts";

/** A job as both forms of the source give it; times in µs, `null`: not given. */
export interface GoogleJob {
  readonly user: string;
  readonly app: string;
  /** Scheduling class, 0 to 3. */
  readonly level: number;
  /** 0: before the trace. */
  readonly submitUs: number | null;
  readonly scheduleUs: number | null;
  readonly endUs: number | null;
}

/** From here on a time means "after the trace": 2⁶³ − 1, which a number rounds to 2⁶³. */
export const AFTER_US = Number.MAX_SAFE_INTEGER;

/** The trace runs from 600 s, for 29 days. */
const START_MS = 600_000;
const END_MS = START_MS + 29 * 86_400_000;
/** Its start is 1 May 2011, 19:00 in the data centre, which is on US Eastern time (the source's ClusterData2011_2.md). */
const EPOCH_MS = Date.UTC(2011, 4, 1, 23) - START_MS;
const TIME_ZONE = "America/New_York";

/** The source orders the classes and gives no targets: these are ours, and the manifest says so. */
export const GOOGLE_TIERS: readonly TierRow[] = Object.freeze([
  Object.freeze({ name: "class-0", targetStartMs: 60_000, priority: 100, levelPpm: 800_000, mayPreempt: false }),
  Object.freeze({ name: "class-1", targetStartMs: 30_000, priority: 200, levelPpm: 900_000, mayPreempt: false }),
  Object.freeze({ name: "class-2", targetStartMs: 10_000, priority: 300, levelPpm: 950_000, mayPreempt: false }),
  Object.freeze({ name: "class-3", targetStartMs: 1_000, priority: 400, levelPpm: 990_000, mayPreempt: true }),
]);

type Reason =
  | "submitted before the trace (time 0)"
  | "submitted at no known time, or after the trace"
  | "never scheduled within the files"
  | "still running at the end of the files"
  | "of no known user, logical name or scheduling class";

/** Makes requests of jobs, and the trace. */
export class GoogleJobs {
  readonly #builder: TraceBuilder;
  readonly #dropped = new Map<Reason, number>();
  /** By user, how many jobs of each class. */
  readonly #levels = new Map<string, number[]>();
  readonly #tiers: readonly number[];

  /** `files` may be filled until `finish`. `spilled`: where the requests go instead of into memory. */
  constructor(
    { name = "google-2011", defaults = {} }: GoogleOptions,
    files: readonly FileSummary[],
    spilled: SpilledRequests | null = null,
  ) {
    const { license, citation, homePage } = PUBLIC_TRACES["google-2011"];
    const options = Object.fromEntries(Object.entries(defaults).map(([key, value]) => [`default ${key}`, value]));
    const source = { importer: "google-2011", options, files };
    this.#builder = new TraceBuilder({ name, source, license, citation, homePage, epochMs: EPOCH_MS }, defaults, spilled);
    for (const tier of GOOGLE_TIERS) this.#builder.tier(tier);
    this.#tiers = GOOGLE_TIERS.map((tier) => this.#builder.tierCode(tier.name));
  }

  add(job: GoogleJob): void {
    const { user, app, level, submitUs, scheduleUs, endUs } = job;
    let levels = this.#levels.get(user);
    if (levels === undefined) {
      levels = [0, 0, 0, 0];
      this.#levels.set(user, levels);
      this.#builder.userIndex(user);
    }
    levels[level] = (levels[level] as number) + 1;
    if (submitUs === 0) return this.#drop("submitted before the trace (time 0)");
    if (submitUs === null || submitUs >= AFTER_US) return this.#drop("submitted at no known time, or after the trace");
    if (scheduleUs === null || scheduleUs >= AFTER_US) return this.#drop("never scheduled within the files");
    if (endUs === null || endUs >= AFTER_US) return this.#drop("still running at the end of the files");
    const runMs = Math.max(1, Math.floor((endUs - scheduleUs) / 1000));
    const builder = this.#builder;
    const tier = this.#tiers[level] as number;
    builder.addRequest(Math.floor(submitUs / 1000), runMs, builder.userIndex(user), builder.appIndex(app), tier, -1, -1, -1, -1);
  }

  dropUnnamed(): void {
    this.#drop("of no known user, logical name or scheduling class");
  }

  #drop(reason: Reason): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
  }

  /** `lastUs`: the last time in the files, where they may cover only a part of the trace; `null`: they cover all of it. */
  finish(table: string, rows: number, lastUs: number | null): Promise<Trace> {
    const builder = this.#builder;
    builder.countRead(table, rows);
    for (const [reason, count] of this.#dropped) builder.countDropped("jobs", reason, count);
    for (const [name, levels] of this.#levels) {
      const level = levels.lastIndexOf(Math.max(...levels));
      builder.user({ name, tier: GOOGLE_TIERS[level]?.name, timeZone: TIME_ZONE });
    }
    const tiers = GOOGLE_TIERS.map((tier) => `${tier.name} ${tier.targetStartMs} ms`).join(", ");
    builder.assume(`targets of the tiers, which are the source's scheduling classes: ${tiers}`);
    builder.assume(`time_zone ${TIME_ZONE}, the data centre's, for every user`);
    builder.note("a user's tier is the class of most of its jobs");
    builder.note(
      "a job runs from its SCHEDULE to its end, on whatever the source gave it; it has no CPU or memory in this table",
    );
    const endMs = lastUs === null ? END_MS : Math.min(END_MS, Math.floor(lastUs / 1000) + 1);
    return builder.finish({ startMs: START_MS, endMs: Math.max(START_MS + 1, endMs) });
  }
}
