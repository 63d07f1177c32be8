import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Backend, TensorFlow } from "../backend/backend.ts";
import { noDropout } from "../network/dropout.ts";
import { FusedCell } from "../network/gru.ts";
import { buildSteppedNetwork, type SteppedNetwork } from "../network/network.ts";
import type { History } from "../panel/panel.ts";
import { knownTensors, toAmounts } from "./predictor.ts";
import { networkShape, type Recipe, recipeIn, windowReader } from "./recipe.ts";
import { RunningSteps } from "./running-steps.ts";
import type { TrainedModel } from "./trained-model.ts";
import { WindowBatch } from "./window-batch.ts";

/** Series that are forecast at once. */
const CHUNK = 4096;

/** All that a stateful network keeps of the past. To continue from a state is the same, bit for bit, as to have gone on. */
export interface StepState {
  /** Steps taken. */
  readonly steps: number;
  /** `[series][width]` */
  readonly hidden: Float32Array;
  /** Levels and spreads, by series. */
  readonly scales: readonly Float64Array[];
}

/**
 * Runs a trained `gru` over the series of one panel, step by step: each takes constant time, whatever came before. To be freed by
 * `dispose`.
 */
export class StepForecaster {
  readonly #tf: TensorFlow;
  readonly #trained: TrainedModel;
  readonly #recipe: Recipe;
  readonly #network: SteppedNetwork;
  readonly #cell: FusedCell;
  readonly #running: RunningSteps;
  readonly #rows: number;
  #steps = 0;
  #hidden: Tensor2D;

  /** Begins before the panel's first step. */
  constructor(trained: TrainedModel, { tf }: Backend, history: History) {
    this.#tf = tf;
    this.#trained = trained;
    this.#recipe = recipeIn(trained);
    const reader = windowReader(this.#recipe, trained, history);
    this.#network = buildSteppedNetwork(tf, networkShape("gru", this.#recipe, reader, trained.levelsPpm));
    this.#network.parameters.load(trained.weights);
    this.#cell = new FusedCell(tf, this.#network.step.cell);
    this.#rows = history.frame.series.length;
    this.#running = new RunningSteps(this.#rows, reader.plan.features, trained.lookBack);
    this.#hidden = tf.zeros([this.#rows, this.#network.step.width]);
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Takes the steps of a history that have not been taken yet; those that have are not read again. */
  advance(history: History): void {
    const { inputs } = this.#running;
    const values = Array.from({ length: this.#rows }, (_, series) => history.values(series));
    const shown = new Float32Array(this.#rows * inputs);
    for (; this.#steps < history.steps; this.#steps += 1) {
      for (let series = 0; series < this.#rows; series += 1) {
        const value = (values[series] as Float32Array)[this.#steps] as number;
        this.#running.take(series, series, this.#steps, value, shown, series * inputs);
      }
      const before = this.#hidden;
      this.#hidden = this.#tf.tidy(() => this.#cell.tick(this.#tf.tensor2d(shown, [this.#rows, inputs]), before));
      before.dispose();
    }
  }

  /** `[series][horizon][level]` from the step after those taken; `history` ends there. */
  async forecast(history: History): Promise<Float32Array> {
    const tf = this.#tf;
    const reader = windowReader(this.#recipe, this.#trained, history);
    const shape = { ...reader.shape, lookBack: 0 };
    const width = shape.horizon * this.#trained.levelsPpm.length;
    const result = new Float32Array(this.#rows * width);
    for (let start = 0; start < this.#rows; start += CHUNK) {
      const rows = Math.min(CHUNK, this.#rows - start);
      const batch = new WindowBatch(rows, shape);
      const last = new Float32Array(rows);
      for (let row = 0; row < rows; row += 1) {
        const series = start + row;
        reader.readKnown(batch, row, series, history.values(series), this.#steps, this.#running.scaleOf(series));
        last[row] = this.#running.lastOf(series);
      }
      const output = tf.tidy(() => {
        const state = tf.slice(this.#hidden, [start, 0], [rows, this.#network.step.width]);
        const raw = this.#network.step.forecast(state, tf.tensor2d(last, [rows, 1]), noDropout);
        return this.#network.finish(raw, knownTensors(tf, batch, shape));
      });
      const part = result.subarray(start * width, (start + rows) * width);
      part.set(await output.data());
      output.dispose();
      toAmounts(part, batch, this.#recipe);
    }
    return result;
  }

  async snapshot(): Promise<StepState> {
    const hidden = Float32Array.from(await this.#hidden.data());
    return { steps: this.#steps, hidden, scales: this.#running.columns().map((column) => column.slice()) };
  }

  /** Goes on from a snapshot, of as many series. */
  restore({ steps, hidden, scales }: StepState): void {
    const before = this.#hidden;
    this.#hidden = this.#tf.tensor2d(hidden, [this.#rows, this.#network.step.width]);
    before.dispose();
    this.#running.columns().forEach((column, i) => {
      column.set(scales[i] as Float64Array);
    });
    this.#steps = steps;
  }

  dispose(): void {
    this.#hidden.dispose();
    this.#cell.dispose();
    this.#network.parameters.dispose();
  }
}
