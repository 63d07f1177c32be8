import { Arrivals, medianOf } from "./arrivals.ts";
import { DAY_MS, HOUR_MS, stepsOf } from "./calendar.ts";
import type { FeatureSpec } from "./feature-spec.ts";
import type { History } from "./panel.ts";

/** Gaps that are looked at: enough to see a clock behind them, few enough to follow its changes. */
const GAPS = 5;

const RECENT = [
  "arrived before",
  "idle",
  "last gap",
  "usual gap",
  "spread of gaps",
  "idle to usual gap",
  "gaps known",
  "arrivals in 1 h",
  "arrivals in 6 h",
];
const LONG_TERM = ["arrivals in 1 d", "arrivals in 7 d", "age"];
const RECENT_AHEAD = ["gaps since the last", "near a multiple of the gap"];
const LONG_TERM_AHEAD = ["a day before", "a week before", "this hour in four weeks"];

/** Features of when requests came, for hazards: by series and origin, and by step ahead. Logarithms of steps and counts. */
export class ArrivalFeatures {
  readonly names: readonly string[];
  readonly aheadNames: readonly string[];
  readonly #history: History;
  readonly #recent: boolean;
  readonly #longTerm: boolean;
  readonly #arrivals: (Arrivals | undefined)[] = [];
  readonly #hour: number;
  readonly #day: number;

  constructor(spec: FeatureSpec, history: History) {
    this.#history = history;
    this.#recent = spec.groups.includes("recent");
    this.#longTerm = spec.groups.includes("long-term");
    this.#hour = stepsOf(HOUR_MS, spec.stepMs);
    this.#day = stepsOf(DAY_MS, spec.stepMs);
    this.names = [...(this.#recent ? RECENT : []), ...(this.#longTerm ? LONG_TERM : [])];
    this.aheadNames = [...(this.#recent ? RECENT_AHEAD : []), ...(this.#longTerm ? LONG_TERM_AHEAD : [])];
  }

  write(series: number, origin: number, into: Float32Array, offset: number): void {
    const arrivals = this.#of(series);
    let at = offset;
    if (this.#recent) {
      const idle = arrivals.idle(origin);
      const gaps = arrivals.gaps(origin, GAPS);
      const usual = gaps.length === 0 ? 0 : medianOf(gaps);
      into[at++] = idle === null ? 0 : 1;
      into[at++] = Math.log1p(idle ?? 0);
      into[at++] = Math.log1p(gaps[0] ?? 0);
      into[at++] = Math.log1p(usual);
      into[at++] = gaps.length < 2 ? 1 : Math.min(4, (Math.max(...gaps) - Math.min(...gaps)) / usual);
      into[at++] = idle === null || usual === 0 ? 0 : Math.min(4, (idle + 1) / usual);
      into[at++] = gaps.length / GAPS;
      into[at++] = Math.log1p(arrivals.count(origin - this.#hour, origin));
      into[at++] = Math.log1p(arrivals.count(origin - 6 * this.#hour, origin));
    }
    if (this.#longTerm) {
      into[at++] = Math.log1p(arrivals.count(origin - this.#day, origin));
      into[at++] = Math.log1p(arrivals.count(origin - 7 * this.#day, origin));
      const first = arrivals.before(origin) === 0 ? origin : (arrivals.steps[0] as number);
      into[at++] = Math.log1p((origin - first) / this.#day);
    }
  }

  writeAhead(series: number, origin: number, steps: number, into: Float32Array, offset: number, stride: number): void {
    const arrivals = this.#of(series);
    const idle = arrivals.idle(origin);
    const gaps = arrivals.gaps(origin, GAPS);
    const usual = gaps.length === 0 ? 0 : medianOf(gaps);
    for (let k = 0; k < steps; k += 1) {
      let at = offset + k * stride;
      if (this.#recent) {
        const since = (idle ?? 0) + 1 + k;
        const periods = since / usual;
        into[at++] = usual === 0 ? 0 : Math.min(4, periods);
        into[at++] = usual === 0 || periods < 0.5 ? 0 : 1 / (1 + Math.abs(since - Math.round(periods) * usual));
      }
      if (!this.#longTerm) continue;
      const week = 7 * this.#day;
      const sameDay = origin + k - this.#day * (Math.floor(k / this.#day) + 1);
      const sameWeek = origin + k - week * (Math.floor(k / week) + 1);
      into[at++] = Math.log1p(this.#around(arrivals, origin, sameDay));
      into[at++] = Math.log1p(this.#around(arrivals, origin, sameWeek));
      let sum = 0;
      for (let back = 0; back < 4; back += 1) sum += this.#around(arrivals, origin, sameWeek - back * week);
      into[at++] = Math.log1p(sum);
    }
  }

  /** Arrivals in the hour (or step) around a step, as far as before `origin`. */
  #around(arrivals: Arrivals, origin: number, step: number): number {
    const from = step - (this.#hour >> 1);
    return arrivals.count(from, Math.min(origin, from + this.#hour));
  }

  #of(series: number): Arrivals {
    let arrivals = this.#arrivals[series];
    if (arrivals === undefined) {
      arrivals = new Arrivals(this.#history.values(series));
      this.#arrivals[series] = arrivals;
    }
    return arrivals;
  }
}
