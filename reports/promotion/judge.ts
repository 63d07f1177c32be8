import { type Gate, type GateResult, type Gates, STAGES, type Stage } from "../../allocator/promotion/promotion.ts";
import { metric as metricOf } from "../compared-run.ts";
import { significant } from "../format.ts";
import { PairedRuns, type RunWithCells } from "../statistics/paired.ts";

/** A gate for one scope. */
interface Question extends Gate {
  readonly stage: Stage;
}

/** How the intervals were made. */
export interface JudgeMethod {
  readonly level: number;
  readonly intervals: number;
  readonly replicates: number;
  readonly seed: number;
  readonly blockMs: number;
  readonly blocks: number;
  readonly units: number;
}

/**
 * The gates as they are asked on one trace: of `tier: each` one a tier in which anything happened; service levels first, then waste,
 * cost and churn.
 */
export function questionsOf(gates: Gates, candidate: RunWithCells): Question[] {
  const isAlive = (tier: string) =>
    ["requests", "observed_user_hours"].some((name) => (metricOf(candidate.record, name, tier) ?? 0) > 0);
  const alive = candidate.cells.tiers.filter(isAlive);
  const tiers: readonly (string | null)[] = alive.length > 0 ? alive : [null];
  return STAGES.flatMap((stage) =>
    gates[stage].flatMap((gate) => {
      const scopes = gate.tier === "each" ? tiers : [gate.tier];
      return scopes.map((tier) => ({ ...gate, tier, stage }));
    }),
  );
}

/**
 * Whether the candidate passes each gate on one trace. A gate is passed where the whole interval lies within its bound, of
 *
 *     candidate − (1 + noWorseBy) × incumbent − slack ≤ 0,   or   candidate − (1 − betterBy) × incumbent < 0
 *
 * resampled as one number, so that the incumbent's own uncertainty counts. What cannot be shown does not pass.
 * @param intervals how many there are in all, over all traces: each is corrected for that.
 */
export function judge(
  gates: Gates,
  candidate: RunWithCells,
  incumbent: RunWithCells,
  intervals: number,
): { readonly results: readonly GateResult[]; readonly method: JudgeMethod } {
  const questions = questionsOf(gates, candidate);
  const known: readonly string[] = candidate.cells.tiers;
  const scopes = [...new Set(questions.map(({ tier }) => tier))].filter((tier) => tier === null || known.includes(tier));
  const metrics = questions.map(({ metric }) => metric);
  const pair = new PairedRuns(candidate, incumbent, metrics, scopes, { outside: 1 - gates.confidence, intervals });
  const results = questions.map((question): GateResult => {
    if (scopes.includes(question.tier)) return judged(question, pair);
    const reason = `this trace has no tier ${JSON.stringify(question.tier)}: it has ${known.join(", ")}`;
    return { ...question, candidate: null, incumbent: null, interval: null, excess: null, passed: false, reason };
  });
  const { blockMs, blocks, units } = candidate.cells;
  const { replicates, seed, outside } = pair;
  return { results, method: { level: 1 - outside, intervals, replicates, seed, blockMs, blocks, units } };
}

function judged(question: Question, pair: PairedRuns): GateResult {
  const { metric, tier, noWorseBy, betterBy, slack } = question;
  const { candidate, incumbent, problem } = pair.metric(metric, tier);
  const known = { ...question, candidate, incumbent };
  if (problem !== null) {
    return { ...known, interval: null, excess: null, passed: false, reason: `nothing can be shown of it: ${problem}` };
  }
  const factor = noWorseBy === null ? 1 - (betterBy as number) : 1 + noWorseBy;
  const interval = pair.interval(metric, tier);
  const [, excess] = pair.interval(metric, tier, factor, slack) as readonly [number, number];
  const passed = noWorseBy === null ? excess < 0 : excess <= 0;
  return { ...known, interval, excess, passed, reason: passed ? null : reasonOf(known, excess) };
}

type Known = Question & { readonly candidate: number | null; readonly incumbent: number | null };

/** In words: by how much it is out of bounds, or that it might be. */
function reasonOf({ noWorseBy, betterBy, slack, candidate, incumbent }: Known, excess: number): string {
  const factor = noWorseBy === null ? 1 - (betterBy as number) : 1 + noWorseBy;
  const limit = factor * (incumbent as number) + slack;
  const bound = `${noWorseBy === null ? "below" : "at most"} ${significant(limit)}`;
  const isOut = noWorseBy === null ? (candidate as number) >= limit : (candidate as number) > limit;
  if (isOut) return `it has to be ${bound}`;
  return `it is ${bound}, but not surely: it may be above that by ${significant(excess)}`;
}
