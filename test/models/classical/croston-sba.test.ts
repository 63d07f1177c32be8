import { test } from "uvu";
import * as assert from "uvu/assert";
import { crostonSba } from "../../../models/classical/croston-sba.ts";
import { pointsAfter } from "../../support/point-methods.ts";

const near = (found: number, expected: number) => assert.ok(Math.abs(found - expected) < 1e-9, `${found}, not ${expected}`);

// Sizes 10 → 11 → 11.4, intervals 3 → 3 → 3.1: Croston's 11.4 ⁄ 3.1 = 3.677…, less a twentieth.
test("worked by hand", () => {
  const [first, second] = pointsAfter(crostonSba(0.1), [0, 0, 10, 0, 0, 20, 0, 0, 0, 15], 2) as [number, number];
  near(first, (0.95 * 11.4) / 3.1);
  near(second, first);
});

test("demand at every step is smoothed, less the correction", () => {
  near(pointsAfter(crostonSba(0.2), [8, 8, 8, 8], 1)[0]!, 0.9 * 8);
});

test("no demand yet: nothing; a gap is no step without demand", () => {
  assert.equal(pointsAfter(crostonSba(0.1), [0, 0, 0], 2), [0, 0]);
  assert.equal(pointsAfter(crostonSba(0.1), [0, 10, Number.NaN, 0, 10], 1), pointsAfter(crostonSba(0.1), [0, 10, 0, 10], 1));
});

test.run();
