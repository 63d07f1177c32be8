import { test } from "uvu";
import * as assert from "uvu/assert";
import { StepIntegral } from "../../../reports/metrics/step-integral.ts";
import { TimeBins } from "../../../reports/metrics/time-bins.ts";

test("a level counts for as long as it stands, in the bins it spans", () => {
  // Bins [0, 10), [10, 20), [20, 30). Level 3 from 4 to 25: 6 × 3, 10 × 3, 5 × 3.
  const integral = new StepIntegral(2, new TimeBins(0, 30, 3));
  integral.advance(4);
  integral.levels[1] = 3;
  integral.advance(25);
  integral.levels[1] = 0;
  integral.advance(30);
  assert.equal(
    [0, 1, 2].map((bin) => integral.inBin(bin, 1)),
    [18n, 30n, 15n],
  );
  assert.is(integral.total(1), 63n);
  assert.is(integral.total(0), 0n);
});

test("levels before the window are set, not integrated; advancing to the same instant adds nothing", () => {
  const integral = new StepIntegral(1, new TimeBins(100, 200, 1));
  integral.advance(50);
  integral.levels[0] = 7;
  integral.advance(60);
  integral.advance(100);
  assert.is(integral.total(0), 0n);
  integral.advance(101);
  integral.advance(101);
  assert.is(integral.total(0), 7n);
});

test("sums beyond 2⁵³ stay exact", () => {
  // 3,000,000,001 kbps for 40 days of ms in one bin, changed once: far beyond 9.007e15, where doubles lose units.
  const level = 3_000_000_001;
  const toMs = 40 * 86_400_000;
  const integral = new StepIntegral(1, new TimeBins(0, toMs, 1));
  integral.levels[0] = level;
  for (let day = 1; day <= 39; day++) integral.advance(day * 86_400_000);
  integral.levels[0] = 1;
  integral.advance(toMs);
  assert.is(integral.total(0), BigInt(level) * BigInt(39 * 86_400_000) + 86_400_000n);
});

test("sums that pass 2⁵² again and again, in small steps, stay exact", () => {
  // 999,999,999 × 1,000,001 ms is close to 2⁵⁰: every fifth step or so carries.
  const steps = 50;
  const stepMs = 1_000_001;
  const integral = new StepIntegral(1, new TimeBins(0, steps * stepMs, 1));
  integral.levels[0] = 999_999_999;
  for (let step = 1; step <= steps; step++) integral.advance(step * stepMs);
  assert.is(integral.total(0), 999_999_999n * BigInt(steps * stepMs));
});

test.run();
