import { exp } from "../../allocator/core/math.ts";
import { RandomStream } from "../../allocator/core/random.ts";
import type { FitOptions } from "../catalogue.ts";
import { Peers } from "../classical/peers.ts";
import { type Forecaster, ForecastFault, type Horizon, type Split } from "../forecaster.ts";
import type { History, Panel } from "../panel/panel.ts";
import { type BoostedTrees, BoostingRows, boostQuantile, saidBy } from "./boosted-trees.ts";
import { DrawnRows } from "./drawn-rows.ts";
import { kindOf, RatioFeatures } from "./ratio-features.ts";
import { fitRecentMaximum, type RecentMaximum, saysOf } from "./recent-maximum.ts";

const TREES = { trees: 100, rate: 0.12, depth: 5, leastRows: 100, share: 0.5 };
const MOST_ROWS = 120_000;
const MOST_HELD_ROWS = 80_000;
/** The least that counts as something, as a share of the resource's mean over all series. */
const FLOOR_SHARE = 0.001;

/** A rule with less than this share of the trees' loss is taken instead of them: a little less may be chance. */
const CLEARLY_LESS = 0.9;

/** What is said at one level: by trees, or by the simple rule. */
interface Level {
  readonly levelPpm: number;
  readonly trees: BoostedTrees;
  readonly rule: RecentMaximum;
}

/**
 * Quantiles by gradient-boosted trees, one set of trees a level for all series: of the logarithm of what comes, as a ratio to the recent
 * maximum. Each level is then moved so that it holds on the validation part, by which it is also known when to stop.
 *
 * A series for which the recent maximum × a factor had less quantile loss on the validation part is left to that: prediction does not
 * pay there. `chosen` says for how many.
 * @throws ForecastFault where values may be negative: they have no such ratios.
 */
export async function fitBoosted(panel: Panel, split: Split, options: FitOptions): Promise<Forecaster> {
  if (panel.signed) throw new ForecastFault("boosted forecasts amounts, and these values may be below 0");
  const { steps, levelsPpm } = options.horizon;
  const features = new RatioFeatures(panel, floorsOf(panel, split.trainEnd));
  const drawing = { panel, features, ahead: steps, random: new RandomStream(options.seed, "rows to learn from") };
  const learned = new DrawnRows(drawing, 1, split.trainEnd, MOST_ROWS);
  const held = new DrawnRows(drawing, split.trainEnd, split.validationEnd, MOST_HELD_ROWS);
  const rows = new BoostingRows(learned, held);
  const boosting = { ...TREES, seed: options.seed };
  const levels: Level[] = [];
  for (const levelPpm of levelsPpm) {
    const trees = calibrated(boostQuantile(rows, levelPpm, boosting), levelPpm, held);
    levels.push({ levelPpm, trees, rule: fitRecentMaximum(learned, held, features.maxima, levelPpm) });
    options.onProgress?.(levels.length / levelsPpm.length);
  }
  const simple = whereRuleDoesBetter(levels, held, panel.series.length);
  const left = simple.reduce((sum, one) => sum + one, 0);
  const counts = levels.map(({ trees }) => trees.trees.length);
  const names = new Set(panel.series.flatMap(({ name }, series) => (simple[series] === 1 ? [name] : [])));
  return {
    name: "boosted",
    target: panel.target,
    chosen: `${counts.join(", ")} trees; of ${panel.series.length} series ${left} by their recent maximum`,
    forecast: async (history, horizon) => forecastBy(levels, names, features, history, horizon),
  };
}

/** The least that counts as something, of each resource. */
function floorsOf({ series, values, steps }: Panel, until: number): Map<string, number> {
  const sums = new Map<string, { sum: number; seen: number }>();
  for (const [index, one] of series.entries()) {
    const own = sums.get(kindOf(one)) ?? { sum: 0, seen: 0 };
    sums.set(kindOf(one), own);
    for (let step = 0; step < until; step += 1) {
      const value = values[index * steps + step] as number;
      if (Number.isNaN(value)) continue;
      own.sum += value;
      own.seen += 1;
    }
  }
  return new Map([...sums].map(([kind, { sum, seen }]) => [kind, sum > 0 ? (FLOOR_SHARE * sum) / seen : 1]));
}

/** Moved so that the level's share of the rows held out is at or below what it says: split conformal calibration. */
function calibrated(trees: BoostedTrees, levelPpm: number, held: DrawnRows): BoostedTrees {
  if (held.count === 0) return trees;
  const off = Float64Array.from(held.targets, (target, row) => target - saidBy(trees, held.features, row * held.width)).sort();
  const rank = Math.min(off.length, Math.ceil(((off.length + 1) * levelPpm) / 1_000_000));
  return { ...trees, start: trees.start + (off[rank - 1] as number) };
}

/** 1 for each series of which the simple rule had clearly less loss over all levels. */
function whereRuleDoesBetter(levels: readonly Level[], held: DrawnRows, series: number): Float64Array {
  const losses = { trees: new Float64Array(series), rule: new Float64Array(series) };
  for (const { levelPpm, trees, rule } of levels) {
    const level = levelPpm / 1_000_000;
    for (let row = 0; row < held.count; row += 1) {
      const at = row * held.width;
      const of = held.series[row] as number;
      losses.trees[of] = (losses.trees[of] as number) + held.loss(row, saidBy(trees, held.features, at), level);
      losses.rule[of] = (losses.rule[of] as number) + held.loss(row, saysOf(rule, held.features, at), level);
    }
  }
  return losses.trees.map((loss, of) => ((losses.rule[of] as number) < CLEARLY_LESS * loss ? 1 : 0));
}

function forecastBy(
  levels: readonly Level[],
  simple: ReadonlySet<string>,
  features: RatioFeatures,
  history: History,
  horizon: Horizon,
): Float32Array {
  const { steps, levelsPpm } = horizon;
  const asked = levelsPpm.map((levelPpm) => {
    const found = levels.find((level) => level.levelPpm === levelPpm);
    if (found === undefined) throw new ForecastFault(`boosted was not fitted for the level of ${levelPpm} ppm`);
    return found;
  });
  const peers = new Peers(history);
  const row = new Float32Array(features.width);
  const { series } = history.frame;
  const out = new Float32Array(series.length * steps * asked.length);
  let next = 0;
  for (const [index, { resource, name }] of series.entries()) {
    const values = history.values(index);
    const bySimple = simple.has(name);
    // What was never anything but zero is taken to stay so; of what was not seen lately, nothing is known but its peers.
    const nothing = !values.some((value) => value > 0) && values.includes(0);
    const unseen = (levelPpm: number) => (nothing ? 0 : peers.quantile(resource, levelPpm));
    for (let step = 0; step < steps; step += 1) {
      const scale = nothing ? null : features.write(index, values, history.steps, step, row, 0);
      let least = 0;
      for (const { levelPpm, trees, rule } of asked) {
        const said = bySimple ? saysOf(rule, row, 0) : saidBy(trees, row, 0);
        const amount = scale === null ? unseen(levelPpm) : scale.base * exp(said) - scale.floor;
        least = Math.max(least, amount);
        out[next++] = least;
      }
    }
  }
  return out;
}
