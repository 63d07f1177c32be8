import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.ts";
import { ForecastFault } from "../forecaster.ts";
import { seededDropout } from "../network/dropout.ts";
import { buildNetwork, type Network } from "../network/network.ts";
import type { NetworkShape } from "../network/network-shape.ts";
import { Adam } from "./adam.ts";
import { type LossFunction, lossFunction } from "./loss.ts";
import { inputTensors } from "./predictor.ts";
import type { Weights } from "./trained-model.ts";
import type { TrainingSpec } from "./training-spec.ts";
import type { TrainingState } from "./training-state.ts";
import type { WindowBatch } from "./window-batch.ts";
import type { WindowReader } from "./window-reader.ts";

/** Gradients longer than this are shortened to it. */
const LONGEST_GRADIENT = 5;

/** Weight of the newest weights in their average, once there have been many steps. */
const AVERAGING_RATE = 0.005;
/** How much more than a plain mean the average leans on late steps, while there have been few. */
const EARLY = 3;

/** A network under training: its weights, and the optimizer that moves them a step at a time. */
export class Optimization {
  readonly network: Network;
  readonly #tf: TensorFlow;
  readonly #spec: TrainingSpec;
  readonly #loss: LossFunction;
  #weights: readonly Weights[] = [];
  #averages: readonly Weights[] = [];
  #adam = new Adam([], null);

  private constructor(tf: TensorFlow, spec: TrainingSpec, shape: NetworkShape) {
    this.#tf = tf;
    this.#spec = spec;
    this.network = buildNetwork(tf, shape, spec.seed);
    this.#loss = lossFunction(tf, spec.loss, spec.levelsPpm, shape.middle);
  }

  /** @param resumed `null`: from the beginning. To be freed by `dispose`. */
  static async begin(
    tf: TensorFlow,
    spec: TrainingSpec,
    shape: NetworkShape,
    resumed: TrainingState | null,
  ): Promise<Optimization> {
    const made = new Optimization(tf, spec, shape);
    if (resumed !== null) made.network.parameters.load(resumed.weights);
    made.#weights = await made.network.parameters.read();
    made.#averages = (resumed?.averages ?? made.#weights).map(copied);
    const moments = resumed && {
      steps: resumed.position.steps,
      first: resumed.firstMoments.map(({ values }) => values.slice()),
      second: resumed.secondMoments.map(({ values }) => values.slice()),
    };
    made.#adam = new Adam(
      made.#weights.map(({ values }) => values),
      moments,
    );
    return made;
  }

  /** One step of the optimizer on a batch. Returns the loss before it. */
  async step(batch: WindowBatch, reader: WindowReader, step: number, rate: number): Promise<number> {
    const tf = this.#tf;
    const { variables } = this.network.parameters;
    const { horizon } = this.#spec;
    const { value, gradients } = tf.tidy(() => {
      const input = inputTensors(tf, batch, reader);
      const expected = {
        target: tf.tensor2d(batch.target, [batch.rows, horizon]),
        counts: tf.tensor2d(batch.counts, [batch.rows, horizon]),
        censored: tf.tensor2d(batch.censored, [batch.rows, horizon]),
        weight: tf.tensor2d(this.#weightOf(batch), [batch.rows, 1]),
      };
      const dropout = seededDropout(tf, this.#spec.seed, step);
      const { value, grads } = tf.variableGrads(() => this.#loss(this.network.forward(input, dropout), expected), [...variables]);
      return { value, gradients: variables.map(({ name }) => grads[name] as Tensor) };
    });
    const loss = (await value.data())[0] as number;
    const read = (await Promise.all(gradients.map((gradient) => gradient.data()))) as Float32Array[];
    tf.dispose([value, ...gradients]);
    if (!Number.isFinite(loss)) {
      throw new ForecastFault(`training of ${this.#spec.architecture}: the loss is ${loss} in step ${step + 1}`);
    }
    this.#adam.step(read, rate, LONGEST_GRADIENT);
    this.network.parameters.load(this.#weights);
    this.#average(step);
    return loss;
  }

  weights(): Weights[] {
    return this.#weights.map(copied);
  }

  /** Moving averages of the weights. */
  averages(): Weights[] {
    return this.#averages.map(copied);
  }

  /** What `use` makes of the network while its weights are the averages. */
  async averaged<T>(use: () => Promise<T>): Promise<T> {
    this.network.parameters.load(this.#averages);
    try {
      return await use();
    } finally {
      this.network.parameters.load(this.#weights);
    }
  }

  moments(): { readonly first: Weights[]; readonly second: Weights[] } {
    const like = (values: readonly Float32Array[]) =>
      this.#weights.map(({ name, shape }, i) => ({ name, shape, values: (values[i] as Float32Array).slice() }));
    return { first: like(this.#adam.first), second: like(this.#adam.second) };
  }

  /**
   * At first over about the last third of the steps (polynomial decay: Shamir, Zhang, ICML 2013), so that a short training is not
   * held back by its beginning.
   */
  #average(step: number): void {
    const rate = Math.max(AVERAGING_RATE, EARLY / (step + EARLY));
    this.#averages.forEach(({ values: average }, index) => {
      const { values } = this.#weights[index] as Weights;
      for (let i = 0; i < average.length; i += 1) {
        const before = average[i] as number;
        average[i] = before + rate * ((values[i] as number) - before);
      }
    });
  }

  dispose(): void {
    this.network.parameters.dispose();
  }

  /** Benchmarks of squared or absolute errors weigh them in the unit of the panel; otherwise every window weighs the same. */
  #weightOf({ rows, scale }: WindowBatch): Float32Array {
    const benchmark = this.#spec.loss === "mse" || this.#spec.loss === "mae";
    return benchmark ? scale : new Float32Array(rows).fill(1);
  }
}

function copied({ name, shape, values }: Weights): Weights {
  return { name, shape, values: values.slice() };
}
