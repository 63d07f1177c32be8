import { test } from "uvu";
import * as assert from "uvu/assert";
import { costAxis } from "../../../reports/charts/cost-axis.ts";

test("an axis is linear while its values can be told apart on it, else logarithmic", () => {
  assert.not.ok(costAxis([10, 20, 400]).isLogarithmic);
  assert.ok(costAxis([1, 2, 3, 4, 3000]).isLogarithmic);
  for (const nothing of [[], [0], [0, 0]]) assert.not.ok(costAxis(nothing).isLogarithmic);
});

test("0 stands at the start, every value before the end, and a place gives its value back", () => {
  for (const values of [[5, 8], [0, 0.5, 2, 4, 3000], [0], [1e-9, 1, 2, 1e9]]) {
    const axis = costAxis(values);
    assert.is(axis.place(0), 0);
    assert.ok(Math.abs(axis.place(axis.end) - 1) < 1e-12);
    for (const value of values) {
      assert.ok(axis.place(value) < 1);
      assert.ok(Math.abs(axis.valueAt(axis.place(value)) - value) <= 1e-9 * Math.max(1, axis.end));
    }
  }
});

test.run();
