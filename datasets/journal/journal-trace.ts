import type { Decision } from "../../allocator/core/decisions.ts";
import type { AllocatorEvent, AppDefined, TierDefined, UserDefined } from "../../allocator/core/events.ts";
import type { AppId, TierId, UserId } from "../../allocator/core/ids.ts";
import { TraceBuilder } from "../build-trace.ts";
import { InputError } from "../issues.ts";
import type { SpilledRequests } from "../large/spilled-requests.ts";
import { NO_PREWARM, type Trace, type TraceManifest } from "../trace.ts";
import type { Window } from "../trace-input.ts";
import { NodeHistory } from "./node-history.ts";
import { RequestHistory, type Unknown } from "./request-history.ts";
import { UsageHistory } from "./usage-history.ts";

/** What the journal itself does not say. */
export interface JournalOrigin {
  readonly name: string;
  readonly license: string;
  readonly citation: string;
  readonly synthetic: boolean;
  readonly composite: boolean;
  readonly files: TraceManifest["source"]["files"];
  /** SHA-256 of the records that were read. */
  readonly digest: string;
  /** Whether its end mark was read. */
  readonly ended: boolean;
  /** What the trace covers; `null`: from the first event to the last. */
  readonly window: Window | null;
  readonly notes: readonly string[];
}

/** From here on, in ms, times are taken as Unix time: September 2001. A trace's own time zero is nearer. */
const UNIX_TIME_FROM_MS = 1_000_000_000_000;

/** Makes a trace of the steps of a journal, so that what happened can be replayed under another policy. */
export class JournalTrace {
  readonly #tiers = new Map<TierId, TierDefined>();
  readonly #users = new Map<UserId, UserDefined>();
  readonly #apps = new Map<AppId, AppDefined>();
  /** Users whose profile changed. */
  readonly #redefined = new Set<UserId>();
  readonly #nodes = new NodeHistory();
  readonly #requests = new RequestHistory();
  readonly #usage = new UsageHistory();
  #firstMs: number | null = null;
  #lastMs = 0;
  /** Whether all that happened in the last millisecond were samples of use. */
  #endsInUsage = false;
  #events = 0;

