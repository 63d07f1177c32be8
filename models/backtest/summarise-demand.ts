import { activityOf } from "../calibration/groups.ts";
import { History } from "../panel/panel.ts";
import { demandMetrics, geometricRatio, pitShares, seriesSql } from "../scoring/demand-metrics.ts";
import { type DemandScores, PIT_BINS } from "../scoring/demand-scores.ts";
import type { GroupResult, Metrics, ModelResult } from "./backtest-result.ts";
import type { BlockLosses, Blocks } from "./paired-bootstrap.ts";

/** Series that are looked at together. */
export interface SeriesGroup {
  readonly kind: GroupResult["kind"];
  readonly name: string;
  readonly series: readonly number[];
}

/** By resource where there are several, and by how much of what was known before the test was 0. */
export function seriesGroups(panel: DemandScores["panel"], knownSteps: number): SeriesGroup[] {
  const known = new History(panel, knownSteps);
  const groups = new Map<string, SeriesGroup & { series: number[] }>();
  const add = (kind: SeriesGroup["kind"], name: string, series: number) => {
    const group = groups.get(`${kind} ${name}`) ?? { kind, name, series: [] };
    group.series.push(series);
    groups.set(`${kind} ${name}`, group);
  };
  for (const [index, { resource }] of panel.series.entries()) {
    if (resource !== null) add("resource", resource, index);
    add("activity", activityOf(known.values(index), knownSteps), index);
  }
  return [...groups.values()].sort((a, b) => (a.kind + a.name < b.kind + b.name ? 1 : -1)).reverse();
}

type Summary = Pick<ModelResult, "metrics" | "groups" | "by_step" | "calibration">;

/** Everything about one model but its intervals. References may be missing, or the model itself. */
export function summariseDemand(
  scores: DemandScores,
  groups: readonly SeriesGroup[],
  references: { readonly simple: DemandScores | null; readonly classical: DemandScores | null },
): Summary {
  const own = seriesSql(scores);
  const simple = references.simple === null ? null : seriesSql(references.simple);
  const classical = references.classical === null ? null : seriesSql(references.classical);
  const pooled = (of: DemandScores | null, sql: number | null, series?: readonly number[]) => {
    const other = of === null ? null : demandMetrics(of, series).sql;
    return sql === null || other === null || other === 0 ? null : sql / other;
  };
  const withRatios = (series?: readonly number[], metrics = demandMetrics(scores, series)): Metrics => ({
    ...metrics,
    sql_pooled_ratio: pooled(references.simple, metrics.sql, series),
    sql_pooled_ratio_classical: pooled(references.classical, metrics.sql, series),
    sql_ratio: simple === null ? null : geometricRatio(own, simple, series),
    sql_ratio_classical: classical === null ? null : geometricRatio(own, classical, series),
  });
  const all = [...scores.panel.series.keys()];
  const pitBins = new Array<number>(PIT_BINS).fill(0);
  for (const [at, count] of scores.pitBins.entries()) pitBins[at % PIT_BINS] = (pitBins[at % PIT_BINS] as number) + count;
  const { byStep } = scores;
  const per = (sums: Float64Array, counts: Float64Array) =>
    Array.from(sums, (sum, step) => (counts[step] === 0 ? null : sum / (counts[step] as number)));
  return {
    metrics: withRatios(),
    groups: groups.map(({ kind, name, series }) => ({ kind, name, series: series.length, metrics: withRatios(series) })),
    by_step: {
      sql: per(byStep.scaledPinball, byStep.scaledSteps),
      mase: per(byStep.scaledError, byStep.scaledSteps),
      coverage80: per(byStep.within80, byStep.steps),
    },
    calibration: { of: "quantiles", pitBins, within: pitShares(scores, all) },
  };
}

/** SQL by series and block: of each forecast its mean scaled loss, summed. */
export function demandBlockLosses({ panel, sums, scales, frame }: DemandScores, { blockOf, blocks }: Blocks): BlockLosses {
  const origins = frame.origins.length;
  const loss = new Float64Array(panel.series.length * blocks);
  const count = new Float64Array(loss.length);
  for (let series = 0; series < panel.series.length; series += 1) {
    for (let origin = 0; origin < origins; origin += 1) {
      const cell = series * origins + origin;
      const per = (sums.steps[cell] as number) * (scales[cell] as number);
      if (!(per > 0)) continue;
      const at = series * blocks + (blockOf[origin] as number);
      loss[at] = (loss[at] as number) + (sums.pinball[cell] as number) / per;
      count[at] = (count[at] as number) + 1;
    }
  }
  return { loss, count };
}
