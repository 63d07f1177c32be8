import { test } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../../allocator/core/random.ts";
import { AdaptiveCorrection, AdaptiveForecaster } from "../../../models/calibration/adaptive.ts";
import { type Calibration, calibrate, correctBy } from "../../../models/calibration/conformal.ts";
import { activityOf, bucketOf } from "../../../models/calibration/groups.ts";
import { checkForecast, type Forecaster, LEVELS_PPM } from "../../../models/forecaster.ts";
import { History, type Panel } from "../../../models/panel/panel.ts";

const HORIZON = { steps: 4, levelsPpm: LEVELS_PPM };
const LOOK_BACK = 48;
/** Of the exponential distribution with mean 1. */
const EXPONENTIAL = LEVELS_PPM.map((level) => -Math.log(1 - level / 1_000_000));

/** Series of independent exponential values with the given means. */
function exponentialPanel(
  means: readonly number[],
  steps: number,
  meanAt: (mean: number, step: number) => number = (mean) => mean,
): Panel {
  const stream = new RandomStream(7, "conformal");
  const values = new Float32Array(means.length * steps);
  means.forEach((mean, i) => {
    for (let step = 0; step < steps; step += 1) values[i * steps + step] = stream.exponential(meanAt(mean, step));
  });
  const traits = { tier: null, role: null, timeZone: "UTC", permittedApps: null, appName: null };
  const series = means.map((mean, i) => ({
    name: `series ${i}`,
    user: i,
    app: null,
    resource: mean < 50 ? ("cpuMillis" as const) : ("memoryMiB" as const),
    traits,
  }));
  return { target: "demand", startMs: 0, stepMs: 60_000, steps, epochMs: null, signed: false, series, values, context: [] };
}

/** Says the quantiles of an exponential distribution with the given mean for each series. */
function saying(means: readonly number[]): Forecaster {
  return {
    name: "exponential",
    target: "demand",
    async forecast(history, horizon) {
      const values = new Float32Array(history.frame.series.length * horizon.steps * LEVELS_PPM.length);
      for (let i = 0; i < values.length; i += 1) {
        const mean = means[Math.floor(i / (horizon.steps * LEVELS_PPM.length))] as number;
        values[i] = mean * (EXPONENTIAL[i % LEVELS_PPM.length] as number);
      }
      return values;
    },
  };
}

/** Share of the truths at the origins that each level held, over the given series. */
async function coverage(
  forecaster: Forecaster,
  panel: Panel,
  origins: readonly number[],
  of: readonly number[],
): Promise<number[]> {
  const held = LEVELS_PPM.map(() => 0);
  let count = 0;
  for (const origin of origins) {
    const history = new History(panel, origin);
    const values = await forecaster.forecast(history, HORIZON);
    checkForecast(forecaster, values, history, HORIZON);
    for (const series of of) {
      for (let step = 0; step < HORIZON.steps; step += 1) {
        const truth = panel.values[series * panel.steps + origin + step] as number;
        count += 1;
        LEVELS_PPM.forEach((_, level) => {
          const at = (series * HORIZON.steps + step) * LEVELS_PPM.length + level;
          if (truth <= (values[at] as number)) held[level] = (held[level] as number) + 1;
        });
      }
    }
  }
  return held.map((of) => of / count);
}

/** What a calibrated model does. */
function calibrated(forecaster: Forecaster, calibration: Calibration): Forecaster {
  return {
    ...forecaster,
    async forecast(history, horizon) {
      const values = await forecaster.forecast(history, horizon);
      correctBy(calibration, values, history, horizon.steps);
      return values;
    },
  };
}

const every = (from: number, to: number, by: number) =>
  Array.from({ length: Math.floor((to - from) / by) }, (_, i) => from + i * by);
const MEANS = [10, 20, 30, 100, 200, 300];
const worst = (shares: readonly number[]) =>
  Math.max(...shares.map((share, i) => Math.abs(share - (LEVELS_PPM[i] as number) / 1_000_000)));

