import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Normalisation, normaliseWindow } from "../../../models/network/normalisation.ts";

const BY_MEAN: Normalisation = { transform: "identity", centre: "mean", scaled: true, floor: 1, relativeFloor: 0.05 };
const BY_LAST: Normalisation = { ...BY_MEAN, centre: "last" };

function normalised(normalisation: Normalisation, values: readonly number[], origin: number, steps: number) {
  const window = new Float32Array(steps).fill(99);
  const scale = normaliseWindow(normalisation, Float32Array.from(values), origin, window);
  return { window: [...window].map((value) => Math.round(value * 1e4) / 1e4), ...scale };
}

test("a window is taken less its mean or its last value, and divided by its deviation", () => {
  const { window, centre, scale } = normalised(BY_MEAN, [10, 20, 30, 40], 4, 4);
  assert.is(centre, 25);
  assert.equal(Math.round(scale * 1000), 11180);
  assert.equal(window, [-1.3416, -0.4472, 0.4472, 1.3416]);
  assert.is(normalised(BY_LAST, [10, 20, 30, 40], 4, 4).window[3], 0);
});

test("nothing at or after the origin is read", () => {
  assert.equal(normalised(BY_MEAN, [1, 5, 3, 900], 3, 3), normalised(BY_MEAN, [1, 5, 3, Number.NaN], 3, 3));
});

test("a gap takes the value before it, what comes before the first observation that one", () => {
  const { window, observedShare } = normalised(BY_LAST, [Number.NaN, 4, Number.NaN, 8], 4, 6);
  const unit = 2;
  assert.equal(
    window,
    [-4, -4, -4, -4, -4, 0].map((away) => away / unit),
  );
  assert.is(observedShare, 2 / 6);
});

test("a constant window, one of zeros and one that was never observed are all 0, their scale the floor", () => {
  const constant = normalised(BY_MEAN, [8, 8, 8], 3, 3);
  assert.equal(constant.window, [0, 0, 0]);
  assert.is(constant.scale, 1);
  assert.is(normalised(BY_MEAN, [800, 800, 800], 3, 3).scale, 40);
  const zeros = normalised(BY_LAST, [0, 0, 0], 3, 3);
  assert.equal([zeros.window, zeros.scale, zeros.zeroShare], [[0, 0, 0], 1, 1]);
  const fresh = normalised(BY_LAST, [Number.NaN, 5], 1, 3);
  assert.equal([fresh.window, fresh.centre, fresh.scale, fresh.observedShare], [[0, 0, 0], 0, 1, 0]);
});

test.run();
