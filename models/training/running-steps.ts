import type { WindowScale } from "../network/normalisation.ts";
import { RunningScales } from "../network/running-scales.ts";
import type { Features } from "../panel/features.ts";

/** Numbers of a step that come from its value: where it lies in the scale so far, whether it was observed, whether it is 0. */
const OF_VALUE = 3;

/** Beyond it a value says no more than "far away". */
const MOST = 20;

/** What a network that takes steps one by one is shown of each, for several series: all of it follows from the steps so far. */
export class RunningSteps {
  readonly scales: RunningScales;
  /** Numbers of a step. */
  readonly inputs: number;
  /** Shares of recent steps that were observed, and that were observed to be 0, by row. */
  readonly observed: Float64Array;
  readonly zeros: Float64Array;
  readonly #features: Features;

  /** @param memory in steps: how far back a level is felt. */
  constructor(rows: number, features: Features, memory: number) {
    this.scales = new RunningScales(rows, 2 / (memory + 1));
    this.#features = features;
    this.inputs = OF_VALUE + features.knownNames.length;
    this.observed = new Float64Array(rows);
    this.zeros = new Float64Array(rows);
  }

  /** Takes the value of a step and writes what the network is shown of it. Steps before 0 are known to nobody. */
  take(row: number, series: number, step: number, value: number, into: Float32Array, at: number): void {
    const { scales } = this;
    const seen = !Number.isNaN(value);
    scales.observe(row, value);
    this.observed[row] = (this.observed[row] as number) + scales.rate * ((seen ? 1 : 0) - (this.observed[row] as number));
    this.zeros[row] = (this.zeros[row] as number) + scales.rate * ((value === 0 ? 1 : 0) - (this.zeros[row] as number));
    into[at] = this.lastOf(row);
    into[at + 1] = seen ? 1 : 0;
    into[at + 2] = value === 0 ? 1 : 0;
    if (step < 0) into.fill(0, at + OF_VALUE, at + this.inputs);
    else this.#features.writeKnown(series, step, 1, into, at + OF_VALUE);
  }

  /** The last value observed, in the scale so far; 0 before the first. */
  lastOf(row: number): number {
    return Math.max(-MOST, Math.min(MOST, this.scales.normalisedLast(row)));
  }

  /** All that is remembered. */
  columns(): readonly Float64Array[] {
    const { seen, last, level, distance } = this.scales;
    return [seen, last, level, distance, this.observed, this.zeros];
  }

  /** What forecasts are measured by after the steps so far. */
  scaleOf(row: number): WindowScale {
    return {
      centre: this.scales.level[row] as number,
      scale: this.scales.scale(row),
      observedShare: this.observed[row] as number,
      zeroShare: this.zeros[row] as number,
    };
  }

  /** The steps before `origin` of one series as row 0, from nothing. Nothing at or after `origin` is read. */
  readWindow(series: number, values: Float32Array, origin: number, into: Float32Array): WindowScale {
    for (const column of this.columns()) column.fill(0);
    const steps = into.length / this.inputs;
    for (let i = 0; i < steps; i += 1) {
      const step = origin - steps + i;
      this.take(0, series, step, step < 0 ? Number.NaN : (values[step] as number), into, i * this.inputs);
    }
    return this.scaleOf(0);
  }
}
