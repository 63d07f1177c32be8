import { DAY_MS, stepsOf } from "./calendar.ts";
import type { FeatureSpec } from "./feature-spec.ts";
import type { History } from "./panel.ts";

/** Lengths of recent windows, in steps. */
const WINDOWS = [4, 12, 48];

const RECENT = [
  "1 step before",
  "2 steps before",
  ...WINDOWS.flatMap((steps) => [`mean of ${steps} steps`, `largest of ${steps} steps`]),
  "zeros in 48 steps",
  "steps since use",
  "unobserved in 48 steps",
];
const LONG_TERM = ["mean of 1 d", "largest of 1 d", "mean of 7 d", "largest of 7 d", "observed in 7 d", "level", "age"];
const LAGS = [1, 2, 7];

/** No feature is further from 0. */
const CLIP = 4;

/**
 * Features of past amounts, relative to the recent level so that small and large users look alike: ln((y + e) ⁄ (r + e)), where r is
 * the largest value of the last day and e is r ⁄ 20, or 1 where r is 0. Signed values: distances from the day's mean, in its standard
 * deviations. What is not observed is 0, the recent level.
 */
export class LevelFeatures {
  readonly names: readonly string[];
  readonly aheadNames: readonly string[];
  readonly #history: History;
  readonly #recent: boolean;
  readonly #longTerm: boolean;
  readonly #day: number;
  readonly #signed: boolean;

  constructor(spec: FeatureSpec, history: History) {
    this.#history = history;
    this.#signed = spec.signed;
    this.#recent = spec.groups.includes("recent");
    this.#longTerm = spec.groups.includes("long-term");
    this.#day = stepsOf(DAY_MS, spec.stepMs);
    this.names = [...(this.#recent ? RECENT : []), ...(this.#longTerm ? LONG_TERM : [])];
    const lags = LAGS.flatMap((days) => [`${days} d before`, `${days} d before is known`]);
    this.aheadNames = this.#longTerm ? lags : [];
  }

  write(series: number, origin: number, into: Float32Array, offset: number): void {
    if (this.names.length === 0) return;
    const values = this.#history.values(series);
    const day = summaryOf(values, origin - this.#day, origin);
    const relative = this.#relativeTo(day);
    let at = offset;
    if (this.#recent) {
      into[at++] = relative(values[origin - 1]);
      into[at++] = relative(values[origin - 2]);
      for (const steps of WINDOWS) {
        const { mean, largest } = summaryOf(values, origin - steps, origin);
        into[at++] = relative(mean);
        into[at++] = relative(largest);
      }
      const longest = WINDOWS[WINDOWS.length - 1] as number;
      const window = summaryOf(values, origin - longest, origin);
      into[at++] = window.observed === 0 ? 0 : window.zeros / window.observed;
      into[at++] = Math.log1p(stepsSinceUse(values, origin, Math.max(longest, 7 * this.#day)));
      into[at++] = 1 - window.observed / longest;
    }
    if (this.#longTerm) {
      const week = summaryOf(values, origin - 7 * this.#day, origin);
      into[at++] = relative(day.mean);
      into[at++] = relative(day.largest);
      into[at++] = relative(week.mean);
      into[at++] = relative(week.largest);
      into[at++] = week.observed / (7 * this.#day);
      into[at++] = this.#signed ? 0 : Math.log1p(week.observed === 0 ? 0 : week.largest) / CLIP;
      into[at++] = Math.log1p(stepsSinceFirst(values, origin) / this.#day);
    }
  }

  writeAhead(series: number, origin: number, steps: number, into: Float32Array, offset: number, stride: number): void {
    if (!this.#longTerm) return;
    const values = this.#history.values(series);
    const relative = this.#relativeTo(summaryOf(values, origin - this.#day, origin));
    for (let k = 0; k < steps; k += 1) {
      LAGS.forEach((days, i) => {
        const lag = days * this.#day;
        // The last one that is known at the origin, however far ahead the step is.
        const value = values[origin + k - lag * (Math.floor(k / lag) + 1)];
        const at = offset + k * stride + 2 * i;
        into[at] = relative(value);
        into[at + 1] = value === undefined || Number.isNaN(value) ? 0 : 1;
      });
    }
  }

  #relativeTo({ mean, deviation, largest, observed }: Summary): (value: number | undefined) => number {
    const clip = (value: number) => Math.max(-CLIP, Math.min(CLIP, value));
    if (this.#signed) {
      const unit = deviation + 1e-6 * (1 + Math.abs(mean));
      return (value) => (observed === 0 || value === undefined || Number.isNaN(value) ? 0 : clip((value - mean) / unit));
    }
    const level = observed === 0 ? 0 : largest;
    const floor = level === 0 ? 1 : level / 20;
    return (value) => (value === undefined || Number.isNaN(value) ? 0 : clip(Math.log((value + floor) / (level + floor))));
  }
}

interface Summary {
  readonly observed: number;
  readonly zeros: number;
  /** NaN where nothing is observed. */
  readonly mean: number;
  readonly largest: number;
  readonly deviation: number;
}

function summaryOf(values: Float32Array, from: number, until: number): Summary {
  let observed = 0;
  let zeros = 0;
  let sum = 0;
  let squares = 0;
  let largest = Number.NEGATIVE_INFINITY;
  for (let step = Math.max(0, from); step < until; step += 1) {
    const value = values[step] as number;
    if (Number.isNaN(value)) continue;
    observed += 1;
    if (value === 0) zeros += 1;
    sum += value;
    squares += value * value;
    if (value > largest) largest = value;
  }
  if (observed === 0) return { observed, zeros, mean: Number.NaN, largest: Number.NaN, deviation: 0 };
  const mean = sum / observed;
  return { observed, zeros, mean, largest, deviation: Math.sqrt(Math.max(0, squares / observed - mean * mean)) };
}

/** At most `most`. */
function stepsSinceUse(values: Float32Array, origin: number, most: number): number {
  const until = Math.max(0, origin - most);
  for (let step = origin - 1; step >= until; step -= 1)
    if ((values[step] as number) !== 0 && !Number.isNaN(values[step])) return origin - 1 - step;
  return origin - until;
}

function stepsSinceFirst(values: Float32Array, origin: number): number {
  for (let step = 0; step < origin; step += 1) if (!Number.isNaN(values[step])) return origin - step;
  return 0;
}
