import { policyFromText } from "../../allocator/policy-text.ts";
import type { Trace } from "../../datasets/trace.ts";
import type { Resampling } from "../../models/backtest/resampling.ts";
import { RunMetricsObserver } from "../../reports/metrics/run-metrics.ts";
import { DEFAULT_PRICES } from "../../reports/prices.ts";
import { CELL_COLUMNS, type CellColumn, type RunCells } from "../../reports/statistics/cells.ts";
import { UNLIMITED } from "../../sim/cluster-spec.ts";
import { simulate } from "../../sim/simulate.ts";

/** The share of a trace's time in which policies are tuned; they are scored on the rest. */
const TUNING_SHARE = 0.6;

/** What a policy did in one part of a trace. */
export interface Outcome {
  /** Requests that waited for a start-up, one begun for them or one that had been begun ahead and was not over. */
  readonly coldStarts: number;
  /** Instance time held without running anything: idle, or started ahead, with the start-up. */
  readonly heldMs: number;
}

export interface WarmthRun {
  readonly policy: string;
  readonly tuning: Outcome;
  readonly scored: Outcome;
  /** Of the scored part, by user and block of time: the ingredients of intervals. */
  readonly cells: RunCells;
  readonly coldStartMs: number;
}

/** Where the part for tuning ends. */
export function splitOf({ manifest }: Trace): number {
  const { startMs, endMs } = manifest.window;
  return startMs + Math.floor(TUNING_SHARE * (endMs - startMs));
}

export function total(outcomes: readonly Outcome[]): Outcome {
  return {
    coldStarts: outcomes.reduce((sum, { coldStarts }) => sum + coldStarts, 0),
    heldMs: outcomes.reduce((sum, { heldMs }) => sum + heldMs, 0),
  };
}

/** Replays the whole trace, so that who learns has learned from all that came before. */
export async function runWarmth(trace: Trace, policy: string): Promise<WarmthRun> {
  const { startMs, endMs } = trace.manifest.window;
  const splitMs = splitOf(trace);
  const [tuning, scored] = [new Part(startMs, splitMs), new Part(splitMs, endMs)];
  await simulate({ trace, cluster: UNLIMITED, policy: policyFromText(policy), observers: [tuning.metrics, scored.metrics] });
  const coldStartMs = trace.apps[0]!.coldStartMs;
  const cells = scored.cells();
  return { policy, tuning: outcomeOf(tuning.cells(), coldStartMs), scored: outcomeOf(cells, coldStartMs), cells, coldStartMs };
}

class Part {
  readonly metrics: RunMetricsObserver;

  constructor(fromMs: number, toMs: number) {
    this.metrics = new RunMetricsObserver({ fromMs, toMs, prices: DEFAULT_PRICES });
  }

  cells(): RunCells {
    this.metrics.finish();
    return this.metrics.cells();
  }
}

const COLUMNS = (["cold", "late", "idleMs", "shadowMs", "startupMs"] as const satisfies readonly CellColumn[]).map((name) =>
  CELL_COLUMNS.indexOf(name),
);

/** @param times how often a row and a block count; once each unless told. */
function outcomeOf(cells: RunCells, coldStartMs: number, times: (unit: number, block: number) => number = () => 1): Outcome {
  const { rows, blocks, sums } = cells;
  const totals = COLUMNS.map(() => 0);
  for (const [row, { unit }] of rows.entries()) {
    for (let block = 0; block < blocks; block++) {
      const drawn = times(unit, block);
      if (drawn === 0) continue;
      const at = (row * blocks + block) * CELL_COLUMNS.length;
      for (const [index, column] of COLUMNS.entries()) totals[index]! += drawn * sums[at + column]!;
    }
  }
  const [cold, late, idleMs, shadowMs, startupMs] = totals as [number, number, number, number, number];
  return { coldStarts: cold + late, heldMs: Math.max(0, idleMs + shadowMs + startupMs - cold * coldStartMs) };
}

/** What it did if the users and blocks of time are those of a replicate. */
export function outcomeIn({ cells, coldStartMs }: WarmthRun, resampling: Resampling, replicate: number): Outcome {
  return outcomeOf(
    cells,
    coldStartMs,
    (unit, block) => resampling.unitTimes(replicate, unit) * resampling.blockTimes(replicate, block),
  );
}
