import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Backend, TensorFlow } from "../backend/backend.ts";
import { noDropout } from "../network/dropout.ts";
import { FusedCell } from "../network/gru.ts";
import { buildSteppedNetwork, type SteppedNetwork } from "../network/network.ts";
import type { History } from "../panel/panel.ts";
import { knownTensors, writeAmounts } from "./predictor.ts";
import { networkShape, type Recipe, recipeIn, windowReader } from "./recipe.ts";
import { RunningSteps } from "./running-steps.ts";
import type { TrainedModel } from "./trained-model.ts";
import { WindowBatch } from "./window-batch.ts";

/** Series that go through the network at once: few enough for what is computed of them to stay in the processor's caches. */
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
  /** One `[rows][width]` for every `CHUNK` series. */
  #hidden: Tensor2D[];

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
    this.#hidden = this.#chunks().map(({ rows }) => tf.zeros([rows, this.#network.step.width]));
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Takes the steps of a history that have not been taken yet; those that have are not read again. */
  advance(history: History): void {
    const { inputs } = this.#running;
    const shown = new Float32Array(Math.min(CHUNK, this.#rows) * inputs);
    for (; this.#steps < history.steps; this.#steps += 1) {
      this.#hidden = this.#chunks().map(({ start, rows }, chunk) => {
        for (let row = 0; row < rows; row += 1) {
          const series = start + row;
          this.#running.take(series, series, this.#steps, history.value(series, this.#steps), shown, row * inputs);
        }
        const before = this.#hidden[chunk] as Tensor2D;
        const seen = shown.subarray(0, rows * inputs);
        const after = this.#tf.tidy(() => this.#cell.tick(this.#tf.tensor2d(seen, [rows, inputs]), before));
        before.dispose();
        return after;
      });
    }
  }

  /** `[series][horizon][level]` from the step after those taken; `history` ends there. */
  async forecast(history: History): Promise<Float32Array> {
    const tf = this.#tf;
    const reader = windowReader(this.#recipe, this.#trained, history);
    const shape = { ...reader.shape, lookBack: 0 };
    const width = shape.horizon * this.#trained.levelsPpm.length;
    const result = new Float32Array(this.#rows * width);
    let used: WindowBatch | null = null;
    for (const [chunk, { start, rows }] of this.#chunks().entries()) {
      const batch: WindowBatch = used?.rows === rows ? used : new WindowBatch(rows, shape);
      used = batch;
      const last = new Float32Array(rows);
      for (let row = 0; row < rows; row += 1) {
        const series = start + row;
        reader.readKnown(batch, row, series, history.values(series), this.#steps, this.#running.scaleOf(series));
        last[row] = this.#running.lastOf(series);
      }
      const output = tf.tidy(() => {
        const raw = this.#network.step.forecast(this.#hidden[chunk] as Tensor2D, tf.tensor2d(last, [rows, 1]), noDropout);
        return this.#network.finish(raw, knownTensors(tf, batch, shape));
      });
      const part = result.subarray(start * width, (start + rows) * width);
      writeAmounts((await output.data()) as Float32Array, batch, this.#recipe, part);
      output.dispose();
    }
    return result;
  }

  async snapshot(): Promise<StepState> {
    const { width } = this.#network.step;
    const hidden = new Float32Array(this.#rows * width);
    for (const [chunk, { start }] of this.#chunks().entries()) {
      hidden.set(await (this.#hidden[chunk] as Tensor2D).data(), start * width);
    }
    return { steps: this.#steps, hidden, scales: this.#running.columns().map((column) => column.slice()) };
  }

  /** Goes on from a snapshot, of as many series. */
  restore({ steps, hidden, scales }: StepState): void {
    const { width } = this.#network.step;
    this.#tf.dispose(this.#hidden);
    this.#hidden = this.#chunks().map(({ start, rows }) =>
      this.#tf.tensor2d(hidden.subarray(start * width, (start + rows) * width), [rows, width]),
    );
    this.#running.columns().forEach((column, i) => {
      column.set(scales[i] as Float64Array);
    });
    this.#steps = steps;
  }

  dispose(): void {
    this.#tf.dispose(this.#hidden);
    this.#cell.dispose();
    this.#network.parameters.dispose();
  }

  #chunks(): { readonly start: number; readonly rows: number }[] {
    return Array.from({ length: Math.ceil(this.#rows / CHUNK) }, (_, chunk) => {
      const start = chunk * CHUNK;
      return { start, rows: Math.min(CHUNK, this.#rows - start) };
    });
  }
}
