import type { DrawnRows } from "./drawn-rows.ts";

/**
 * The simple rule that prediction has to beat: the recent maximum, over one of several windows, × a factor that makes it hold at its
 * level. In the logarithms of the rows: a feature and a shift.
 */
export interface RecentMaximum {
  /** Which feature is the maximum. */
  readonly feature: number;
  readonly shift: number;
}

/** The window that does best on `held`, with the factor that holds on `learned`. */
export function fitRecentMaximum(
  learned: DrawnRows,
  held: DrawnRows,
  maxima: readonly number[],
  levelPpm: number,
): RecentMaximum {
  const level = levelPpm / 1_000_000;
  let best: RecentMaximum = { feature: maxima[0] as number, shift: 0 };
  let least = Number.POSITIVE_INFINITY;
  for (const feature of maxima) {
    const shift = shiftFor(learned, feature, level);
    const rule = { feature, shift };
    let loss = 0;
    for (let row = 0; row < held.count; row += 1) loss += held.loss(row, saysOf(rule, held.features, row * held.width), level);
    if (loss < least) {
      least = loss;
      best = rule;
    }
  }
  return best;
}

/** What it says of the row of features that begins at `at`, in logarithms; where its window is empty, of the recent maximum. */
export function saysOf({ feature, shift }: RecentMaximum, features: Float32Array, at: number): number {
  const said = features[at + feature] as number;
  return (Number.isNaN(said) ? 0 : said) + shift;
}

function shiftFor({ count, width, features, targets }: DrawnRows, feature: number, level: number): number {
  if (count === 0) return 0;
  const off = Float64Array.from({ length: count }, (_, row) => {
    const said = features[row * width + feature] as number;
    return (targets[row] as number) - (Number.isNaN(said) ? 0 : said);
  }).sort();
  return off[Math.min(count, Math.ceil((count + 1) * level)) - 1] as number;
}