test("a forecaster that is half of what it should be holds its levels within 2 points once calibrated", async () => {
  const panel = exponentialPanel(MEANS, 4000);
  const halved = saying(MEANS.map((mean) => mean / 2));
  const later = every(2000, 3990, 4);
  assert.ok(worst(await coverage(halved, panel, later, [0, 1, 2, 3, 4, 5])) > 0.2);
  const calibration = await calibrate(halved, panel, every(100, 1990, 4), HORIZON, LOOK_BACK);
  assert.ok(worst(await coverage(calibrated(halved, calibration), panel, later, [0, 1, 2, 3, 4, 5])) < 0.02);
});

test("a resource that needs no correction is not corrected for another's sake", async () => {
  const panel = exponentialPanel(MEANS, 4000);
  const half = saying(MEANS.map((mean) => (mean < 50 ? mean : mean / 3)));
  const calibration = await calibrate(half, panel, every(100, 1990, 4), HORIZON, LOOK_BACK);
  const later = every(2000, 3990, 4);
  for (const of of [
    [0, 1, 2],
    [3, 4, 5],
  ])
    assert.ok(worst(await coverage(calibrated(half, calibration), panel, later, of)) < 0.03);
});

test("what is known after the last origin's horizon is not used", async () => {
  const panel = exponentialPanel(MEANS, 400);
  const origins = every(100, 200, 4);
  const before = await calibrate(saying(MEANS), panel, origins, HORIZON, LOOK_BACK);
  const known = (origins.at(-1) as number) + HORIZON.steps;
  const other = { ...panel, values: panel.values.map((value, i) => (i % panel.steps < known ? value : 1e6)) };
  assert.equal(await calibrate(saying(MEANS), other, origins, HORIZON, LOOK_BACK), before);
});

test("a series that nobody saw at calibration gets the correction of the whole, and zeros stay zeros", async () => {
  const panel = exponentialPanel(MEANS, 400);
  const calibration = await calibrate(saying(MEANS), panel, every(100, 300, 4), HORIZON, LOOK_BACK);
  const idle = { ...panel, values: new Float32Array(panel.values.length) };
  const silent = saying(MEANS.map(() => 0));
  const values = await calibrated(silent, calibration).forecast(new History(idle, 300), HORIZON);
  assert.ok(values.every((value) => value === 0));
});

test("steps are grouped by doubling buckets, series by their share of zeros", () => {
  assert.equal([0, 1, 2, 3, 6, 7].map(bucketOf), [0, 1, 1, 2, 2, 3]);
  const series = (zeros: number) => Float32Array.from({ length: 100 }, (_, i) => (i < zeros ? 0 : 1));
  assert.equal(
    [0, 4, 5, 95, 96, 100].map((zeros) => activityOf(series(zeros), 100)),
    ["busy", "busy", "sparse", "sparse", "idle", "idle"],
  );
  assert.is(activityOf(new Float32Array(0), 100), "idle");
});

test("a correction that learns holds its levels over any sequence, within its bound", () => {
  const stream = new RandomStream(3, "adaptive");
  const rate = 0.05;
  const adaptive = new AdaptiveCorrection([900_000], { rate, most: Number.POSITIVE_INFINITY });
  let held = 0;
  let most = 0;
  const count = 4000;
  for (let i = 0; i < count; i += 1) {
    // The scores' mean wanders and jumps: nothing is drawn from one distribution.
    const score = stream.float() + (i > 1500 ? 3 : 0) - (i > 3000 ? 5 : 0) + i / 1000;
    most = Math.max(most, Math.abs(score));
    const exceeded = score > (adaptive.corrections[0] as number);
    if (!exceeded) held += 1;
    adaptive.observe([exceeded ? 1 : 0]);
  }
  const bound = (most + rate) / (rate * count);
  assert.ok(bound < 0.05);
  assert.ok(Math.abs(held / count - 0.9) <= bound, `${held / count}`);
});

test("an adaptive forecaster follows demand that doubles; the one calibrated once does not", async () => {
  const panel = exponentialPanel(MEANS, 4000, (mean, step) => (step < 2000 ? mean : 2 * mean));
  const calibration = await calibrate(saying(MEANS), panel, every(100, 1990, 4), HORIZON, LOOK_BACK);
  const adaptive = new AdaptiveForecaster(saying(MEANS), calibration, { rate: 0.3, most: 10 });
  await coverage(adaptive, panel, every(2000, 3000, 4), [0]);
  const later = every(3000, 3990, 4);
  assert.ok(worst(await coverage(adaptive, panel, later, [0, 1, 2, 3, 4, 5])) < 0.03);
  assert.ok(worst(await coverage(calibrated(saying(MEANS), calibration), panel, later, [0, 1, 2, 3, 4, 5])) > 0.1);
});

