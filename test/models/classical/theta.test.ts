import { test } from "uvu";
import * as assert from "uvu/assert";
import { theta } from "../../../models/classical/theta.ts";
import { pointsAfter, pointsAt } from "../../support/point-methods.ts";

// Smoothed 1, 2, 2, 4; least-squares slope 7 ⁄ 5, drift 0.7; (1 − ½⁴) ⁄ ½ = 1.875: 4 + 0.7 × 1.875, and 0.7 more a step.
test("worked by hand", () => {
  const [first, second] = pointsAfter(theta(0.5, 1), [1, 3, 2, 6], 2) as [number, number];
  assert.ok(Math.abs(first - 5.3125) < 1e-12);
  assert.ok(Math.abs(second - 6.0125) < 1e-12);
});

/**
 * The definition of Assimakopoulos and Nikolopoulos: the mean of the least-squares line carried on (θ = 0) and of twice the series
 * less that line, smoothed (θ = 2).
 */
function byDefinition(values: readonly number[], alpha: number, steps: number): number[] {
  const n = values.length;
  const meanT = (n - 1) / 2;
  const meanY = values.reduce((sum, value) => sum + value, 0) / n;
  let above = 0;
  let below = 0;
  for (const [t, value] of values.entries()) {
    above += (t - meanT) * (value - meanY);
    below += (t - meanT) ** 2;
  }
  const slope = above / below;
  const line = (t: number) => meanY + slope * (t - meanT);
  let smoothed = 2 * values[0]! - line(0);
  for (let t = 1; t < n; t += 1) smoothed += alpha * (2 * values[t]! - line(t) - smoothed);
  return Array.from({ length: steps }, (_, step) => (line(n + step) + smoothed) / 2);
}

test("smoothing with drift is the mean of the two theta lines", () => {
  const values = [112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118];
  for (const alpha of [0.1, 0.5, 0.9]) {
    const expected = byDefinition(values, alpha, 6);
    for (const [step, value] of pointsAfter(theta(alpha, 1), values, 6).entries()) {
      assert.ok(Math.abs(value - expected[step]!) < 1e-9, `${value} ${expected[step]}`);
    }
  }
});

test("a season is put back where it was taken off", () => {
  const values = Array.from({ length: 40 }, (_, t) => 100 + [10, -10, 5, -5][t % 4]!);
  for (const [step, value] of pointsAfter(theta(0.3, 4), values, 4).entries()) {
    assert.ok(Math.abs(value - (100 + [10, -10, 5, -5][step]!)) < 0.5, `${value}`);
  }
});

test("one value, gaps and constants", () => {
  assert.equal(pointsAfter(theta(0.5, 1), [4], 2), [4, 4]);
  assert.equal(pointsAfter(theta(0.5, 1), [4, Number.NaN, 4, Number.NaN], 2), [4, 4]);
  assert.equal(pointsAfter(theta(0.5, 2), new Array(9).fill(7), 2), [7, 7]);
});

test("what it says at an origin is what it says when nothing follows", () => {
  const values = Array.from({ length: 50 }, (_, t) => (t * 37) % 11);
  const [at20, at50] = pointsAt(theta(0.2, 5), values, [20, 50], 3);
  assert.equal(at20, pointsAfter(theta(0.2, 5), values.slice(0, 20), 3));
  assert.equal(at50, pointsAfter(theta(0.2, 5), values, 3));
});

test.run();
