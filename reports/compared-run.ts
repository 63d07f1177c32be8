import type { MetricValues, RunRecord } from "../sim/run-record.ts";

/** A run as it stands in a comparison. */
export interface ComparedRun extends RunRecord {
  /** The policy as the user wrote it; two runs of one policy are told apart by their ids. Unique in the comparison. */
  readonly label: string;
  /** Knows the trace's future: shown for reference, never ranked. */
  readonly reference: boolean;
}

/** The metrics of one tier, or of all requests (`null`). */
export function scopeOf(run: RunRecord, tier: string | null): MetricValues {
  return tier === null ? run.metrics.overall : (run.metrics.byTier[tier] ?? {});
}

/** The tiers of the trace, in order of tier id, without those that have no request in any run. */
export function tiersOf(runs: readonly RunRecord[]): readonly string[] {
  const all = Object.keys(runs[0]?.metrics.byTier ?? {});
  return all.filter((tier) => runs.some((run) => metric(run, "requests", tier) !== 0));
}

/** What is otherwise in all of the runs, as written; what one policy has otherwise is in its name. */
export function sharedWhatIfs(runs: readonly RunRecord[]): readonly string[] {
  return (runs[0]?.whatIf ?? []).filter((text) => runs.every(({ whatIf = [] }) => whatIf.includes(text)));
}

/** One metric; `null` where it does not apply. */
export function metric(run: RunRecord, name: string, tier: string | null = null): number | null {
  return scopeOf(run, tier)[name] ?? null;
}
