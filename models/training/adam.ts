/** Adam (Kingma and Ba, ICLR 2015) over plain arrays, so that its whole state can be kept and brought back bit by bit. */
export class Adam {
  readonly #values: readonly Float32Array[];
  readonly first: readonly Float32Array[];
  readonly second: readonly Float32Array[];
  #steps: number;

  /** @param values are changed in place; the moments too, which begin at 0. */
  constructor(
    values: readonly Float32Array[],
    state: { readonly steps: number; readonly first: readonly Float32Array[]; readonly second: readonly Float32Array[] } | null,
  ) {
    this.#values = values;
    this.first = state?.first ?? values.map(({ length }) => new Float32Array(length));
    this.second = state?.second ?? values.map(({ length }) => new Float32Array(length));
    this.#steps = state?.steps ?? 0;
  }

  /** One step down these gradients, all of them shortened together where their length is above `longest`. */
  step(gradients: readonly Float32Array[], rate: number, longest: number): void {
    let squares = 0;
    for (const gradient of gradients) for (let i = 0; i < gradient.length; i += 1) squares += (gradient[i] as number) ** 2;
    const length = Math.sqrt(squares);
    const shorten = length > longest ? longest / length : 1;
    this.#steps += 1;
    const firstBias = 1 - BETA1 ** this.#steps;
    const secondBias = 1 - BETA2 ** this.#steps;
    gradients.forEach((gradient, index) => {
      const values = this.#values[index] as Float32Array;
      const first = this.first[index] as Float32Array;
      const second = this.second[index] as Float32Array;
      for (let i = 0; i < gradient.length; i += 1) {
        const slope = (gradient[i] as number) * shorten;
        const m = BETA1 * (first[i] as number) + (1 - BETA1) * slope;
        const v = BETA2 * (second[i] as number) + (1 - BETA2) * slope * slope;
        first[i] = m;
        second[i] = v;
        values[i] = (values[i] as number) - (rate * (m / firstBias)) / (Math.sqrt(v / secondBias) + EPSILON);
      }
    });
  }
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;
