import type { TierRow } from "./trace.ts";

/**
 * The service levels of a trace that brings none of its own. A target of 250 ms to start, 500 ms and 30 s: a default cold start
 * of 1 s misses the first two, a resumption of 200 ms meets them. The quantile of demand to reserve for falls with the tier.
 */
export const DEFAULT_TIERS: readonly TierRow[] = Object.freeze([
  Object.freeze({ name: "premium", targetStartMs: 250, priority: 300, levelPpm: 990_000, mayPreempt: true }),
  Object.freeze({ name: "standard", targetStartMs: 500, priority: 200, levelPpm: 950_000, mayPreempt: false }),
  Object.freeze({ name: "best-effort", targetStartMs: 30_000, priority: 100, levelPpm: 800_000, mayPreempt: false }),
]);

/** What stands in where a source is silent; an importer may override any of them. */
export interface TraceDefaults {
  readonly cpuMillis: number;
  readonly memoryMiB: number;
  readonly gpuMillis: number;
  readonly networkKbps: number;
  readonly coldStartMs: number;
  readonly resumeMs: number;
  readonly tier: string;
}

export const TRACE_DEFAULTS: TraceDefaults = Object.freeze({
  cpuMillis: 1_000,
  memoryMiB: 256,
  gpuMillis: 0,
  networkKbps: 0,
  coldStartMs: 1_000,
  resumeMs: 200,
  tier: "standard",
});
