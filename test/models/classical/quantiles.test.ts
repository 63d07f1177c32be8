import { test } from "uvu";
import * as assert from "uvu/assert";
import { quantileOf } from "../../../models/classical/quantiles.ts";

// R's quantile(c(1, 2, 4, 8), c(0, .25, .5, .9, 1)), type 7: 1, 1.75, 3, 6.8, 8.
test("linear between order statistics, as R's default", () => {
  const sample = Float64Array.of(1, 2, 4, 8);
  const found = [0, 250_000, 500_000, 900_000, 1_000_000].map((ppm) => quantileOf(sample, ppm));
  assert.equal(
    found.map((value) => Number(value.toFixed(12))),
    [1, 1.75, 3, 6.8, 8],
  );
  assert.is(quantileOf(Float64Array.of(5), 990_000), 5);
});

test.run();
