import { test } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../../allocator/core/random.ts";
import { difference, percentileInterval, Resampling } from "../../../models/backtest/resampling.ts";
import { DEFAULT_PRICES } from "../../../reports/prices.ts";
import { resample } from "../../../reports/statistics/bootstrap.ts";
import type { RunCells } from "../../../reports/statistics/cells.ts";
import { cellsOf } from "../../support/cells.ts";

function draws(cells: RunCells, replicates = 1000, seed = 1): Resampling {
  return new Resampling({ units: cells.units, blocks: cells.blocks, replicates, seed });
}

function replicatesOf(cells: RunCells, name: string, resampling = draws(cells)): Float64Array {
  return resample(cells, resampling, DEFAULT_PRICES).get(null)!.get(name)!;
}

test("every replicate draws as many units and as many blocks as there are", () => {
  const resampling = new Resampling({ units: 7, blocks: 5, replicates: 50, seed: 3 });
  for (let replicate = 0; replicate < 50; replicate++) {
    const total = (count: number, times: (index: number) => number) =>
      Array.from({ length: count }, (_, index) => times(index)).reduce((sum, value) => sum + value, 0);
    assert.is(
      total(7, (unit) => resampling.unitTimes(replicate, unit)),
      7,
    );
    assert.is(
      total(5, (block) => resampling.blockTimes(replicate, block)),
      5,
    );
  }
});

test("worked by hand: a replicate's sum is each cell times how often its unit and its block were drawn", () => {
  // Requests: unit 0 has 1 and 10, unit 1 has 100 and 1000, by block. A replicate with unit 0 drawn u times, unit 1 2 − u times,
  // block 0 b times and block 1 2 − b times has u × (b × 1 + (2 − b) × 10) + (2 − u) × (b × 100 + (2 − b) × 1000) requests.
  // One unit twice and one block twice is one cell four times: 4, 40, 400 or 4000; each once is all of it: 1111.
  const amounts = [1, 10, 100, 1000];
  const cells = cellsOf(2, 2, (unit, block) => ({ requests: amounts[unit * 2 + block]! }));
  const resampling = draws(cells, 256);
  const values = replicatesOf(cells, "requests", resampling);
  for (const [replicate, value] of values.entries()) {
    const u = resampling.unitTimes(replicate, 0);
    const b = resampling.blockTimes(replicate, 0);
    assert.is(value, u * (b * 1 + (2 - b) * 10) + (2 - u) * (b * 100 + (2 - b) * 1000));
  }
  assert.ok([4, 40, 400, 4000, 1111].every((value) => values.includes(value)));
  // Both units and one block twice: 202 or 2020. One unit twice and both blocks: 22 or 2200.
  assert.ok([...values].every((value) => [4, 40, 400, 4000, 1111, 202, 2020, 22, 2200].includes(value)));
});

test("worked by hand: the interval runs from the 25th to the 975th of a thousand replicates", () => {
  const values = Float64Array.from({ length: 1000 }, (_, index) => ((index * 7) % 1000) + 1);
  assert.equal(percentileInterval(values), [25, 975]);
});

test("replicates without a value are left out; more than 1 in 20 of them, and there is no interval", () => {
  const values = (undefinedOnes: number) =>
    Float64Array.from({ length: 100 }, (_, index) => (index < undefinedOnes ? Number.NaN : index));
  assert.equal(percentileInterval(values(5)), [7, 97]);
  assert.is(percentileInterval(values(6)), null);
});

test("a ratio is that of the replicate's sums, and undefined where the replicate has no requests", () => {
  const cells = cellsOf(2, 1, (unit) => (unit === 0 ? { requests: 4, cold: 1 } : {}));
  const values = replicatesOf(cells, "cold_fraction");
  assert.ok([...values].every((value) => Number.isNaN(value) || value === 0.25));
  assert.ok([...values].some(Number.isNaN));
});

test("the same seed gives the same replicates, another seed others", () => {
  const cells = cellsOf(9, 6, (unit, block) => ({ requests: unit * 3 + block }));
  assert.equal(replicatesOf(cells, "requests"), replicatesOf(cells, "requests"));
  assert.not.equal(replicatesOf(cells, "requests", draws(cells, 1000, 2)), replicatesOf(cells, "requests"));
});

test("paired draws make the interval of a difference narrower than draws of its own for each run", () => {
  // Users differ a hundredfold; the second run costs each of them 10 % less, give or take.
  const random = new RandomStream(5, "pairing");
  const sizes = Array.from({ length: 60 }, () => 1 + 99 * random.float());
  const noisy = (factor: number) =>
    cellsOf(60, 14, (unit) => ({ violations: sizes[unit]! * factor * (0.95 + 0.1 * random.float()) }));
  const [a, b] = [noisy(1), noisy(0.9)];
  const costs = replicatesOf(a, "violation_cost");
  const widthAgainst = (other: Float64Array) => {
    const [low, high] = percentileInterval(difference(costs, other))!;
    return { width: high - low, low };
  };
  const paired = widthAgainst(replicatesOf(b, "violation_cost"));
  const unpaired = widthAgainst(replicatesOf(b, "violation_cost", draws(b, 1000, 2)));
  assert.ok(paired.width < unpaired.width / 4, `${paired.width} of ${unpaired.width}`);
  assert.ok(paired.low > 0 && unpaired.low < 0);
});

test("the 95 % interval covers a truth that is known at least nine times in ten", () => {
  // Requests of user u on day t: A_u × B_t × noise. A share p_u × q_t of them starts cold. All factors are independent, so the
  // true cold fraction is E[p] × E[q] = 0.3 × 1. Each trial draws new users and new days.
  const TRIALS = 300;
  const random = new RandomStream(11, "coverage");
  const between = (low: number, high: number) => low + (high - low) * random.float();
  let ratios = 0;
  let sums = 0;
  for (let trial = 0; trial < TRIALS; trial++) {
    const users = Array.from({ length: 40 }, () => ({ rate: between(1, 9), cold: between(0.1, 0.5) }));
    const days = Array.from({ length: 14 }, () => ({ rate: between(0.5, 1.5), cold: between(0.6, 1.4) }));
    const cells = cellsOf(40, 14, (unit, block) => {
      const user = users[unit]!;
      const day = days[block]!;
      const requests = user.rate * day.rate * between(0.2, 1.8);
      return { requests, cold: requests * user.cold * day.cold };
    });
    const metrics = resample(cells, draws(cells, 400, trial), DEFAULT_PRICES, [null]).get(null)!;
    const covers = (name: string, truth: number) => {
      const [low, high] = percentileInterval(metrics.get(name)!)!;
      return low <= truth && truth <= high;
    };
    if (covers("cold_fraction", 0.3)) ratios += 1;
    // E[requests] = 40 users × 14 days × 5 × 1 × 1.
    if (covers("requests", 40 * 14 * 5)) sums += 1;
  }
  assert.ok(ratios >= 0.9 * TRIALS, `a ratio: ${ratios} of ${TRIALS}`);
  assert.ok(sums >= 0.9 * TRIALS, `a sum: ${sums} of ${TRIALS}`);
});

test.run();
