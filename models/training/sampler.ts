import { RandomStream } from "../../allocator/core/random.ts";
import type { Panel } from "../panel/panel.ts";
import { valuesOf } from "./validation.ts";
import type { WindowBatch } from "./window-batch.ts";
import type { WindowReader } from "./window-reader.ts";

/** Draws of a window that has something to learn from, before one without is taken. */
const MOST_DRAWS = 8;

/** Draws training windows, with replacement, evenly over series and origins. */
export class Sampler {
  readonly #panel: Panel;
  readonly #origins: number;
  readonly #seed: number;

  /** @throws RangeError when training is shorter than a step of history and a horizon. */
  constructor(panel: Panel, trainEnd: number, horizon: number, seed: number) {
    this.#panel = panel;
    this.#seed = seed;
    // The first origin is 1, so that windows with little before them, those of new users, are among those learned from.
    this.#origins = trainEnd - horizon;
    if (this.#origins < 1) throw new RangeError(`training has ${trainEnd} steps, no more than a horizon of ${horizon}`);
  }

  /** Fills the batch for a step of the optimizer: the same one for the same seed and step. */
  fill(batch: WindowBatch, reader: WindowReader, step: number): void {
    const stream = new RandomStream(this.#seed, `windows of step ${step}`);
    for (let row = 0; row < batch.rows; row += 1) {
      for (let draw = 0; draw < MOST_DRAWS; draw += 1) {
        const series = stream.below(this.#panel.series.length);
        const origin = 1 + stream.below(this.#origins);
        const values = valuesOf(this.#panel, series);
        reader.readInput(batch, row, series, values, origin);
        if (reader.readTarget(batch, row, values, origin) > 0) break;
      }
    }
  }
}
