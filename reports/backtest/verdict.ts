import type { ModelResult } from "../../models/backtest/backtest-result.ts";
import type { Interval } from "../../models/backtest/resampling.ts";
import { counted, share, significant } from "../format.ts";
import type { BacktestDocument } from "./document.ts";
import { lossOf, rankedModels } from "./ranked-models.ts";

/** What the scores show, in sentences: names stand in quotation marks. */
export interface BacktestVerdict {
  readonly headline: string;
  readonly findings: readonly string[];
  readonly caveats: readonly string[];
}

export function backtestVerdict(document: BacktestDocument): BacktestVerdict {
  const { references } = document;
  const ranked = rankedModels(document);
  const best = ranked.find(({ name }) => name !== references.simple) ?? ranked[0];
  const learned = ranked.find(({ family }) => family === "learned");
  const findings: string[] = [];
  if (best !== undefined && best !== learned) findings.push(...againstClassical(document, best));
  if (learned !== undefined) findings.push(...againstClassical(document, learned), ...calibration(learned));
  else if (best !== undefined) findings.push(...calibration(best));
  return { headline: headline(document, best), findings, caveats: caveats(document) };
}

function headline(document: BacktestDocument, best: ModelResult | undefined): string {
  const { metric, name } = lossOf(document);
  const { simple } = document.references;
  if (best === undefined) return "No model has scores: all failed.";
  const loss = best.metrics[metric] ?? null;
  if (loss === null) return `“${best.name}” is first, but no series has a scale to measure errors by.`;
  const ratio = best.metrics[`${metric}_ratio`] ?? null;
  if (ratio === null || simple === null || best.name === simple)
    return `“${best.name}” has the lowest ${name}: ${significant(loss)}.`;
  const range = rangeOf(best.intervals[`${metric}_ratio`]);
  return `“${best.name}” forecasts best: its ${name} is ${significant(ratio)} of that of “${simple}”${range}.`;
}

/** Whether its interval leaves out a ratio of 1 to the best classical model. */
function againstClassical(document: BacktestDocument, { name, metrics, intervals }: ModelResult): string[] {
  const { metric } = lossOf(document);
  const { classical } = document.references;
  const ratio = metrics[`${metric}_ratio_classical`] ?? null;
  if (classical === null || ratio === null || name === classical) return [];
  const interval = intervals[`${metric}_ratio_classical`] ?? null;
  if (interval !== null && interval[0] <= 1 && interval[1] >= 1) {
    return [`“${name}” and “${classical}”: no difference shown, ratio ${significant(ratio)}${rangeOf(interval)}.`];
  }
  const which = ratio < 1 ? "better" : "worse";
  return [`“${name}” is ${which} than the tuned “${classical}”: ${significant(ratio)} of its loss${rangeOf(interval)}.`];
}

function calibration({ name, metrics }: ModelResult): string[] {
  const { pit80 = null, coverage80_dense = null } = metrics;
  if (pit80 === null) return [];
  const dense = coverage80_dense === null ? "" : `; ${share(coverage80_dense)} of steps where under 5 % of a window is zero`;
  return [`The 80 % interval of “${name}” holds ${share(pit80)} by randomised PIT${dense}.`];
}

function caveats({ models, source, target, intervals, origins, protocol }: BacktestDocument): string[] {
  const failed = models
    .filter(({ fault }) => fault !== null)
    .map(({ name, fault }) => `“${name}” failed and has no scores: ${fault}.`);
  const [first] = models.filter(({ fault }) => fault === null);
  const apart = first?.metrics["apart"] ?? 0;
  const scaled = first?.metrics["scaled"] ?? 0;
  return [
    ...failed,
    ...(source.synthetic ? ["The trace is synthetic: what is learned from it holds of its generator."] : []),
    ...(target !== "arrival" && apart > 0
      ? [
          `${share(apart / (apart + scaled))} of the forecasts are scored apart: their series had been constant or all zero, and have no scale.`,
        ]
      : []),
    ...(intervals.units === 0 && first !== undefined
      ? ["Fewer than 20 series or users: intervals are over time alone, and say nothing of other series."]
      : []),
    ...(protocol === "walk-forward"
      ? [
          `${counted(origins.length, "instant", "instants")} to forecast from, one drawn in each of as many equal parts of the test.`,
        ]
      : []),
  ];
}

function rangeOf(interval: Interval | null | undefined): string {
  return interval == null ? "" : ` (95 % interval ${significant(interval[0])} to ${significant(interval[1])})`;
}
