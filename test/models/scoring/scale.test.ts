import { test } from "uvu";
import * as assert from "uvu/assert";
import { errorScale } from "../../../models/scoring/scale.ts";

const N = Number.NaN;

test("the mean seasonal difference before the origin", () => {
  assert.is(errorScale(Float32Array.of(1, 2, 4, 8), 2), (3 + 6) / 2);
});

test("pairs with a gap are left out", () => {
  assert.is(errorScale(Float32Array.of(1, N, 4, 8), 2), 3);
});

test("less than a season: one step apart", () => {
  assert.is(errorScale(Float32Array.of(1, 3, 7), 24), 3);
});

test("none for constants, zeros, one value or nothing", () => {
  for (const values of [[5, 5, 5, 5], [0, 0, 0, 0], [3], [], [N, N, 4]]) {
    assert.ok(Number.isNaN(errorScale(Float32Array.from(values), 2)), `${values}`);
  }
});

test("a season that repeats exactly has no seasonal error, and no scale", () => {
  assert.ok(Number.isNaN(errorScale(Float32Array.of(1, 9, 1, 9, 1, 9), 2)));
});

test.run();
