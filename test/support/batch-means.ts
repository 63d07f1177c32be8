import * as assert from "uvu/assert";

/** The mean of one batch of a long run, with the batch means of controls: quantities whose expectation is known to be 0. */
export interface Batch {
  readonly mean: number;
  readonly controls: readonly number[];
}

export interface Estimate {
  readonly value: number;
  /** Of the 95 % interval. */
  readonly halfWidth: number;
}

/**
 * Batch means with regression-adjusted control variates (Lavenberg and Welch, "A perspective on the use of control variables to
 * increase the efficiency of Monte Carlo simulations", Management Science 27, 1981): the batch means are regressed on the controls,
 * the value is the intercept, its interval Student's with K − q − 1 degrees of freedom. Without controls it is plain batch means.
 */
export function estimate(batches: readonly Batch[]): Estimate {
  const rows = batches.map(({ controls }) => [1, ...controls]);
  const width = rows[0]!.length;
  const product = (i: number, j: number) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0);
  const normal = Array.from({ length: width }, (_, i) => Array.from({ length: width }, (_, j) => product(i, j)));
  const inverse = invert(normal);
  const moments = normal.map((_, i) => rows.reduce((sum, row, k) => sum + row[i]! * batches[k]!.mean, 0));
  const slopes = inverse.map((line) => line.reduce((sum, entry, j) => sum + entry * moments[j]!, 0));
  const freedom = batches.length - width;
  const squares = rows.reduce((sum, row, k) => {
    const fitted = row.reduce((total, x, i) => total + x * slopes[i]!, 0);
    return sum + (batches[k]!.mean - fitted) ** 2;
  }, 0);
  return { value: slopes[0]!, halfWidth: student975(freedom) * Math.sqrt((squares / freedom) * inverse[0]![0]!) };
}

/** Whether the 95 % interval is narrow enough, `precision` of the value on either side, and holds it. */
export function assertMeets({ value, halfWidth }: Estimate, exact: number, precision: number): void {
  const found = `${value.toPrecision(6)} ± ${((100 * halfWidth) / exact).toFixed(2)} % for ${exact}`;
  assert.ok(halfWidth <= precision * exact, `not precise enough: ${found}`);
  assert.ok(Math.abs(value - exact) <= halfWidth, `the value is outside: ${found}`);
}

/** The 97.5 % quantile of Student's t, from the normal one in powers of 1 ⁄ freedom; to 0.002 from 10 degrees on. */
function student975(freedom: number): number {
  return 1.959964 + 2.372271 / freedom + 2.8225 / freedom ** 2;
}

/** By Gauss and Jordan; the matrix is symmetric and positive definite. */
function invert(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...Array.from({ length: size }, (_, j) => (i === j ? 1 : 0))]);
  for (let pivot = 0; pivot < size; pivot += 1) {
    const scale = rows[pivot]![pivot]!;
    rows[pivot] = rows[pivot]!.map((entry) => entry / scale);
    for (let i = 0; i < size; i += 1) {
      if (i === pivot) continue;
      const factor = rows[i]![pivot]!;
      rows[i] = rows[i]!.map((entry, j) => entry - factor * rows[pivot]![j]!);
    }
  }
  return rows.map((row) => row.slice(size));
}
