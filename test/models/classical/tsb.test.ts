import { test } from "uvu";
import * as assert from "uvu/assert";
import { tsb } from "../../../models/classical/tsb.ts";
import { pointsAfter } from "../../support/point-methods.ts";

// Chance ⅓, then × 0.9 at each step without demand and + 0.1 of what is missing to 1 at each with one: 0.3250423; size 11.4.
test("worked by hand", () => {
  const [value] = pointsAfter(tsb(0.1, 0.1), [0, 0, 10, 0, 0, 20, 0, 0, 0, 15], 1);
  assert.ok(Math.abs(value! - 0.3250423 * 11.4) < 1e-9, `${value}`);
});

test("it falls while nothing comes", () => {
  const [one] = pointsAfter(tsb(0.1, 0.5), [4, 4, 0], 1);
  const [two] = pointsAfter(tsb(0.1, 0.5), [4, 4, 0, 0], 1);
  assert.is(one, 2);
  assert.is(two, 1);
});

test("no demand yet: nothing; gaps change nothing", () => {
  assert.equal(pointsAfter(tsb(0.1, 0.1), [0, 0], 1), [0]);
  assert.equal(pointsAfter(tsb(0.1, 0.1), [0, 6, Number.NaN, 0], 1), pointsAfter(tsb(0.1, 0.1), [0, 6, 0], 1));
});

test.run();
