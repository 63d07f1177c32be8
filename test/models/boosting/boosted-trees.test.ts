import { test } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../../allocator/core/random.ts";
import { BoostingRows, boostQuantile, saidBy } from "../../../models/boosting/boosted-trees.ts";
import type { FeatureRows } from "../../../models/boosting/feature-rows.ts";

/** Targets spread evenly over 0…1 in one half of the feature, over 0…10 in the other; the second feature tells nothing. */
function rowsOf(count: number, seed: number): FeatureRows {
  const random = new RandomStream(seed, "rows");
  const features = new Float32Array(2 * count);
  const targets = new Float32Array(count);
  for (let row = 0; row < count; row += 1) {
    const wide = random.float() < 0.5;
    features[2 * row] = wide ? 1 + random.float() : random.float();
    features[2 * row + 1] = random.float();
    targets[row] = random.float() * (wide ? 10 : 1);
  }
  return { count, width: 2, features, targets };
}

const OPTIONS = { trees: 60, rate: 0.2, depth: 2, leastRows: 50, share: 0.7, seed: 1 };

for (const level of [0.5, 0.9]) {
  test(`finds the ${level} quantile of each half`, () => {
    const trees = boostQuantile(new BoostingRows(rowsOf(8_000, 1), rowsOf(4_000, 2)), level * 1_000_000, OPTIONS);
    const narrow = saidBy(trees, Float32Array.of(0.5, 0.5), 0);
    const wide = saidBy(trees, Float32Array.of(1.5, 0.5), 0);
    assert.ok(Math.abs(narrow - level) < 0.1, `${narrow}`);
    assert.ok(Math.abs(wide - 10 * level) < 0.5, `${wide}`);
  });
}

test("the same seed grows the same trees, another others", () => {
  const rows = new BoostingRows(rowsOf(2_000, 1), rowsOf(900, 2));
  const grow = (seed: number) => JSON.stringify(boostQuantile(rows, 900_000, { ...OPTIONS, seed }));
  assert.is(grow(1), grow(1));
  assert.is.not(grow(1), grow(2));
});

test("where nothing is to be learned hardly a tree is kept", () => {
  const { features, ...rest } = rowsOf(3_000, 3);
  const blind = (rows: FeatureRows) => ({ ...rows, features: rows.features.map(() => 1) });
  const rows = new BoostingRows(blind({ features, ...rest }), blind(rowsOf(1_500, 4)));
  const { trees, start } = boostQuantile(rows, 500_000, OPTIONS);
  assert.ok(trees.every(({ feature }) => feature[0] === -1));
  assert.ok(start > 0.5 && start < 3, `${start}`);
});

test("no rows at all: 0", () => {
  const none = { count: 0, width: 2, features: new Float32Array(0), targets: new Float32Array(0) };
  const trees = boostQuantile(new BoostingRows(none, none), 900_000, OPTIONS);
  assert.is(saidBy(trees, Float32Array.of(1, 1), 0), 0);
});

test.run();