test("an adaptive forecaster is asked forward in time, and repeats itself when asked the same again", async () => {
  const panel = exponentialPanel(MEANS, 400);
  const calibration = await calibrate(saying(MEANS), panel, every(100, 200, 4), HORIZON, LOOK_BACK);
  const run = async () => {
    const adaptive = new AdaptiveForecaster(saying(MEANS), calibration, { rate: 0.05, most: 10 });
    const said: number[] = [];
    for (const origin of every(200, 300, 4)) said.push(...(await adaptive.forecast(new History(panel, origin), HORIZON)));
    return { adaptive, said };
  };
  const { adaptive, said } = await run();
  assert.equal((await run()).said, said);
  try {
    await adaptive.forecast(new History(panel, 200), HORIZON);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /asked for 12000000 ms after 17760000 ms/);
  }
});

test("what it learns is the same over a window that moves, with series that come and go, as over one panel", async () => {
  // Of two hours a step, so that a window of 100 has the week by which scales go.
  const panel = { ...exponentialPanel(MEANS, 400, (mean, step) => (step < 250 ? mean : 2 * mean)), stepMs: 7_200_000 };
  const start = { levelsPpm: LEVELS_PPM, lookBack: LOOK_BACK, corrections: {}, counts: {} };
  const pace = { rate: 0.2, most: 10 };
  const whole = new AdaptiveForecaster(saying(MEANS), start, pace);
  const moving = new AdaptiveForecaster(saying(MEANS), start, pace);
  for (const origin of every(200, 392, 4)) {
    const expected = await whole.forecast(new History(panel, origin), HORIZON);
    assert.equal(await moving.forecast(new History(windowOf(panel, origin - 100, origin), 100), HORIZON), expected);
  }
  assert.ok(Object.values(moving.corrections).some((levels) => levels.some((correction) => correction > 0.3)));
  const last = () => new History(windowOf(panel, 300, 400), 100);
  const expected = await moving.forecast(last(), HORIZON);
  const again = new AdaptiveForecaster(saying(MEANS), { ...start, corrections: moving.corrections }, pace);
  assert.equal(await again.forecast(last(), HORIZON), expected, "begun with what was learned");

  const late = new AdaptiveForecaster(saying(MEANS), start, pace);
  await late.forecast(new History(windowOf(panel, 100, 200), 100), HORIZON);
  const others = windowOf(panel, 150, 250);
  await late.forecast(
    new History({ ...others, series: others.series.map((one) => ({ ...one, name: `${one.name}, another` })) }, 100),
    HORIZON,
  );
  assert.ok(
    Object.values(late.corrections).every((levels) => levels.every((correction) => correction === 0)),
    "of series that are there no more nothing is learned",
  );
});

test("a correction stays within its bound, whatever comes, also one that it begins with", () => {
  const bounded = new AdaptiveCorrection([500_000, 900_000], { rate: 0.3, most: 1 }, [-4, 4]);
  assert.equal(bounded.corrections, [-1, 1]);
  for (let i = 0; i < 20; i += 1) bounded.observe([1, 0]);
  assert.is(bounded.corrections[0], 1);
  for (let i = 0; i < 200; i += 1) bounded.observe([0, 0]);
  assert.equal(bounded.corrections, [-1, -1]);
});

/** The steps from `first` to before `end`, as a panel of its own. */
function windowOf(panel: Panel, first: number, end: number): Panel {
  const values = panel.series.map((_, i) => panel.values.subarray(i * panel.steps + first, i * panel.steps + end));
  const steps = end - first;
  const all = new Float32Array(values.length * steps);
  values.forEach((row, i) => {
    all.set(row, i * steps);
  });
  return { ...panel, startMs: panel.startMs + first * panel.stepMs, steps, values: all };
}

test.run();
