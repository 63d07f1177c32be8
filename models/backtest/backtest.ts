import type { FitOptions } from "../catalogue.ts";
import { ArrivalScores } from "../scoring/arrival-scores.ts";
import { seriesSql } from "../scoring/demand-metrics.ts";
import { DemandScores } from "../scoring/demand-scores.ts";
import type { BacktestResult, ModelResult } from "./backtest-result.ts";
import { errorScales } from "./error-scales.ts";
import { examplesOf } from "./examples.ts";
import { type BlockLosses, type Blocks, blocksOf, type LossIntervals, lossIntervals, replicatesFor } from "./paired-bootstrap.ts";
import { panelPart } from "./panel-part.ts";
import type { BacktestPlan } from "./plan.ts";
import { type Contestant, type Outcome, runModel } from "./run-model.ts";
import { arrivalBlockLosses, summariseArrivals } from "./summarise-arrivals.ts";
import { demandBlockLosses, type SeriesGroup, seriesGroups, summariseDemand } from "./summarise-demand.ts";

export interface BacktestOptions {
  /** Names of the contestants that the others are held against. */
  readonly references: { readonly simple: string; readonly classical: string };
  readonly fit: Omit<FitOptions, "horizon" | "seed" | "onProgress">;
  /** Called now and then with the share of the work that is done, and the model under way. */
  readonly onProgress?: (share: number, model: string) => void;
}

type Scores = DemandScores | ArrivalScores;

/**
 * Fits each model once, has it forecast from every origin, and scores it: the same origins, steps and draws for all. A model that
 * fails is in the result with its fault and no scores.
 */
export async function backtest(
  plan: BacktestPlan,
  contestants: readonly Contestant[],
  options: BacktestOptions,
): Promise<BacktestResult> {
  const { panel, split, origins, horizon, seed } = plan;
  const known = panelPart(panel, split.validationEnd);
  const scales = panel.target === "arrival" ? new Float64Array(0) : errorScales(panel, origins);
  const shown = origins.length >> 1;
  const kept = new Map<string, Float32Array>();
  const outcomes: { contestant: Contestant; outcome: Outcome; scores: Scores }[] = [];
  for (const [done, contestant] of contestants.entries()) {
    const frame = { origins, ...horizon, seed };
    const scores = panel.target === "arrival" ? new ArrivalScores(panel, frame) : new DemandScores(panel, frame, scales);
    const outcome = await runModel(contestant, plan, {
      known,
      fit: options.fit,
      take: (index, values) => {
        scores.add(index, values);
        if (index === shown) kept.set(contestant.name, values);
      },
      onProgress: (share) => options.onProgress?.((done + share) / contestants.length, contestant.name),
    });
    outcomes.push({ contestant, outcome, scores });
  }
  const scored = outcomes.filter(({ outcome }) => outcome.run !== null);
  const simple = scored.findIndex(({ contestant }) => contestant.name === options.references.simple);
  const classical = scored.findIndex(({ contestant }) => contestant.name === options.references.classical);
  const blocks = blocksOf(plan);
  const held = [simple, classical].filter((place) => place >= 0);
  const losses = scored.map(({ scores }) => blockLosses(scores, blocks));
  const intervals = lossIntervals(losses, held, blocks, seed);
  const groups = seriesGroups(panel, split.validationEnd);
  const references = { simple: scored[simple]?.scores ?? null, classical: scored[classical]?.scores ?? null };
  const models = outcomes.map(({ contestant, outcome, scores }): ModelResult => {
    const { name, family } = contestant;
    if (outcome.run === null) return failed(name, family, outcome.fault);
    const place = scored.findIndex((one) => one.contestant === contestant);
    const own = intervals[place] as LossIntervals;
    return {
      name,
      family,
      chosen: outcome.run.chosen,
      fault: null,
      ...summarise(scores, groups, references),
      intervals: namedIntervals(own, panel.target === "arrival", held.indexOf(simple), held.indexOf(classical)),
      cost: outcome.run.cost,
    };
  });
  return {
    target: panel.target,
    stepMs: panel.stepMs,
    series: panel.series.length,
    steps: panel.steps,
    split,
    embargoSteps: plan.embargoSteps,
    horizonSteps: horizon.steps,
    levelsPpm: horizon.levelsPpm,
    origins,
    seed,
    intervals: { replicates: replicatesFor(panel.series.length), units: blocks.units, blocks: blocks.blocks },
    references: {
      simple: scored[simple]?.contestant.name ?? null,
      classical: scored[classical]?.contestant.name ?? null,
    },
    models,
    examples: examplesOf(plan, exampleRatios(scored, models, references.simple), shown, kept),
  };
}

function blockLosses(scores: Scores, blocks: Blocks): BlockLosses {
  return scores instanceof DemandScores ? demandBlockLosses(scores, blocks) : arrivalBlockLosses(scores, blocks);
}

function summarise(
  scores: Scores,
  groups: readonly SeriesGroup[],
  references: { readonly simple: Scores | null; readonly classical: Scores | null },
) {
  // All scores of a backtest are of one kind.
  if (scores instanceof DemandScores) return summariseDemand(scores, groups, references as never);
  return summariseArrivals(scores, groups, references as never);
}

function failed(name: string, family: ModelResult["family"], fault: string): ModelResult {
  return {
    name,
    family,
    chosen: null,
    fault,
    metrics: {},
    intervals: {},
    groups: [],
    by_step: {},
    calibration: null,
    cost: null,
  };
}

function namedIntervals(own: LossIntervals, arrival: boolean, simple: number, classical: number): ModelResult["intervals"] {
  if (arrival) {
    return {
      log_loss: own.mean,
      log_loss_ratio: own.meanRatio[simple] ?? null,
      log_loss_ratio_classical: own.meanRatio[classical] ?? null,
    };
  }
  return {
    sql: own.mean,
    sql_ratio: own.geometricRatio[simple] ?? null,
    sql_ratio_classical: own.geometricRatio[classical] ?? null,
    sql_pooled_ratio: own.meanRatio[simple] ?? null,
    sql_pooled_ratio_classical: own.meanRatio[classical] ?? null,
  };
}

/** How the best model that is not held against did on each series, beside the simple reference. */
function exampleRatios(
  scored: readonly { contestant: Contestant; scores: Scores }[],
  models: readonly ModelResult[],
  simple: Scores | null,
): Float64Array {
  const lossOf = (name: string) => {
    const metrics = models.find((model) => model.name === name)?.metrics;
    return metrics?.["sql"] ?? metrics?.["log_loss"] ?? Number.POSITIVE_INFINITY;
  };
  const [best] = [...scored]
    .filter(({ scores }) => scores !== simple)
    .sort((a, b) => lossOf(a.contestant.name) - lossOf(b.contestant.name));
  const chosen = best ?? scored[0];
  if (chosen === undefined || simple === null) return new Float64Array(0);
  const own = seriesLoss(chosen.scores);
  const other = seriesLoss(simple);
  return own.map((loss, series) => loss / (other[series] as number));
}

function seriesLoss(scores: Scores): Float64Array {
  if (scores instanceof DemandScores) return seriesSql(scores);
  const { sums, origins, panel } = scores;
  return Float64Array.from(panel.series, (_, one) => {
    let loss = 0;
    let atRisk = 0;
    for (let cell = one * origins.length; cell < (one + 1) * origins.length; cell += 1) {
      loss += sums.logLoss[cell] as number;
      atRisk += sums.atRisk[cell] as number;
    }
    return atRisk === 0 ? Number.NaN : loss / atRisk;
  });
}