  /** In the journal's order. */
  onStep(event: AllocatorEvent, decisions: readonly Decision[]): void {
    const { atMs, kind } = event;
    this.#endsInUsage = kind === "usage_observed" && (this.#endsInUsage || atMs > this.#lastMs);
    this.#firstMs ??= atMs;
    this.#lastMs = atMs;
    this.#events += 1;
    if (kind === "tier_defined") this.#tiers.set(event.tier, event);
    else if (kind === "app_defined") this.#apps.set(event.app, event);
    else if (kind === "usage_observed") this.#usage.observe(event);
    else if (kind === "user_defined") {
      if (this.#users.has(event.user)) this.#redefined.add(event.user);
      this.#users.set(event.user, event);
    }
    this.#nodes.onEvent(event);
    this.#requests.onStep(event, decisions);
  }

  /**
   * @throws InputError where the journal has neither a request nor a sample of use, or names what it does not define; or where the rows
   * break a law of traces.
   */
  async finish(origin: JournalOrigin, spilled: SpilledRequests | null = null): Promise<Trace> {
    const { name, license, citation, synthetic, composite, files, digest } = origin;
    const startMs = this.#firstMs ?? 0;
    const epochMs = startMs >= UNIX_TIME_FROM_MS ? 0 : null;
    const source = { importer: "journal", options: { events: this.#events, digest }, files };
    const builder = new TraceBuilder({ name, source, license, citation, epochMs, synthetic, composite }, {}, spilled);
    const window = origin.window ?? { startMs, endMs: this.#endMs() };
    this.#addDefinitions(builder, window);
    this.#addNodes(builder);
    this.#addRequests(builder, window.endMs);
    this.#addUsage(builder);
    this.#say(builder, origin);
    return builder.finish(window);
  }

  /**
   * Nothing happens at a window's end but samples of use, which are about the time before. So all that is in the journal happens
   * again in a replay, and no tick more.
   */
  #endMs(): number {
    const isInside = this.#endsInUsage && this.#lastMs > (this.#firstMs ?? 0);
    return isInside ? this.#lastMs : this.#lastMs + 1;
  }

  #addDefinitions(builder: TraceBuilder, window: Window): void {
    for (const { name, targetStartMs, priority, levelPpm, mayPreempt } of this.#tiers.values()) {
      builder.tier({ name, targetStartMs, priority, levelPpm, mayPreempt });
    }
    for (const { name, tier, role, timeZone, permissions, optOut } of this.#users.values()) {
      const allowed = permissions?.map((app) => this.#app(app)) ?? null;
      builder.user({ name, tier: this.#tier(tier), role, timeZone, permissions: allowed });
      for (const app of optOut) {
        builder.context({ atMs: window.startMs, endMs: window.endMs, kind: NO_PREWARM, label: this.#app(app), user: name });
      }
    }
    for (const { name, shape, coldStartMs, resumeMs, shared, concurrency } of this.#apps.values()) {
      builder.app({ name, shape, coldStartMs, resumeMs, shared, concurrency });
    }
  }

  #addNodes(builder: TraceBuilder): void {
    const { pools } = this.#nodes;
    if ([...pools.values()].some(({ unlimited }) => unlimited)) return;
    for (const { name, pool, capacity } of this.#nodes.most()) {
      builder.node({ name, pool: defined(pools.get(pool), "pool", pool).name, capacity });
    }
  }

  #addRequests(builder: TraceBuilder, endMs: number): void {
    const { rows, shapes, names } = this.#requests;
    this.#requests.fillIn(endMs);
    const named = names.every((name) => name !== null);
    const seen = new Map<string, number>();
    for (let row = 0; row < rows.count; row += 1) {
      const user = builder.userIndex(this.#user(rows.user[row] as UserId));
      const app = builder.appIndex(this.#app(rows.app[row] as AppId));
      const tier = builder.tierCode(this.#tier(rows.tier[row] as TierId));
      const { cpuMillis, memoryMiB, gpuMillis, networkKbps } = shapes.shapes[rows.shape[row] as number] as never;
      const [submitMs, runMs] = [rows.submitMs[row] as number, rows.runMs[row] as number];
      builder.addRequest(submitMs, runMs, user, app, tier, cpuMillis, memoryMiB, gpuMillis, networkKbps);
      if (named) builder.addRequestName(this.#ownName(names[row] as string, seen));
    }
  }

  #addUsage(builder: TraceBuilder): void {
    const { count, atMs, user, windowMs, amounts } = this.#usage;
    for (let row = 0; row < count; row += 1) {
      const [cpuMillis, memoryMiB, gpuMillis, networkKbps] = amounts.slice(4 * row, 4 * row + 4) as [
        number,
        number,
        number,
        number,
      ];
      const index = builder.userIndex(this.#user(user[row] as UserId));
      builder.addUsage(atMs[row] as number, index, windowMs[row] as number, cpuMillis, memoryMiB, gpuMillis, networkKbps);
    }
  }

  /** A live run takes a name again a day after its request is over. */
  #ownName(name: string, seen: Map<string, number>): string {
    for (let own = name; ; ) {
      const times = (seen.get(own) ?? 0) + 1;
      seen.set(own, times);
      if (times === 1) return own;
      own = `${name}#${times}`;
    }
  }

  #say(builder: TraceBuilder, { ended, notes }: JournalOrigin): void {
    const { rows, unknown } = this.#requests;
    builder.countRead("events", this.#events);
    builder.countDropped("usage", "same user and time as a later sample", this.#usage.replaced);
    for (const why of Object.keys(UNKNOWN) as Unknown[]) {
      if (unknown[why] > 0) builder.assume(`${UNKNOWN[why]}, for ${unknown[why]} of ${rows.count} requests`);
    }
    for (const note of notes) builder.note(note);
    if (!ended)
      builder.note(`the journal has no end mark: it was still being written, or cut; it was read up to its last whole step`);
    if (this.#redefined.size > 0) {
      builder.note(`${this.#redefined.size} users had another profile before; the last one holds from the start`);
    }
    const { saturated } = this.#usage;
    if (saturated > 0) {
      builder.note(`${saturated} usage samples were cut by a limit: true demand may have been higher`);
    }
    if (this.#nodes.lost > 0)
      builder.note("nodes came and went; the trace has those that were there when there were most, from start to end");
    const { pools } = this.#nodes;
    if (this.#nodes.most().length === 0 && ![...pools.values()].some(({ unlimited }) => unlimited))
      builder.note(
        "no node was ever ready: the trace has none, and its capacity is without limit unless --cluster says otherwise",
      );
    const elastic = [...pools.values()].filter((pool) => pool.elastic !== null);
    if (elastic.length > 0) {
      const text = elastic.map(({ name }) => name).join(", ");
      builder.note(`pools that grew and shrank: ${text}; a trace's do not: give their bounds with --cluster`);
    }
  }

  #user(id: UserId): string {
    return defined(this.#users.get(id), "user", id).name;
  }

  #app(id: AppId): string {
    return defined(this.#apps.get(id), "app", id).name;
  }

  #tier(id: TierId): string {
    return defined(this.#tiers.get(id), "tier", id).name;
  }
}

/** What is assumed of requests whose run time the journal does not show. */
const UNKNOWN: Readonly<Record<Unknown, string>> = {
  running: "run_ms of a request that was running at the journal's end: up to that end",
  waiting: "run_ms of a request that had not started at the journal's end: the median of its app",
  cancelled: "run_ms of a request that was over before it started: the median of its app",
  rejected: "run_ms of a request that was rejected: the median of its app",
};

function defined<T>(row: T | undefined, noun: string, id: number): T {
  if (row !== undefined) return row;
  throw new InputError([{ where: "journal", expected: `a ${noun} that is defined`, found: `${noun} ${id}, which is not` }]);
}
