import { NUMBER_LABEL } from "./theme.ts";

/** A largest value so many times the median one leaves no room for the others on a linear axis. */
const OUTLIES = 20;
/** A logarithmic axis spans no more than this. */
const MOST_SPAN = 1e6;

/** An axis of costs from 0: linear, or, where one value dwarfs the rest, logarithmic with a place for 0 (symlog). */
export interface CostAxis {
  readonly end: number;
  readonly isLogarithmic: boolean;
  /** Where a value stands, from 0 to 1 at the end. */
  readonly place: (value: number) => number;
  /** The value that stands there. */
  readonly valueAt: (place: number) => number;
  /** Scale and axis as Vega-Lite has them. */
  readonly scale: object;
  readonly axis: object;
}

export function costAxis(values: readonly number[]): CostAxis {
  const positive = values.filter((value) => value > 0).sort((a, b) => a - b);
  const largest = positive.at(-1) ?? 1;
  const median = positive[Math.floor((positive.length - 1) / 2)] ?? 1;
  const isLogarithmic = largest > OUTLIES * median;
  const end = largest * (isLogarithmic ? 2 : 1.12);
  const common = { labelExpr: NUMBER_LABEL, grid: true };
  if (!isLogarithmic) {
    return {
      end,
      isLogarithmic,
      place: (value) => value / end,
      valueAt: (place) => place * end,
      scale: { domain: [0, end], nice: false },
      axis: { ...common, tickCount: 5 },
    };
  }
  const constant = Math.max(positive[0] ?? 1, largest / MOST_SPAN);
  const length = Math.log1p(end / constant);
  const decades = Array.from({ length: 24 }, (_, index) => Number(`1e${index - 12}`));
  return {
    end,
    isLogarithmic,
    place: (value) => Math.log1p(value / constant) / length,
    valueAt: (place) => constant * Math.expm1(place * length),
    scale: { type: "symlog", constant, domain: [0, end], nice: false },
    axis: { ...common, values: [0, ...decades.filter((decade) => decade >= constant && decade <= end)], labelOverlap: "greedy" },
  };
}
