import { RandomStream } from "../../allocator/core/random.ts";
import type { Panel } from "../panel/panel.ts";
import { valuesOf } from "../training/validation.ts";
import type { WindowBatch } from "../training/window-batch.ts";
import type { WindowReader } from "../training/window-reader.ts";

/** The steps from which windows are drawn. */
export interface MixParts {
  /** Windows whose first target step is at or after it are new. */
  readonly newFrom: number;
  /** No target reaches it. */
  readonly end: number;
  readonly horizon: number;
}

/** Draws windows for a refinement: half of them new, half from all that was, so that what was learned is not forgotten. */
export class ReplayMix {
  readonly #panel: Panel;
  readonly #parts: MixParts;
  readonly #seed: number;

  /** @throws RangeError when no new window fits. */
  constructor(panel: Panel, parts: MixParts, seed: number) {
    const { newFrom, end, horizon } = parts;
    if (newFrom < 1 || end - horizon < newFrom) {
      throw new RangeError(`the new part, steps ${newFrom} to ${end}, is shorter than a horizon of ${horizon}`);
    }
    this.#panel = panel;
    this.#parts = parts;
    this.#seed = seed;
  }

  /** Fills the batch for a step of the optimizer: the same one for the same seed and step. */
  fill(batch: WindowBatch, reader: WindowReader, step: number): void {
    const { newFrom, end, horizon } = this.#parts;
    const stream = new RandomStream(this.#seed, `refinement, step ${step}`);
    const last = end - horizon;
    for (let row = 0; row < batch.rows; row += 1) {
      const series = stream.below(this.#panel.series.length);
      const first = row % 2 === 0 ? newFrom : 1;
      const origin = first + stream.below(last - first + 1);
      const values = valuesOf(this.#panel, series);
      reader.readInput(batch, row, series, values, origin);
      reader.readTarget(batch, row, values, origin);
    }
  }
}
