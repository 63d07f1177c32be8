import type { Decision } from "./core/decisions.ts";
import type { AllocatorEvent } from "./core/events.ts";
import type { ForecastBatch } from "./core/forecast.ts";

/** The allocator: what happened → what to do. Free of effects; its state changes in place. */
export interface Core {
  /** The returned array is valid until the next call. */
  step(event: AllocatorEvent): readonly Decision[];
  snapshot(): Uint8Array;
  restore(snapshot: Uint8Array): void;
  /** SHA-256 of the snapshot, hex. */
  digest(): string;
}

/** Carries decisions out. Returns at once; outcomes come back as events; resubmitting a token does nothing more. */
export interface Actuator {
  submit(decisions: readonly Decision[]): void;
}

/** Produces what can be observed, in the total order. `null`: no more. The drive loop numbers the events. */
export interface EventSource {
  next(): AllocatorEvent | null;
}

/** Sees every event with its decisions before they are acted on: the journal, the metrics. */
export interface StepObserver {
  onStep(event: AllocatorEvent, decisions: readonly Decision[]): void;
}

/**
 * Forecasts made beforehand and kept by content: the same numbers for every policy that asks for them. Batches are in order of
 * availability.
 */
export interface ForecastFeed {
  /** SHA-256, hex, over the digests of its batches. */
  readonly digest: string;
  readonly count: number;
  availableAtMs(index: number): number;
  batch(index: number): ForecastBatch;
  /** SHA-256, hex, over the batch's canonical bytes. */
  batchDigest(index: number): string;
}
