import type { Forecaster, Horizon } from "../forecaster.ts";
import { History, type Panel } from "../panel/panel.ts";
import { pinball } from "../scoring/pinball.ts";
import { activityOf, bucketOf, groupKey, variationOf } from "./groups.ts";

/**
 * Corrections of a forecaster's quantiles, learned from how often they held: split conformal calibration of each level by itself, in
 * units of the forecast's own scale (conformalized quantile regression: Romano, Patterson, Candès 2019; scaled scores: Sesia, Candès
 * 2020). JSON.
 */
export interface Calibration {
  readonly levelsPpm: readonly number[];
  /** Steps of history that decide a series' activity and variation. */
  readonly lookBack: number;
  /** By group, one correction a level; the group `all` is that of everything together. */
  readonly corrections: Readonly<Record<string, readonly number[]>>;
  /** How many forecast values each group was learned from. */
  readonly counts: Readonly<Record<string, number>>;
}

/** A group with fewer values than this leans as much on the whole as on itself. */
const HALF_TRUST = 50;
const ALL = "all";

/**
 * Learns corrections from forecasts at the origins, whose truths are all known before `origins.at(-1) + horizon.steps`. The origins
 * are to lie after what the forecaster was fitted on: only then do its errors there stand for those to come.
 */
export async function calibrate(
  forecaster: Forecaster,
  panel: Panel,
  origins: readonly number[],
  horizon: Horizon,
  lookBack: number,
): Promise<Calibration> {
  const { levelsPpm } = horizon;
  const scores = new Map<string, Halves[]>();
  const into = (key: string) => {
    let group = scores.get(key);
    if (group === undefined) {
      group = levelsPpm.map(() => [[], []] as const);
      scores.set(key, group);
    }
    return group;
  };
  for (const [index, origin] of origins.entries()) {
    const half = 2 * index < origins.length ? 0 : 1;
    const history = new History(panel, origin);
    const values = await forecaster.forecast(history, horizon);
    eachRow(history, horizon, lookBack, (series, step, key, variation, at) => {
      const truth = panel.values[series * panel.steps + origin + step];
      if (truth === undefined || origin + step >= panel.steps || Number.isNaN(truth)) return;
      const scale = scaleOf(values, at, levelsPpm.length, variation);
      if (scale === 0) return;
      const own = into(key);
      const all = into(ALL);
      for (let level = 0; level < levelsPpm.length; level += 1) {
        const score = (truth - (values[at + level] as number)) / scale;
        own[level]?.[half]?.push(score);
        all[level]?.[half]?.push(score);
      }
    });
  }
  const corrections: Record<string, number[]> = {};
  const counts: Record<string, number> = {};
  const whole = levelsPpm.map((level, i) => proven(scores.get(ALL)?.[i] ?? [[], []], level));
  for (const [key, byLevel] of [...scores].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [earlier, later] = byLevel[0] as Halves;
    const count = earlier.length + later.length;
    const trust = count / (count + HALF_TRUST);
    counts[key] = count;
    corrections[key] = byLevel.map((halves, i) => {
      const own = proven(halves, levelsPpm[i] as number);
      return key === ALL ? own : trust * own + (1 - trust) * (whole[i] as number);
    });
  }
  return { levelsPpm, lookBack, corrections, counts };
}

/** Scores from the earlier instants, and from the later ones. */
type Halves = readonly [earlier: number[], later: number[]];

/** The correction that all scores give, if that of the earlier ones makes the quantile loss of the later ones less; else none. */
function proven([earlier, later]: Halves, levelPpm: number): number {
  const tried = conformalQuantile(earlier, levelPpm);
  const loss = (correction: number) => later.reduce((sum, score) => sum + pinball(levelPpm, score, correction), 0);
  return loss(tried) < loss(0) ? conformalQuantile([...earlier, ...later], levelPpm) : 0;
}

/** Corrects forecasts of `steps` steps at the levels of the calibration, in place; without one they stay as they are. */
export function correctBy(calibration: Calibration | null, values: Float32Array, history: History, steps: number): void {
  if (calibration === null) return;
  const horizon = { steps, levelsPpm: calibration.levelsPpm };
  correct(values, history, horizon, calibration.lookBack, (key) => correctionsOf(calibration, key));
}

/** The corrections of a group, those of the whole where it was never seen, and none where nothing was. */
export function correctionsOf({ corrections, levelsPpm }: Calibration, key: string): readonly number[] {
  return corrections[key] ?? corrections[ALL] ?? levelsPpm.map(() => 0);
}

/** Adds to each quantile its group's correction times the forecast's scale, in place. */
export function correct(
  values: Float32Array,
  history: History,
  horizon: Horizon,
  lookBack: number,
  of: (key: string) => readonly number[],
): void {
  const width = horizon.levelsPpm.length;
  const floor = history.frame.signed ? Number.NEGATIVE_INFINITY : 0;
  eachRow(history, horizon, lookBack, (_series, _step, key, variation, at) => {
    const own = of(key);
    const scale = scaleOf(values, at, width, variation);
    let least = floor;
    for (let level = 0; level < width; level += 1) {
      // Levels are corrected one by one, so a lower one may come out above a higher one: it then lifts that.
      least = Math.max(least, (values[at + level] as number) + (own[level] as number) * scale);
      values[at + level] = least;
    }
  });
}

/** Called for each (series, step) with its group, the series' variation, and where its levels begin among the values. */
type RowVisitor = (series: number, step: number, key: string, variation: number, at: number) => void;

export function eachRow(history: History, horizon: Horizon, lookBack: number, visit: RowVisitor): void {
  const width = horizon.levelsPpm.length;
  history.frame.series.forEach(({ resource }, series) => {
    const activity = activityOf(history.values(series), lookBack);
    const variation = variationOf(history.values(series), history.frame.stepMs, lookBack);
    for (let step = 0; step < horizon.steps; step += 1) {
      const key = groupKey({ resource, activity, bucket: bucketOf(step) });
      visit(series, step, key, variation, (series * horizon.steps + step) * width);
    }
  });
}

/**
 * Half of the forecast's own spread, from its lowest level to its highest, and the series' variation over a week: a forecast that is too sure of
 * itself would otherwise make scores without bound, and corrections that explode elsewhere.
 */
export function scaleOf(values: Float32Array, at: number, width: number, variation: number): number {
  return ((values[at + width - 1] as number) - (values[at] as number)) / 2 + variation;
}

/**
 * The least score that a further one, drawn like these, does not exceed with the level's chance: the ⌈(n + 1) · level⌉-th smallest,
 * or the largest where there are too few. Sorts in place. 0 of none.
 */
function conformalQuantile(scores: number[], levelPpm: number): number {
  if (scores.length === 0) return 0;
  scores.sort((a, b) => a - b);
  const rank = Math.ceil(((scores.length + 1) * levelPpm) / 1_000_000);
  return scores[Math.min(rank, scores.length) - 1] as number;
}
