import { test } from "uvu";
import * as assert from "uvu/assert";
import { ByteReader, ByteWriter } from "../../../../allocator/core/bytes.ts";
import { DecayingHistogram, GrowingBuckets } from "../../../../allocator/core/strategies/decaying-histogram.ts";

const CPU = new GrowingBuckets(0.01, 0.05, 1000);
const MEMORY = new GrowingBuckets(1e7, 0.05, 1e12);
const HALF_LIFE_MS = 1000;

/** The end of the bucket that holds the value. */
const endOf = (value: number) => CPU.start(CPU.find(value) + 1);

test("the buckets are those of the Vertical Pod Autoscaler", () => {
  assert.is(CPU.count, 176);
  assert.is(MEMORY.count, 176);
  const rounded = [0, 1, 2, 10, 50].map((k) => Math.round(CPU.start(k) * 100_000) / 100_000);
  assert.equal(rounded, [0, 0.01, 0.0205, 0.12578, 2.09348]);
  assert.equal(
    [0, 0.0099, 0.01, 0.02, 0.0206, 0.1257, 0.1258, 1e9].map((value) => CPU.find(value)),
    [0, 0, 1, 1, 2, 9, 10, 175],
  );
});

test("a percentile is the end of the first bucket that reaches the share, of the last bucket its start", () => {
  const histogram = new DecayingHistogram(CPU, HALF_LIFE_MS);
  assert.is(histogram.percentile(0.5), 0);
  for (const value of [1, 1, 1, 2]) histogram.add(value, 1, 0);
  assert.equal(
    [0, 0.5, 0.75, 0.76, 1].map((share) => histogram.percentile(share)),
    [endOf(1), endOf(1), endOf(1), endOf(2), endOf(2)],
  );
  const large = new DecayingHistogram(CPU, HALF_LIFE_MS);
  large.add(5000, 1, 0);
  assert.is(large.percentile(0.5), CPU.start(175));
});

test("a sample weighs half after its half-life", () => {
  const histogram = new DecayingHistogram(CPU, HALF_LIFE_MS);
  histogram.add(1, 1, 0);
  histogram.add(1, 1, 0);
  histogram.add(10, 1, HALF_LIFE_MS);
  // 2 × 1 against 1 × 2.
  assert.is(histogram.percentile(0.5), endOf(1));
  assert.is(histogram.percentile(0.51), endOf(10));
  assert.ok(Math.abs(histogram.mean() - (endOf(1) + endOf(10)) / 2) < 1e-12);
});

test("weights are scaled down before they grow too large, and what is long past counts for nothing", () => {
  const histogram = new DecayingHistogram(CPU, HALF_LIFE_MS);
  histogram.add(1, 1, 0);
  for (const halfLives of [101, 1000, 100_000]) {
    histogram.add(10, 1, halfLives * HALF_LIFE_MS);
    assert.is(histogram.percentile(0.01), endOf(10));
  }
});

test("what is taken out again leaves the rest", () => {
  const histogram = new DecayingHistogram(CPU, HALF_LIFE_MS);
  histogram.add(1, 1, 0);
  histogram.add(10, 1, 0);
  histogram.subtract(10, 1, 0);
  assert.is(histogram.percentile(1), endOf(1));
});

test("percentiles of the load: a load of 1 for nine units, then 10 for one (Autopilot, EuroSys 2020, figure 2)", () => {
  const histogram = new DecayingHistogram(CPU, HALF_LIFE_MS);
  for (let unit = 0; unit < 9; unit += 1) histogram.add(1, 1, 0);
  histogram.add(10, 1, 0);
  assert.is(histogram.percentile(0.9), endOf(1));
  assert.is(histogram.loadPercentile(0.9), endOf(10));
  // Of a load of 19, 9 are at 1: up to 0.47 of it, and no further. (A percentile of the weights would be neither.)
  assert.is(histogram.loadPercentile(0.46), endOf(1));
  assert.is(histogram.loadPercentile(0.48), endOf(10));
});

test("a histogram survives a snapshot, bit by bit", () => {
  const histogram = new DecayingHistogram(CPU, HALF_LIFE_MS);
  for (let i = 0; i < 50; i += 1) histogram.add(0.01 * (i + 1) * (i + 1), 0.1, i * 137);
  const out = new ByteWriter();
  histogram.write(out);
  const copy = new DecayingHistogram(CPU, HALF_LIFE_MS);
  copy.read(new ByteReader(out.written()));
  for (const one of [histogram, copy]) one.add(3, 1, 200_000);
  for (const share of [0.1, 0.5, 0.9]) assert.is(copy.percentile(share), histogram.percentile(share));
  assert.is(copy.mean(), histogram.mean());
});

test.run();
