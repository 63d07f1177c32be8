import type { PointMethod } from "../../models/classical/point-method.ts";

/** What a method says after all of the values of the coming steps. */
export function pointsAfter(method: PointMethod, values: readonly number[], steps: number): number[] {
  const out = new Float64Array(steps);
  method.points(Float32Array.from(values), [values.length], steps, out);
  return [...out];
}

/** What it says at several origins, asked for at once. */
export function pointsAt(method: PointMethod, values: readonly number[], origins: readonly number[], steps: number): number[][] {
  const out = new Float64Array(origins.length * steps);
  method.points(Float32Array.from(values), origins, steps, out);
  return origins.map((_, row) => [...out.subarray(row * steps, (row + 1) * steps)]);
}
