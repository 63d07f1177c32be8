import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Distribution, ValueCounts } from "../../../reports/metrics/value-counts.ts";

function counted(values: readonly number[]): Distribution {
  const counts = new ValueCounts();
  for (const value of values) counts.add(value);
  return new Distribution([counts]);
}

/** Both sides of the switch from array to map, and values that make the array grow. */
const latencies = fc.array(
  fc.oneof(fc.nat(40), fc.integer({ min: 65_530, max: 65_540 }), fc.integer({ min: 0, max: 3_000_000_000 })),
  { minLength: 1, maxLength: 200 },
);

test("nearest rank: the k-th of the sorted values, k = ⌈p · n / 100⌉", async () => {
  await fc.assert(
    fc.property(latencies, (values) => {
      const sorted = [...values].sort((a, b) => a - b);
      const distribution = counted(values);
      for (const percent of [1, 50, 95, 99, 100]) {
        assert.is(distribution.percentile(percent), sorted[Math.ceil((percent * sorted.length) / 100) - 1]);
      }
      assert.is(distribution.max(), sorted.at(-1));
      const sum = values.reduce((total, value) => total + BigInt(value), 0n);
      assert.is(distribution.mean(), Number(sum) / values.length);
    }),
    { numRuns: 200, seed: 1 },
  );
});

test("counts of several groups add up to the counts of all", async () => {
  await fc.assert(
    fc.property(latencies, latencies, (one, other) => {
      const [a, b] = [new ValueCounts(), new ValueCounts()];
      for (const value of one) a.add(value);
      for (const value of other) b.add(value);
      assert.equal(new Distribution([a, b]).points(1000), counted([...one, ...other]).points(1000));
    }),
    { numRuns: 50, seed: 2 },
  );
});

test("a staircase: every value while there are few, then steps of it, both ends among them", () => {
  assert.equal(counted([5, 3, 5]).points(400), [
    [3, 1],
    [5, 3],
  ]);
  // 1000 values 0 … 999 in 5 points: ranks 1 and 1 + ⌊999 / 2⌋ = 500; 1000 − ⌊920⌋ = 80 and 1000 − ⌊846.4⌋ = 154; 1000.
  const points = counted(Array.from({ length: 1000 }, (_, i) => i)).points(5);
  assert.equal(points, [
    [0, 1],
    [79, 80],
    [153, 154],
    [499, 500],
    [999, 1000],
  ]);
});

test("a staircase keeps its tail: of a million values the last ten each have their step", () => {
  const points = counted(Array.from({ length: 1_000_000 }, (_, i) => i)).points(400);
  assert.ok(points.length <= 400);
  assert.ok(points.filter(([value]) => value >= 999_980).length >= 10);
  assert.equal(points.at(-1), [999_999, 1_000_000]);
});

test("of nothing there is no mean, percentile or maximum", () => {
  const none = counted([]);
  assert.equal([none.mean(), none.percentile(50), none.max(), none.points(400)], [null, null, null, []]);
});

test.run();
