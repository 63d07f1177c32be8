import { test } from "uvu";
import * as assert from "uvu/assert";
import { seasonalNaiveMethod } from "../../../models/classical/seasonal-naive.ts";
import { pointsAfter } from "../../support/point-methods.ts";

const method = seasonalNaiveMethod(3, "three");

test("the same step of the last season, for as many seasons as are asked for", () => {
  assert.equal(pointsAfter(method, [9, 9, 9, 1, 2, 3, 4], 7), [2, 3, 4, 2, 3, 4, 2]);
});

test("where that was not observed, the season before; where none was, the last value", () => {
  assert.equal(pointsAfter(method, [7, 8, 9, Number.NaN, 2, 3], 3), [7, 2, 3]);
  assert.equal(pointsAfter(method, [5, Number.NaN], 2), [5, 5]);
});

test("less than a season: what there is, else the last value", () => {
  assert.equal(pointsAfter(method, [1, 2], 3), [2, 1, 2]);
});

test.run();
