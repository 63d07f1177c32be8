import { log } from "../../allocator/core/math.ts";
import { DAY_MS, HOUR_MS, LocalClocks } from "../panel/calendar.ts";
import type { Panel, Series } from "../panel/panel.ts";

/** The largest value of so many steps is what values are compared with. */
const BASE_STEPS = 12;
/** Last values that are features themselves. */
const LAGS = 6;
/** Windows in steps; those of a quarter and of a whole day come besides. */
const WINDOWS = [3, 6, BASE_STEPS];
const DAYS_BACK = [1, 2, 7];
/** What is added to a value before its logarithm is taken, as a share of the last day's mean: nothing is infinitely less than something. */
const FLOOR_SHARE = 0.05;

/** The scale of a series at an instant. */
export interface Scale {
  /** What it is compared with: its recent maximum and the floor. */
  readonly base: number;
  readonly floor: number;
}

/**
 * What is told of a series at an instant, so that series of any size are alike: logarithms of ratios of its last values, of
 * the largest, mean and least of windows, and of the same time on days before, to its recent maximum; how much it varies; its size;
 * and the local time of the step in question.
 */
export class RatioFeatures {
  readonly width: number;
  /** Which features are the largest values of windows. */
  readonly maxima: readonly number[];
  readonly #frame: Omit<Panel, "values">;
  readonly #day: number;
  readonly #windows: readonly number[];
  readonly #floors: ReadonlyMap<string, number>;
  readonly #kinds: readonly string[];
  readonly #clocks: LocalClocks;

  /** @param floors of each resource, the least that counts as something. */
  constructor(frame: Omit<Panel, "values">, floors: ReadonlyMap<string, number>) {
    this.#frame = frame;
    this.#floors = floors;
    this.#kinds = [...floors.keys()];
    this.#day = Math.max(BASE_STEPS, Math.round(DAY_MS / frame.stepMs));
    this.#windows = [...new Set([...WINDOWS, Math.max(BASE_STEPS, this.#day >> 2), this.#day])];
    this.#clocks = new LocalClocks(frame.epochMs);
    this.maxima = this.#windows.map((_, window) => LAGS + 3 * window);
    this.width = LAGS + 3 * this.#windows.length + DAYS_BACK.length + 7;
  }

  /**
   * Writes the features of what comes `ahead` steps after the `known` steps of a series into `out` from `at` on.
   * @returns its scale; `null`: nothing was observed in the last day, and nothing is written.
   */
  write(series: number, values: Float32Array, known: number, ahead: number, out: Float32Array, at: number): Scale | null {
    const { stepMs, startMs } = this.#frame;
    const info = this.#frame.series[series] as Series;
    const sums = this.#windows.map(() => ({ most: -1, least: Number.POSITIVE_INFINITY, sum: 0, seen: 0 }));
    let zeros = 0;
    let moved = 0;
    let later = Number.NaN;
    const reach = Math.min(known, this.#day);
    for (let back = 1; back <= reach; back += 1) {
      const value = values[known - back] as number;
      if (Number.isNaN(value)) continue;
      if (value === 0) zeros += 1;
      if (!Number.isNaN(later)) moved += Math.abs(later - value);
      later = value;
      for (let w = this.#windows.length - 1; w >= 0 && back <= (this.#windows[w] as number); w -= 1) {
        const own = sums[w] as (typeof sums)[number];
        own.seen += 1;
        own.sum += value;
        if (value > own.most) own.most = value;
        if (value < own.least) own.least = value;
      }
    }
    const day = sums.at(-1) as (typeof sums)[number];
    if (day.seen === 0) return null;
    const floor = (this.#floors.get(kindOf(info)) ?? 1) + (FLOOR_SHARE * day.sum) / day.seen;
    const lately = sums[WINDOWS.length - 1] as (typeof sums)[number];
    const base = (lately.seen > 0 ? lately.most : day.most) + floor;
    const ratio = (value: number) => (Number.isNaN(value) ? Number.NaN : log((value + floor) / base));
    let next = at;
    for (let lag = 1; lag <= LAGS; lag += 1) out[next++] = lag > known ? Number.NaN : ratio(values[known - lag] as number);
    for (const { most, least, sum, seen } of sums) {
      out[next++] = seen === 0 ? Number.NaN : ratio(most);
      out[next++] = seen === 0 ? Number.NaN : ratio(sum / seen);
      out[next++] = seen === 0 ? Number.NaN : ratio(least);
    }
    for (const days of DAYS_BACK) out[next++] = ratio(largestAround(values, known, known + ahead - days * this.#day));
    const clock = this.#clocks.of(info.traits.timeZone);
    const atMs = startMs + (known + ahead) * stepMs;
    out[next++] = zeros / day.seen;
    out[next++] = log((moved / day.seen + floor) / base);
    out[next++] = log(base);
    out[next++] = this.#kinds.indexOf(kindOf(info));
    out[next++] = clock.minuteOfDay(atMs) / (HOUR_MS / 60_000);
    out[next++] = clock.weekday(atMs);
    out[next++] = ahead;
    return { base, floor };
  }
}

export function kindOf({ resource }: Pick<Series, "resource">): string {
  return resource ?? "";
}

/** The largest of a value and its neighbours, as far as they are known; NaN: none is. */
function largestAround(values: Float32Array, known: number, centre: number): number {
  let most = Number.NaN;
  for (let at = Math.max(0, centre - 1); at <= Math.min(known - 1, centre + 1); at += 1) {
    const value = values[at] as number;
    if (!(most >= value) && !Number.isNaN(value)) most = value;
  }
  return most;
}
