import { test } from "uvu";
import * as assert from "uvu/assert";
import { RatioFeatures } from "../../../models/boosting/ratio-features.ts";
import { valuePanel } from "../../support/value-panel.ts";

const N = Number.NaN;
const FLOORS = new Map([["cpuMillis", 0.5]]);

function featuresOf(values: readonly number[], ahead = 0) {
  const panel = valuePanel([values]);
  const features = new RatioFeatures(panel, FLOORS);
  const out = new Float32Array(features.width + 2).fill(-99);
  const scale = features.write(0, panel.values, panel.steps, ahead, out, 1);
  return { features, out: out.subarray(1, features.width + 1), scale, edges: [out[0], out.at(-1)] };
}

test("ratios to the recent maximum, with a floor under both", () => {
  const { features, out, scale, edges } = featuresOf([8, 2, 4]);
  const floor = 0.5 + 0.05 * (14 / 3);
  assert.ok(Math.abs(scale!.floor - floor) < 1e-12);
  assert.ok(Math.abs(scale!.base - (8 + floor)) < 1e-12);
  const ratio = (value: number) => Math.log((value + floor) / (8 + floor));
  const near = (index: number, value: number) =>
    assert.ok(Math.abs(out[index]! - value) < 1e-6, `${index}: ${out[index]}, not ${value}`);
  near(0, ratio(4));
  near(1, ratio(2));
  near(2, 0);
  assert.ok(Number.isNaN(out[3]), "no fourth value");
  near(features.maxima[0]!, 0);
  near(features.maxima[0]! + 1, ratio(14 / 3));
  near(features.maxima[0]! + 2, ratio(2));
  assert.equal(edges, [-99, -99], "it writes no further");
});

test("larger series of the same form have the same ratios", () => {
  const panel = valuePanel([
    [1, 5, 3, 4],
    [100, 500, 300, 400],
  ]);
  const features = new RatioFeatures(panel, new Map([["cpuMillis", 0]]));
  const [a, b] = [new Float32Array(features.width), new Float32Array(features.width)];
  features.write(0, panel.values.subarray(0, 4), 4, 0, a, 0);
  features.write(1, panel.values.subarray(4), 4, 0, b, 0);
  const differing = [...a.keys()].filter((index) => Math.abs(a[index]! - b[index]!) > 1e-5);
  assert.is(differing.length, 1, "all but its size");
});

test("gaps are passed over, and the day before is looked up with its neighbours", () => {
  const values = Array.from({ length: 30 }, () => 1);
  values[5] = 9;
  values[29] = N;
  const { features, out } = featuresOf(values);
  const dayBefore = features.maxima.at(-1)! + 3;
  assert.ok(Number.isNaN(out[0]));
  // Step 30 less 24 is 6, beside 5.
  assert.ok(out[dayBefore]! > 1.5, `${out[dayBefore]}`);
  assert.ok(Number.isNaN(out[dayBefore + 1]), "no two days before");
  const later = featuresOf(values, 2);
  assert.ok(later.out[dayBefore]! < 0.1, "step 32 less 24 is 8");
});

test("nothing seen for a day has no scale", () => {
  assert.is(featuresOf([3, ...new Array<number>(24).fill(N)]).scale, null);
  assert.is(featuresOf([N]).scale, null);
});

test.run();
