import { test } from "uvu";
import * as assert from "uvu/assert";
import { differenceText } from "../../../reports/placement/page.ts";
import { differences, ranked, type SeedRun, summarize } from "../../../reports/placement/summary.ts";

const run = (policy: string, seed: number, gpuAllocationPct: number, fragmentationPct: number | null = 50): SeedRun => ({
  policy,
  seed,
  arrived: 10,
  placed: 8 + seed,
  gpuAllocationPct,
  fragmentationPct,
  curve: [
    { loadPct: 0, gpuAllocationPct: 0, fragmentationPct: 10 },
    { loadPct: 1, gpuAllocationPct, fragmentationPct },
  ],
});

test("mean, sample standard deviation and interval over the seeds", () => {
  const [summary] = summarize([run("a", 1, 90), run("a", 2, 92), run("a", 3, 94)]);
  // s = √((4 + 0 + 4) ⁄ 2) = 2; t(2) = 4.303; half = 4.303 · 2 ⁄ √3.
  const half = (4.303 * 2) / Math.sqrt(3);
  assert.equal(summary?.gpuAllocationPct, { mean: 92, sd: 2, interval: [92 - half, 92 + half] });
  assert.is(summary?.placed.mean, 10);
  assert.equal(summary?.curve[1], { loadPct: 1, gpuAllocationPct: 92, fragmentationPct: 50 });
});

test("one seed has no spread, and what does not apply is null", () => {
  const [summary] = summarize([run("a", 1, 100, null)]);
  assert.equal(summary?.gpuAllocationPct, { mean: 100, sd: null, interval: null });
  assert.equal(summary?.fragmentationPct, { mean: null, sd: null, interval: null });
  assert.is(summary?.curve[1]?.fragmentationPct, null);
});

test("policies are compared seed by seed with the next in rank", () => {
  // b is above a on every seed by about one, though both vary by far more from seed to seed; c is like a.
  const runs = [
    ...[70, 80, 90].map((pct, at) => run("a", at + 1, pct)),
    ...[71.1, 81, 90.9].map((pct, at) => run("b", at + 1, pct)),
    ...[69, 82, 88].map((pct, at) => run("c", at + 1, pct)),
  ];
  const policies = summarize(runs);
  assert.equal(
    ranked(policies).map(({ policy }) => policy),
    ["b", "a", "c"],
  );
  const [first, second] = differences(policies);
  assert.equal([first?.more, first?.less, first?.shown], ["b", "a", true]);
  assert.ok(Math.abs((first?.meanPct ?? 0) - 1) < 1e-9);
  assert.equal([second?.more, second?.less, second?.shown], ["a", "c", false]);
  assert.match(differenceText(first!), /^b allocates 1\.00 points more than a \(95/);
  assert.match(differenceText(second!), /^a and c: no difference shown/);
});

test("one seed shows no difference", () => {
  const [difference] = differences(summarize([run("a", 1, 90), run("b", 1, 80)]));
  assert.equal([difference?.interval, difference?.shown], [null, false]);
});

test.run();
