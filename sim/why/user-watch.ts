import type { Decision } from "../../allocator/core/decisions.ts";
import type { AllocatorEvent, EventOf } from "../../allocator/core/events.ts";
import type { ForecastBatch } from "../../allocator/core/forecast.ts";
import type { State } from "../../allocator/core/state.ts";

/** A decision about the user, with the event that it answered. */
export interface DecidedStep {
  readonly atMs: number;
  readonly event: AllocatorEvent["kind"];
  readonly decision: Decision;
  readonly app: number | null;
}

/** A forecast without its numbers. */
export interface SeenForecast {
  readonly set: string;
  /** Its place in the set. */
  readonly index: number;
  readonly issuedAtMs: number;
}

/** Follows a replay and keeps what concerns one user: the latest decision of each kind, the forecasts, the apps it asked for. */
export class UserWatch {
  readonly user: number;
  /** Only decisions that concern this app are kept, and those that concern none; `null`: all. Another number, until the app is defined. */
  app: number | null;
  /** By kind of decision. */
  readonly latest = new Map<Decision["kind"], DecidedStep>();
  /** In order of issue, from the `#firstBatch`-th on. */
  readonly #forecasts: SeenForecast[] = [];
  readonly #firstBatch: number;
  /** The forecast of demand that spoke of the user last. */
  forecast: ForecastBatch | null = null;
  readonly apps = new Set<number>();

  /**
   * @param firstBatch how many forecasts there were before the first step that it is shown.
   */
  constructor(user: number, app: number | null, firstBatch: number) {
    this.user = user;
    this.app = app;
    this.#firstBatch = firstBatch;
  }

  /** Which forecast a reason's batch index refers to; `null`: none, or one of before the first step that it was shown. */
  seen(batchIndex: number): SeenForecast | null {
    return this.#forecasts[batchIndex - this.#firstBatch] ?? null;
  }

  /** After the core took the event in: `state` is what it knows then. */
  onStep(event: AllocatorEvent, decisions: readonly Decision[], state: State): void {
    if (event.kind === "forecast_issued") this.#issued(event);
    if (event.kind === "request_arrived" && event.user === this.user) this.apps.add(event.app);
    for (const decision of decisions) {
      const { user, app } = subjectOf(decision, event, state);
      if (user !== this.user || (this.app !== null && app !== null && app !== this.app)) continue;
      // The core uses its decisions again at the next event.
      this.latest.set(decision.kind, { atMs: event.atMs, event: event.kind, decision: structuredClone(decision), app });
    }
  }

  #issued({ setDigest, batchIndex, batch }: EventOf<"forecast_issued">): void {
    this.#forecasts.push({ set: setDigest, index: batchIndex, issuedAtMs: batch.issuedAtMs });
    if (batch.target === "demand" && batch.entity === "user" && batch.ids.includes(this.user)) this.forecast = batch;
  }
}

/** Whom and what a decision concerns. A request that was refused is gone from the state: its arrival is the event. */
function subjectOf(decision: Decision, event: AllocatorEvent, state: State): { user: number | null; app: number | null } {
  const request =
    "request" in decision && decision.request !== null
      ? (state.requests.get(decision.request) ?? (event.kind === "request_arrived" ? event : undefined))
      : undefined;
  const instance = "instance" in decision ? state.instances.find(decision.instance) : undefined;
  const own = "user" in decision ? decision.user : null;
  return { user: own ?? request?.user ?? instance?.user ?? null, app: request?.app ?? instance?.app ?? null };
}
