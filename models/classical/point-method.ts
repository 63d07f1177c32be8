/** A way to say from the past of one series what it will be: one number a step. */
export interface PointMethod {
  readonly name: string;
  /**
   * Writes to `out`, row-major `[origin][step]`, what the method says at each origin of the `steps` steps from it on, from the
   * values before the origin alone. Of values, NaN is not observed; the first is observed. Origins ascend, from 1 to
   * `values.length`. NaN in `out`: the method has nothing to say there.
   */
  points(values: Float32Array, origins: readonly number[], steps: number, out: Float64Array): void;
}
