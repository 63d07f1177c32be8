import { type Normalisation, normaliseWindow, transformed, type WindowScale } from "../network/normalisation.ts";
import type { Features } from "../panel/features.ts";
import { RunningSteps } from "./running-steps.ts";
import type { SeasonalLags } from "./seasonal-lags.ts";
import type { BatchShape, WindowBatch } from "./window-batch.ts";

export interface WindowPlan {
  readonly lookBack: number;
  readonly horizon: number;
  readonly normalisation: Normalisation;
  /** Are steps normalised by what came before each of them? */
  readonly running: boolean;
  /** Is the target whether anything arrives in a step, counted until the first arrival? */
  readonly hazard: boolean;
  /** May values be negative? */
  readonly signed: boolean;
  /** Whether a network is told the level, the scale and the gaps of its window, which normalising it hides. */
  readonly level: boolean;
  readonly lags: SeasonalLags | null;
  readonly features: Features;
}

/** Numbers about the window itself. */
const LEVEL_FEATURES = 4;

/** Beyond it a seasonal value says no more than "far away". */
const MOST_LAG = 20;

/** Reads windows of series into a batch: what a network sees and, in training, what it should have said. */
export class WindowReader {
  readonly plan: WindowPlan;
  readonly shape: BatchShape;
  readonly #steps: RunningSteps | null;
  readonly #ahead: number;

  constructor(plan: WindowPlan) {
    this.plan = plan;
    const { lookBack, horizon, features, hazard, lags, level } = plan;
    this.#steps = plan.running ? new RunningSteps(1, features, lookBack) : null;
    this.#ahead = (hazard ? features.aheadNames : features.knownNames).length;
    const futures = this.#ahead + (lags?.features ?? 0);
    const statics = features.fixedNames.length + (level ? LEVEL_FEATURES : 0);
    this.shape = { lookBack, inputs: this.#steps?.inputs ?? 1, horizon, futures, statics };
  }

  /** The window before `origin`, and what is known of the steps from it on. Reads no value at or after `origin`. */
  readInput(batch: WindowBatch, row: number, series: number, values: Float32Array, origin: number): void {
    const length = this.plan.lookBack * this.shape.inputs;
    const window = batch.window.subarray(row * length, (row + 1) * length);
    const scale =
      this.#steps === null
        ? normaliseWindow(this.plan.normalisation, values, origin, window)
        : this.#steps.readWindow(series, values, origin, window);
    this.readKnown(batch, row, series, values, origin, scale);
  }

  /** All of `readInput` but the window. */
  readKnown(batch: WindowBatch, row: number, series: number, values: Float32Array, origin: number, scale: WindowScale): void {
    const { level, lags, features } = this.plan;
    batch.centre[row] = scale.centre;
    batch.scale[row] = scale.scale;
    const at = row * this.shape.statics;
    features.writeFixed(series, origin, batch.statics, at);
    if (level) {
      const { centre, observedShare, zeroShare } = scale;
      const about = at + features.fixedNames.length;
      batch.statics[about] = Math.asinh(centre) / 8;
      batch.statics[about + 1] = Math.log(scale.scale) / 8;
      batch.statics[about + 2] = 1 - observedShare;
      batch.statics[about + 3] = zeroShare;
    }
    if (this.#ahead > 0) this.#writeAhead(batch, row, series, origin);
    if (lags !== null) this.#writeLags(batch, row, values, origin, scale, lags);
  }

  /** What followed, after `readInput` of the same row. Returns how many steps of it count. */
  readTarget(batch: WindowBatch, row: number, values: Float32Array, origin: number): number {
    const { horizon, normalisation, hazard, signed } = this.plan;
    const centre = batch.centre[row] as number;
    const scale = batch.scale[row] as number;
    let counted = 0;
    let arrived = false;
    for (let step = 0; step < horizon; step += 1) {
      const at = row * horizon + step;
      const value = values[origin + step] as number;
      const counts = !Number.isNaN(value) && !arrived;
      batch.counts[at] = counts ? 1 : 0;
      batch.target[at] = 0;
      batch.censored[at] = counts && value === 0 && !signed ? 1 : 0;
      if (!counts) continue;
      counted += 1;
      if (hazard) {
        batch.target[at] = value > 0 ? 1 : 0;
        arrived = value > 0;
      } else batch.target[at] = (transformed(normalisation, value) - centre) / scale;
    }
    return counted;
  }

  #writeAhead(batch: WindowBatch, row: number, series: number, origin: number): void {
    const { horizon, hazard, features } = this.plan;
    const { futures } = this.shape;
    const at = row * horizon * futures;
    if (hazard) features.writeAhead(series, origin, horizon, batch.futures, at, futures);
    else features.writeKnown(series, origin, horizon, batch.futures, at, futures);
  }

  #writeLags(
    { futures }: WindowBatch,
    row: number,
    values: Float32Array,
    origin: number,
    { centre, scale }: WindowScale,
    lags: SeasonalLags,
  ): void {
    const { horizon, normalisation } = this.plan;
    for (let step = 0; step < horizon; step += 1) {
      const at = (row * horizon + step) * this.shape.futures + this.#ahead;
      lags.write(values, origin, step, futures, at);
      for (let i = at; i < at + lags.features; i += 1) {
        const value = futures[i] as number;
        const normal = Number.isNaN(value) ? 0 : (transformed(normalisation, value) - centre) / scale;
        futures[i] = Math.max(-MOST_LAG, Math.min(MOST_LAG, normal));
      }
    }
  }
}
