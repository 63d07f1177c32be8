import type { Decision } from "../../allocator/core/decisions.ts";
import type { AllocatorEvent, RequestArrived } from "../../allocator/core/events.ts";
import type { RequestId, UserId } from "../../allocator/core/ids.ts";
import { RESOURCE_NAMES, type Resources } from "../../allocator/core/resources.ts";
import type { StepObserver } from "../../allocator/ports.ts";
import { type ExecutionListener, Executions } from "../../datasets/journal/executions.ts";
import type { AppRow, RequestColumns, TierRow, Trace, UsageColumns, UserRow } from "../../datasets/trace.ts";

interface PastRequest {
  readonly submitMs: number;
  readonly user: number;
  readonly app: number;
  readonly tier: number;
  readonly requested: Resources;
  /** Since when it runs; `null`: it waits, or its instance is starting. */
  runsSinceMs: number | null;
  /** `null`: it is not over. */
  ranMs: number | null;
}

interface Sample {
  readonly atMs: number;
  readonly user: UserId;
  readonly used: Resources;
  readonly windowMs: number;
}

/**
 * The recent past of a run, from its steps, in the form that forecasters learn from: a trace as an importer would make of it. What a
 * request waited, and what its instance took to start, is no part of its run time.
 */
export class JournalHistory implements StepObserver, ExecutionListener {
  readonly #tiers: TierRow[] = [];
  readonly #apps: AppRow[] = [];
  readonly #users: UserRow[] = [];
  /** In order of arrival. */
  #requests: PastRequest[] = [];
  #samples: Sample[] = [];
  readonly #open = new Map<RequestId, PastRequest>();
  readonly #executions = new Executions(this);
  #firstMs: number | null = null;

  /** When the run began; `null`: it has not. */
  get firstMs(): number | null {
    return this.#firstMs;
  }

  onStep(event: AllocatorEvent, decisions: readonly Decision[]): void {
    this.#firstMs ??= event.atMs;
    this.#learn(event);
    this.#executions.onStep(event, decisions);
  }

  /**
   * What is known of `[fromMs, untilMs)`; what was over before is forgotten for good. A request that is not over runs beyond the end.
   */
  trace(fromMs: number, untilMs: number): Trace {
    const isPast = ({ submitMs, ranMs }: PastRequest) => ranMs !== null && submitMs < fromMs && submitMs + ranMs <= fromMs;
    this.#requests = this.#requests.filter((request) => !isPast(request));
    this.#samples = this.#samples.filter(({ atMs }) => atMs > fromMs);
    const requests = this.#requests.filter(({ submitMs }) => submitMs < untilMs);
    return {
      manifest: manifest(fromMs, untilMs),
      tiers: this.#tiers,
      users: this.#users,
      apps: this.#apps,
      nodes: null,
      requests: requestColumns(requests, fromMs, untilMs),
      usage: this.#samples.length === 0 ? null : usageColumns(this.#samples.filter(({ atMs }) => atMs <= untilMs)),
      context: [],
    };
  }

  #learn(event: AllocatorEvent): void {
    if (event.kind === "tier_defined") this.#tiers[event.tier] = event;
    else if (event.kind === "app_defined") this.#apps[event.app] = event;
    else if (event.kind === "user_defined") this.#users[event.user] = event;
    else if (event.kind === "usage_observed") this.#samples.push(event);
  }

  arrived({ request, atMs, user, app, tier, requested }: RequestArrived): void {
    const past: PastRequest = { submitMs: atMs, user, app, tier, requested, runsSinceMs: null, ranMs: null };
    this.#requests.push(past);
    this.#open.set(request, past);
  }

  began(id: RequestId, atMs: number): void {
    const request = this.#open.get(id);
    if (request !== undefined) request.runsSinceMs = atMs;
  }

  interrupted(id: RequestId): void {
    const request = this.#open.get(id);
    if (request !== undefined) request.runsSinceMs = null;
  }

  over(id: RequestId, atMs: number, rejected: boolean): void {
    const request = this.#open.get(id);
    if (request === undefined) return;
    this.#open.delete(id);
    if (rejected)
      this.#requests.splice(this.#requests.lastIndexOf(request), 1); // nothing ran
    else request.ranMs = request.runsSinceMs === null ? 0 : atMs - request.runsSinceMs;
  }
}

/** Time of a live journal is Unix time. */
function manifest(startMs: number, endMs: number): Trace["manifest"] {
  return {
    schemaVersion: 1,
    name: "live",
    source: { importer: "live", options: {}, files: [] },
    synthetic: false,
    composite: false,
    license: "",
    citation: "",
    homePage: null,
    digest: "",
    window: { startMs, endMs },
    epochMs: 0,
    rowsRead: {},
    rowsDropped: [],
    defaults: [],
    notes: [],
  };
}

/** One that began before the window counts from the window's start on. */
function requestColumns(requests: readonly PastRequest[], fromMs: number, untilMs: number): RequestColumns {
  const shapes: Resources[] = [];
  const places = new Map<string, number>();
  const placeOf = (amounts: Resources): number => {
    const key = RESOURCE_NAMES.map((name) => amounts[name]).join();
    const place = places.get(key) ?? shapes.push(amounts) - 1;
    places.set(key, place);
    return place;
  };
  const clipped = requests.map((request) => {
    const endMs = request.ranMs === null ? untilMs + 1 : request.submitMs + request.ranMs;
    const submitMs = Math.max(fromMs, request.submitMs);
    return { ...request, submitMs, runMs: Math.max(0, endMs - submitMs) };
  });
  return {
    count: clipped.length,
    names: null,
    submitMs: Float64Array.from(clipped, ({ submitMs }) => submitMs),
    runMs: Float64Array.from(clipped, ({ runMs }) => runMs),
    user: Uint32Array.from(clipped, ({ user }) => user),
    app: Uint32Array.from(clipped, ({ app }) => app),
    tier: Uint8Array.from(clipped, ({ tier }) => tier),
    shape: Uint32Array.from(clipped, ({ requested }) => placeOf(requested)),
    shapes,
  };
}

function usageColumns(samples: readonly Sample[]): UsageColumns {
  const column = (of: (sample: Sample) => number) => Uint32Array.from(samples, of);
  return {
    count: samples.length,
    atMs: Float64Array.from(samples, ({ atMs }) => atMs),
    user: column(({ user }) => user),
    windowMs: column(({ windowMs }) => windowMs),
    cpuMillis: column(({ used }) => used.cpuMillis),
    memoryMiB: column(({ used }) => used.memoryMiB),
    gpuMillis: column(({ used }) => used.gpuMillis),
    networkKbps: column(({ used }) => used.networkKbps),
  };
}
