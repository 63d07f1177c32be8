import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { StepMaxima } from "../../models/step-maxima.ts";

interface Interval {
  readonly startMs: number;
  readonly endMs: number;
  readonly amount: number;
}

function maxima(intervals: readonly Interval[], firstMs: number, stepMs: number, steps: number): number[] {
  const maxima = new StepMaxima();
  for (const { startMs, endMs, amount } of [...intervals].sort((a, b) => a.startMs - b.startMs)) {
    maxima.add(startMs, endMs, amount);
  }
  const into = new Uint32Array(steps);
  maxima.write(firstMs, stepMs, into);
  const again = new Uint32Array(steps);
  maxima.write(firstMs, stepMs, again);
  assert.equal(again, into);
  return [...into];
}

/** The definition: at every millisecond of the step, the sum of what covers it. */
function bruteForce(intervals: readonly Interval[], firstMs: number, stepMs: number, steps: number): number[] {
  return Array.from({ length: steps }, (_, k) => {
    let most = 0;
    for (let atMs = firstMs + k * stepMs; atMs < firstMs + (k + 1) * stepMs; atMs += 1) {
      const covering = intervals.filter(({ startMs, endMs }) => startMs <= atMs && atMs < endMs);
      most = Math.max(
        most,
        covering.reduce((sum, { amount }) => sum + amount, 0),
      );
    }
    return most;
  });
}

const interval: fc.Arbitrary<Interval> = fc
  .record({ startMs: fc.nat(40), lengthMs: fc.nat(25), amount: fc.nat(4) })
  .map(({ startMs, lengthMs, amount }) => ({ startMs, endMs: startMs + lengthMs, amount }));

for (const seed of [1, 2, 3]) {
  test(`the largest sum at any millisecond of each step, random intervals, seed ${seed}`, () => {
    fc.assert(
      fc.property(
        fc.array(interval, { maxLength: 12 }),
        fc.nat(30),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(12),
        (intervals, firstMs, stepMs, steps) => {
          assert.equal(maxima(intervals, firstMs, stepMs, steps), bruteForce(intervals, firstMs, stepMs, steps));
        },
      ),
      { seed, numRuns: 400 },
    );
  });
}

test("worked by hand: one ends as another starts, and an interval ends as a step does", () => {
  const intervals = [
    { startMs: 0, endMs: 10, amount: 2 },
    { startMs: 10, endMs: 20, amount: 3 }, // never together with the first
    { startMs: 15, endMs: 16, amount: 4 },
  ];
  assert.equal(maxima(intervals, 0, 5, 5), [2, 2, 3, 7, 0]);
  assert.equal(maxima(intervals, 16, 4, 2), [3, 0]);
});

test("what 32 bits cannot hold is the most that they can", () => {
  const much = { startMs: 0, endMs: 5, amount: 3_000_000_000 };
  assert.equal(maxima([much, { ...much, startMs: 3 }], 0, 3, 2), [3_000_000_000, 4_294_967_295]);
});

test.run();
