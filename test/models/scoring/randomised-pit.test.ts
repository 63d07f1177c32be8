import { test } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../../allocator/core/random.ts";
import { randomisedPit } from "../../../models/scoring/randomised-pit.ts";

const LEVELS = [0.1, 0.5, 0.9];

function pits(observed: number, quantiles: readonly number[], count = 2000): number[] {
  const random = new RandomStream(1, "pit");
  const row = Float32Array.from(quantiles);
  return Array.from({ length: count }, () => randomisedPit(observed, row, 0, LEVELS, random));
}

/** Its ends within 2 %, its middle half way: uniform enough for a draw of 2,000. */
function isUniform(values: readonly number[], from: number, to: number): void {
  const near = (found: number, expected: number) => assert.ok(Math.abs(found - expected) < 0.02, `${found}, not ${expected}`);
  near(Math.min(...values), from);
  near(Math.max(...values), to);
  near(values.reduce((sum, value) => sum + value, 0) / values.length, (from + to) / 2);
}

test("between quantiles, below the lowest, above the highest", () => {
  isUniform(pits(5, [1, 4, 8]), 0.5, 0.9);
  isUniform(pits(0, [1, 4, 8]), 0, 0.1);
  isUniform(pits(9, [1, 4, 8]), 0.9, 1);
});

test("at a mass: over its levels and some of the gaps beside, and the tail that it begins or ends", () => {
  isUniform(pits(3, [3, 3, 3]), 0, 1);
  const range = (observed: number, quantiles: readonly number[]) => {
    const values = pits(observed, quantiles);
    return [Math.min(...values), Math.max(...values)].map((value) => Number(value.toFixed(1)));
  };
  assert.equal(range(0, [0, 0, 8]), [0, 0.9]);
  assert.equal(range(8, [1, 8, 8]), [0.1, 1]);
  assert.equal(range(4, [1, 4, 8]), [0.1, 0.9]);
  assert.ok(pits(0, [0, 0, 8]).filter((value) => value <= 0.5).length > 1400, "most within the levels that have it");
});

test("a right forecast of a quantity that is often 0 has uniform PITs, on average over how often", () => {
  const random = new RandomStream(2, "demand");
  const luck = new RandomStream(2, "pit");
  // 0 with a chance between .5 and .9, else uniform over [0, 10]: the quantiles .1 and .5 are 0.
  const values = Array.from({ length: 40_000 }, () => {
    const zero = 0.5 + 0.4 * random.float();
    const row = Float32Array.of(0, 0, (10 * (0.9 - zero)) / (1 - zero));
    const observed = random.float() < zero ? 0 : 10 * random.float();
    return randomisedPit(observed, row, 0, LEVELS, luck);
  });
  for (const level of [0.1, 0.3, 0.5, 0.7, 0.9]) {
    const below = values.filter((value) => value <= level).length / values.length;
    assert.ok(Math.abs(below - level) < 0.02, `${below} at or below ${level}`);
  }
});

test("three numbers are drawn, whatever happens", () => {
  const random = new RandomStream(3, "pit");
  randomisedPit(4, Float32Array.of(1, 4, 8), 0, LEVELS, random);
  randomisedPit(Number.NaN, Float32Array.of(1, 4, 8), 0, LEVELS, random);
  const other = new RandomStream(3, "pit");
  for (let draw = 0; draw < 6; draw += 1) other.float();
  assert.equal(random.snapshot(), other.snapshot());
});

test.run();
