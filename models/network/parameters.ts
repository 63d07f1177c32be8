import type { Tensor, Variable } from "@tensorflow/tfjs-core";
import { RandomStream } from "../../allocator/core/random.ts";
import type { TensorFlow } from "../backend/backend.ts";
import type { Weights } from "../training/trained-model.ts";

/** The weights of a network by name, in the order in which its layers declared them. Freed by `dispose`. */
export class Parameters {
  readonly #tf: TensorFlow;
  readonly #seed: number;
  readonly #byName = new Map<string, Variable>();

  /** @param seed each weight's first values follow from it and the weight's name alone. */
  constructor(tf: TensorFlow, seed: number) {
    this.#tf = tf;
    this.#seed = seed;
  }

  get variables(): readonly Variable[] {
    return [...this.#byName.values()];
  }

  /** Uniform over (−bound, bound). */
  uniform(name: string, shape: readonly number[], bound: number): Variable {
    const stream = new RandomStream(this.#seed, `weights ${name}`);
    return this.#add(name, shape, () => (stream.float() * 2 - 1) * bound);
  }

  normal(name: string, shape: readonly number[], deviation: number): Variable {
    const stream = new RandomStream(this.#seed, `weights ${name}`);
    return this.#add(name, shape, () => stream.normal() * deviation);
  }

  constant(name: string, shape: readonly number[], value: number): Variable {
    return this.#add(name, shape, () => value);
  }

  /** Copies of the values. */
  async read(): Promise<Weights[]> {
    const read = async ([name, variable]: [string, Variable]): Promise<Weights> => {
      return { name, shape: variable.shape, values: Float32Array.from(await variable.data()) };
    };
    return Promise.all([...this.#byName].map(read));
  }

  /** @throws Error when names or shapes are not those of this network. */
  load(weights: readonly Weights[]): void {
    const [found, expected] = [layout(weights), layout([...this.#byName].map(([name, { shape }]) => ({ name, shape })))];
    if (found !== expected) throw new Error(`expected the weights ${expected}, found ${found}`);
    for (const { name, shape, values } of weights) {
      const tensor: Tensor = this.#tf.tensor(values, [...shape]);
      this.#byName.get(name)?.assign(tensor);
      tensor.dispose();
    }
  }

  dispose(): void {
    for (const variable of this.#byName.values()) variable.dispose();
    this.#byName.clear();
  }

  #add(name: string, shape: readonly number[], draw: () => number): Variable {
    if (this.#byName.has(name)) throw new Error(`two weights are named ${name}`);
    const values = Float32Array.from({ length: shape.reduce((size, side) => size * side, 1) }, draw);
    const tensor = this.#tf.tensor(values, [...shape]);
    const variable = this.#tf.variable(tensor);
    tensor.dispose();
    this.#byName.set(name, variable);
    return variable;
  }
}

function layout(weights: readonly Pick<Weights, "name" | "shape">[]): string {
  return weights.map(({ name, shape }) => `${name} ${shape.join("×")}`).join(", ");
}
