import { test } from "uvu";
import * as assert from "uvu/assert";
import { LEVELS_PPM } from "../../../models/forecaster.ts";
import { demandMetrics, geometricRatio, pitShares, seriesSql } from "../../../models/scoring/demand-metrics.ts";
import { DemandScores } from "../../../models/scoring/demand-scores.ts";
import { drawNumbers } from "../../support/numbers.ts";
import { valuePanel } from "../../support/value-panel.ts";

const N = Number.NaN;

/** Scores of forecasts with these quantiles at every step, from step 0, of rows whose scales are given. */
function scored(
  rows: readonly (readonly number[])[],
  quantiles: (series: number, step: number) => readonly number[],
  options: { scales?: readonly number[]; resource?: (row: number) => "cpuMillis" | "memoryMiB" } = {},
) {
  const panel = valuePanel(rows, options.resource === undefined ? {} : { resource: options.resource });
  const frame = { origins: [0], steps: panel.steps, levelsPpm: LEVELS_PPM, seed: 1 };
  const scores = new DemandScores(panel, frame, Float64Array.from(options.scales ?? rows.map(() => 1)));
  const values = rows.flatMap((row, series) => row.flatMap((_, step) => quantiles(series, step)));
  scores.add(0, Float32Array.from(values));
  return scores;
}

const allAt = (value: number) => LEVELS_PPM.map(() => value);

test("an exact forecast costs nothing and covers all", () => {
  const rows = [
    [1, 2, 3],
    [4, 0, 6],
  ];
  const metrics = demandMetrics(scored(rows, (series, step) => allAt(rows[series]![step]!)));
  assert.equal([metrics.mse, metrics.mae, metrics.wql, metrics.mase, metrics.sql], [0, 0, 0, 0, 0]);
  assert.equal([metrics.coverage80, metrics.coverage90, metrics.width80], [1, 1, 0]);
  assert.is(metrics.steps, 6);
});

// One value for all levels: the loss is the absolute error, whatever the levels, times twice the mean of the levels (or of what is
// left to 1). Of the eight levels the mean is 0.5613, so that 10 where 4 was said costs 6 × 2 × 0.56125.
test("closed form: one value at all levels", () => {
  const mean = LEVELS_PPM.reduce((sum, ppm) => sum + ppm, 0) / LEVELS_PPM.length / 1e6;
  const metrics = demandMetrics(scored([[10, 10]], () => allAt(4), { scales: [3] }));
  const loss = 6 * 2 * mean;
  const near = (found: number | null, expected: number) => assert.ok(Math.abs(found! - expected) < 1e-12, `${found}`);
  near(metrics.mse, 36);
  near(metrics.mae, 6);
  near(metrics.wql, loss / 10);
  near(metrics.mase, 2);
  near(metrics.sql, loss / 3);
  assert.equal([metrics.coverage80, metrics.coverage90], [0, 0]);
});

test("MASE and SQL are means over forecasts of each series' own, whatever its size", () => {
  const rows = [
    [10, 10],
    [1000, 1000],
  ];
  const metrics = demandMetrics(scored(rows, (series) => allAt(series === 0 ? 12 : 1200), { scales: [2, 200] }));
  assert.is(metrics.mase, 1);
});

test("squared errors of several units are not mixed; WQL is the mean of the units'", () => {
  const rows = [[10], [10], [1]];
  const resource = (row: number) => (row < 2 ? ("cpuMillis" as const) : ("memoryMiB" as const));
  const scores = scored(rows, (series) => allAt(series === 0 ? 10 : 0), { resource });
  const whole = demandMetrics(scores);
  assert.equal([whole.mse, whole.mae], [null, null]);
  const [cpu, memory] = [demandMetrics(scores, [0, 1]), demandMetrics(scores, [2])];
  assert.is(cpu.mse, 50);
  assert.is(whole.wql, (cpu.wql! + memory.wql!) / 2);
});

test("what has no scale is scored apart, and counted", () => {
  const metrics = demandMetrics(scored([[5], [8]], () => allAt(5), { scales: [N, 1] }));
  assert.equal([metrics.scaled, metrics.apart, metrics.apart_loss], [1, 1, 0]);
  assert.is(metrics.mase, 3);
  const none = demandMetrics(scored([[0, 0]], () => allAt(0), { scales: [N] }));
  assert.equal([none.sql, none.mase, none.wql, none.width80], [null, null, null, null]);
  assert.equal([none.mse, none.apart_loss], [0, 0]);
});

test("steps that were not observed do not count; nor does a series of none", () => {
  const metrics = demandMetrics(
    scored(
      [
        [N, 7, N],
        [N, N, N],
      ],
      () => allAt(5),
    ),
  );
  assert.equal([metrics.steps, metrics.mae, metrics.scaled], [1, 2, 1]);
  assert.is(demandMetrics(scored([[N]], () => allAt(5))).mae, null);
});

test("right quantiles of normal values: coverage, PIT and width are nominal", () => {
  const values = [...drawNumbers(5000, "truth", 10)].map((value) => value + 100);
  const z = [-1.6449, -1.2816, -0.6745, 0, 0.6745, 1.2816, 1.6449, 2.3263];
  const scores = scored([values], () => z.map((deviations) => 100 + 10 * deviations));
  const metrics = demandMetrics(scores);
  for (const [found, nominal] of [
    [metrics.coverage80, 0.8],
    [metrics.pit80, 0.8],
    [metrics.coverage80_dense, 0.8],
    [metrics.coverage90, 0.9],
    [metrics.pit90, 0.9],
  ] as const) {
    assert.ok(Math.abs(found! - nominal) < 0.015, `${found}`);
  }
  assert.ok(Math.abs(metrics.width80! - 25.63) < 0.01);
  for (const [level, share] of pitShares(scores, [0]).entries()) {
    assert.ok(Math.abs(share - LEVELS_PPM[level]! / 1e6) < 0.015, `${share}`);
  }
  assert.is(
    scores.pitBins.reduce((sum, count) => sum + count, 0),
    5000,
  );
});

test("coverage of windows with many zeros is left out of the dense one", () => {
  const zeros = new Array<number>(20).fill(0);
  const busy = new Array<number>(20).fill(50);
  const metrics = demandMetrics(scored([zeros, busy], () => allAt(0)));
  assert.is(metrics.coverage80, 0.5);
  assert.is(metrics.coverage80_dense, 0);
});

test("the geometric ratio halves what is halved, and is 1 where both are exact", () => {
  const near = (found: number | null, expected: number) => assert.ok(Math.abs(found! - expected) < 1e-9, `${found}`);
  near(geometricRatio(Float64Array.of(0.49, 0.99), Float64Array.of(0.99, 1.99)), 0.5);
  near(geometricRatio(Float64Array.of(0, 0), Float64Array.of(0, 0)), 1);
  near(geometricRatio(Float64Array.of(0.99, 0.24), Float64Array.of(0.24, 0.99)), 1);
  assert.is(geometricRatio(Float64Array.of(N), Float64Array.of(1)), null);
});

test("SQL of each series, NaN without a scale", () => {
  const found = seriesSql(scored([[3], [3]], () => allAt(3), { scales: [2, N] }));
  assert.is(found[0], 0);
  assert.ok(Number.isNaN(found[1]));
});

test.run();
