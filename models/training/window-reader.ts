import { type Normalisation, normaliseWindow, transformed } from "../network/normalisation.ts";
import type { SeasonalLags } from "./seasonal-lags.ts";
import type { WindowBatch } from "./window-batch.ts";

/** What is known of series and of steps, whatever was observed. */
export interface KnownFeatures {
  readonly futures: number;
  readonly statics: number;
  /** Writes `futures` numbers that describe a step, as known beforehand, from `into[at]` on. */
  writeFuture(series: number, step: number, into: Float32Array, at: number): void;
  /** Writes `statics` numbers that describe a series. */
  writeStatic(series: number, into: Float32Array, at: number): void;
}

export interface WindowPlan {
  readonly lookBack: number;
  readonly horizon: number;
  readonly normalisation: Normalisation;
  /** Is the target whether anything arrives in a step, counted until the first arrival? */
  readonly hazard: boolean;
  /** Whether a network is told the level, the scale and the gaps of its window, which normalising it hides. */
  readonly level: boolean;
  readonly lags: SeasonalLags | null;
  readonly known: KnownFeatures | null;
}

/** Numbers about the window itself. */
const LEVEL_FEATURES = 4;

/** Beyond it a seasonal value says no more than "far away". */
const MOST_LAG = 20;

/** Reads windows of series into a batch: what a network sees and, in training, what it should have said. */
export class WindowReader {
  readonly plan: WindowPlan;
  readonly futures: number;
  readonly statics: number;

  constructor(plan: WindowPlan) {
    this.plan = plan;
    this.futures = (plan.lags?.features ?? 0) + (plan.known?.futures ?? 0);
    this.statics = (plan.level ? LEVEL_FEATURES : 0) + (plan.known?.statics ?? 0);
  }

  /** The sides of a batch for these windows. */
  get shape(): { lookBack: number; horizon: number; futures: number; statics: number } {
    const { lookBack, horizon } = this.plan;
    return { lookBack, horizon, futures: this.futures, statics: this.statics };
  }

  /** The window before `origin`, and what is known of the steps from it on. Reads no value at or after `origin`. */
  readInput(batch: WindowBatch, row: number, series: number, values: Float32Array, origin: number): void {
    const { lookBack, horizon, normalisation, level, lags, known } = this.plan;
    const window = batch.window.subarray(row * lookBack, (row + 1) * lookBack);
    const { centre, scale, observedShare, zeroShare } = normaliseWindow(normalisation, values, origin, window);
    batch.centre[row] = centre;
    batch.scale[row] = scale;
    let at = row * this.statics;
    if (level) {
      batch.statics[at] = centre / 8;
      batch.statics[at + 1] = Math.log(scale) / 2;
      batch.statics[at + 2] = 1 - observedShare;
      batch.statics[at + 3] = zeroShare;
      at += LEVEL_FEATURES;
    }
    known?.writeStatic(series, batch.statics, at);
    if (this.futures === 0) return;
    at = row * horizon * this.futures;
    for (let step = 0; step < horizon; step += 1) {
      if (lags !== null) {
        lags.write(values, origin, step, batch.futures, at);
        for (let i = at; i < at + lags.features; i += 1) {
          const value = batch.futures[i] as number;
          const normal = Number.isNaN(value) ? 0 : (transformed(normalisation, value) - centre) / scale;
          batch.futures[i] = Math.max(-MOST_LAG, Math.min(MOST_LAG, normal));
        }
        at += lags.features;
      }
      if (known !== null) {
        known.writeFuture(series, origin + step, batch.futures, at);
        at += known.futures;
      }
    }
  }

  /** What followed, after `readInput` of the same row. Returns how many steps of it count. */
  readTarget(batch: WindowBatch, row: number, values: Float32Array, origin: number): number {
    const { horizon, normalisation, hazard } = this.plan;
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
      if (!counts) continue;
      counted += 1;
      if (hazard) {
        batch.target[at] = value > 0 ? 1 : 0;
        arrived = value > 0;
      } else batch.target[at] = (transformed(normalisation, value) - centre) / scale;
    }
    return counted;
  }
}
