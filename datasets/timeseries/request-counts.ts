import { type Arrivals, arrivalPlacer, type PlaceStep } from "../arrivals.ts";
import type { TraceBuilder } from "../build-trace.ts";
import { NO_TIER } from "../row-buffers.ts";
import type { Window } from "../trace-input.ts";
import type { Amount } from "./series-mapping.ts";

/** So many requests are added between two turns of the event loop. */
const SLICE_REQUESTS = 200_000;

export interface RequestsOfSeries {
  readonly arrivals: Arrivals;
  readonly stepMs: number;
  readonly runMs: number;
  readonly requested: Readonly<Partial<Record<Amount, number>>>;
}

/** How many requests each series has in each step, and the requests made of that. */
export class RequestCounts {
  /** Requests of all cells so far. */
  total = 0;
  #firstMs = Number.MAX_SAFE_INTEGER;
  #lastMs = 0;
  readonly #cells: { readonly user: number; readonly app: number; readonly startMs: number; readonly count: number }[] = [];
  /** By series: what is left of a request, for the next cell. */
  readonly #left = new Map<string, number>();

  /**
   * @param amount requests, not always whole: what is left goes to the series' next cell, so that many small numbers do not all
   * become 0.
   */
  add(series: string, user: number, app: number, startMs: number, amount: number): void {
    this.#firstMs = Math.min(this.#firstMs, startMs);
    this.#lastMs = Math.max(this.#lastMs, startMs);
    const due = (this.#left.get(series) ?? 0) + amount;
    const count = Math.floor(due + 1e-9);
    this.#left.set(series, Math.max(0, due - count));
    if (count === 0) return;
    this.total += count;
    this.#cells.push({ user, app, startMs, count });
  }

  /** All steps, those without requests included; `null`: there are none. */
  window(stepMs: number): Window | null {
    return this.#firstMs > this.#lastMs ? null : { startMs: this.#firstMs, endMs: this.#lastMs + stepMs };
  }

  /** Stops now and then, so that the caller can do something else. */
  *addTo(builder: TraceBuilder, { arrivals, stepMs, runMs, requested }: RequestsOfSeries): Generator<void> {
    const { cpu_millis: cpu = -1, memory_mib: memory = -1, gpu_millis: gpu = -1, network_kbps: network = -1 } = requested;
    const placers = new Map<string, PlaceStep>();
    let added = 0;
    for (const { user, app, startMs, count } of this.#cells) {
      const series = `${user}/${app}`;
      const placer = placers.get(series) ?? arrivalPlacer(arrivals, `timeseries arrivals ${series}`, stepMs);
      placers.set(series, placer);
      placer(startMs, count, (atMs) => builder.addRequest(atMs, runMs, user, app, NO_TIER, cpu, memory, gpu, network));
      added += count;
      if (added < SLICE_REQUESTS) continue;
      added = 0;
      yield;
    }
  }
}
