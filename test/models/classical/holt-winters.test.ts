import { test } from "uvu";
import * as assert from "uvu/assert";
import { holtWinters } from "../../../models/classical/holt-winters.ts";
import { pointsAfter, pointsAt } from "../../support/point-methods.ts";

const HALVES = { alpha: 0.5, beta: 0.5, gamma: 0.5, phi: 1 };

// By hand. Start: trend (17 − 15) ⁄ 2 = 1, level 15.5, season −4.5, 4.5; two values as forecast: level 17.5. Then 15 for 14:
// level 19, trend 1.25, season −4; then 23 for 24.75: level 19.375, trend 0.8125, season 3.625.
test("worked by hand: a season of two", () => {
  assert.equal(pointsAfter(holtWinters(HALVES, 2), [10, 20, 12, 22, 15, 23], 3), [16.1875, 24.625, 17.8125]);
});

// Level 2, trend 2, half of the trend left at each step: 2 + 1, 2 + 1 + ½, 2 + 1 + ½ + ¼.
test("worked by hand: a damped trend without season", () => {
  assert.equal(pointsAfter(holtWinters({ alpha: 1, beta: 1, gamma: 0, phi: 0.5 }, 1), [0, 2], 3), [3, 3.5, 3.75]);
});

test("a perfect season with a trend is carried on exactly", () => {
  const at = (t: number) => 2 * t + [8, -8, 4, -4][t % 4]!;
  const values = Array.from({ length: 24 }, (_, t) => at(t));
  assert.equal(
    pointsAfter(holtWinters(HALVES, 4), values, 8),
    Array.from({ length: 8 }, (_, step) => at(24 + step)),
  );
});

test("at two seasons it starts, before that it has nothing to say; with less it has no season", () => {
  const [before, after] = pointsAt(holtWinters(HALVES, 2), [10, 20, 12, 22, 14], [3, 4], 1);
  assert.ok(Number.isNaN(before![0]));
  assert.not.ok(Number.isNaN(after![0]));
  // Holt's method: level 10; then level 15, trend 2.5; then 14.75 and 1.125.
  assert.equal(pointsAfter(holtWinters(HALVES, 2), [10, 20, 12], 1), [15.875]);
});

test("values that were not observed move it on as forecast", () => {
  const method = holtWinters({ alpha: 1, beta: 1, gamma: 0, phi: 1 }, 1);
  assert.equal(pointsAfter(method, [0, 2, Number.NaN, Number.NaN], 1), [10 - 2]);
});

test("a constant stays", () => {
  assert.equal(pointsAfter(holtWinters(HALVES, 4), new Array(20).fill(5), 3), [5, 5, 5]);
});

test.run();
