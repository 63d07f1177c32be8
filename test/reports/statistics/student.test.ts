import { test } from "uvu";
import * as assert from "uvu/assert";
import { batchMeanInterval, meanInterval, t975 } from "../../../reports/statistics/student.ts";

const near = (found: number, expected: number, within: number) =>
  assert.ok(Math.abs(found - expected) <= within, `${found}, not ${expected}`);

test("quantiles of t beyond the table are those of other tables", () => {
  // Values of any table of Student's t: 40, 60 and 120 degrees, and the normal limit.
  near(t975(40), 2.021, 0.001);
  near(t975(60), 2.0, 0.001);
  near(t975(120), 1.98, 0.001);
  near(t975(1e9), 1.96, 0.0001);
});

test("worked by hand: three seeds", () => {
  // 1, 2 and 3: mean 2, s = 1, t with 2 degrees 4.303: half a width is 4.303 ÷ √3 = 2.4843.
  const { mean, interval, count } = meanInterval([1, 2, 3]);
  assert.equal([mean, count], [2, 3]);
  near(interval![0], 2 - 2.4843, 0.0001);
  near(interval![1], 2 + 2.4843, 0.0001);
});

test("one value has a mean and no interval; equal values have one of no width", () => {
  assert.equal(meanInterval([7]), { mean: 7, interval: null, count: 1 });
  assert.equal(meanInterval([7, 7, 7]).interval, [7, 7]);
});

test("worked by hand: batch means with batches of equal size are the mean of their means, ± t · s ÷ √batches", () => {
  // Waits 10, 20, 30, 40 ms over 10 starts each: means 1, 2, 3, 4; mean 2.5, s = 1.29099, t(3) = 3.182: ± 2.05397.
  const { mean, interval } = batchMeanInterval([10, 20, 30, 40], [10, 10, 10, 10]);
  assert.is(mean, 2.5);
  near(interval![1] - mean, 2.05397, 0.0001);
});

test("batches without any start say nothing", () => {
  assert.is(batchMeanInterval([0, 0], [0, 0]).interval, null);
  assert.is(batchMeanInterval([5], [1]).interval, null);
});

test.run();
