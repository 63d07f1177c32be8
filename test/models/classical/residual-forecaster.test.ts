import { test } from "uvu";
import * as assert from "uvu/assert";
import { NAIVE, naive } from "../../../models/classical/naive.ts";
import { residualForecaster } from "../../../models/classical/residual-forecaster.ts";
import { checkForecast, LEVELS_PPM } from "../../../models/forecaster.ts";
import { History } from "../../../models/panel/panel.ts";
import { drawNumbers } from "../../support/numbers.ts";
import { valuePanel } from "../../support/value-panel.ts";

const HORIZON = { steps: 4, levelsPpm: LEVELS_PPM };
const N = Number.NaN;

async function forecastOf(rows: readonly (readonly number[])[], frame = {}) {
  const panel = valuePanel(rows, frame);
  const history = new History(panel, panel.steps);
  const forecaster = naive(panel);
  const values = await forecaster.forecast(history, HORIZON);
  checkForecast(forecaster, values, history, HORIZON);
  return (series: number, step: number) => [...values.subarray((series * 4 + step) * 8, (series * 4 + step + 1) * 8)];
}

test("the quantiles of a random walk widen with the root of the steps ahead", async () => {
  const shocks = drawNumbers(4000, "walk", 1);
  let at = 10_000;
  const walk = Array.from(shocks, (shock) => {
    at += shock;
    return at;
  });
  const said = await forecastOf([walk], { stepMs: 300_000 });
  const spread = (step: number) => said(0, step)[5]! - said(0, step)[1]!;
  // The central 80 % of a normal are 2.563 deviations wide; 256 errors know them to some 10 %.
  assert.ok(Math.abs(spread(0) / 2.563 - 1) < 0.25, `${spread(0)}`);
  assert.ok(Math.abs(spread(3) / spread(0) - Math.sqrt(3.5)) < 0.45, `${spread(3) / spread(0)}`);
});

test("signed values have errors of either sign: the median is the method's point", async () => {
  const values = [1, 5, -3, 8, 2, -9, 4, 4, 7, -1, 0, 3, 2];
  const said = await forecastOf([values], { signed: true });
  for (const step of [0, 1, 2, 3]) assert.is(said(0, step)[3], 2);
  assert.is(said(0, 0)[0]! + said(0, 0)[6]!, 4);
});

test("demand is never below 0", async () => {
  const said = await forecastOf([[9, 0, 9, 0, 9, 0, 9, 0, 9, 0, 9, 0, 9, 0, 9, 0, 9, 0, 9, 0, 0]]);
  assert.ok(said(0, 0).every((value) => value >= 0));
});

test("constant and all-zero series are forecast as they are", async () => {
  const said = await forecastOf([new Array(50).fill(7), new Array(50).fill(0)]);
  assert.equal(said(0, 3), new Array(8).fill(7));
  assert.equal(said(1, 3), new Array(8).fill(0));
});

test("too few errors: the quantiles of what was observed; one value: that value", async () => {
  const said = await forecastOf([
    [N, N, N, N, N, 4, 6, 8],
    [N, N, N, N, N, N, N, 5],
  ]);
  assert.is(said(0, 0)[3], 6);
  assert.equal(said(1, 2), new Array(8).fill(5));
});

test("a new series has the quantiles of its peers of the same resource, and 0 where there are none", async () => {
  const said = await forecastOf(
    [
      [N, N, N],
      [1, 1, 10],
      [1, 1, 30],
      [5, 5, 500],
      [N, N, N],
    ],
    { resource: (row: number) => (row === 3 ? "memoryMiB" : row === 4 ? "gpuMillis" : "cpuMillis") },
  );
  assert.is(said(0, 0)[3], 20);
  assert.equal(said(4, 0), new Array(8).fill(0));
});

test("gaps leave errors out, and what the last value is", async () => {
  const values = Array.from({ length: 60 }, (_, t) => (t % 7 === 3 ? N : 10));
  const said = await forecastOf([values]);
  assert.equal(said(0, 0), new Array(8).fill(10));
});

test("a series that ended in a gap is still forecast", async () => {
  const said = await forecastOf([[...Array.from({ length: 40 }, () => 3), N, N, N]]);
  assert.equal(said(0, 0), new Array(8).fill(3));
});

test("a method that has nothing to say leaves it to the peers", async () => {
  const panel = valuePanel([
    [1, 2, 3],
    [4, 4, 4],
  ]);
  const silent = {
    ...NAIVE,
    points: (_: Float32Array, __: readonly number[], ___: number, out: Float64Array) => void out.fill(N),
  };
  const forecaster = residualForecaster(silent, "demand");
  const history = new History(panel, 3);
  const values = await forecaster.forecast(history, HORIZON);
  checkForecast(forecaster, values, history, HORIZON);
  assert.is(values[3], 3.5);
});

test.run();
