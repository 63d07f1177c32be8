import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { exp } from "../../../allocator/core/math.ts";
import { RandomStream } from "../../../allocator/core/random.ts";
import { idleHazard } from "../../../models/arrival/idle-hazard.ts";
import { periodicGap } from "../../../models/arrival/periodic-gap.ts";
import { seasonalPoisson } from "../../../models/arrival/seasonal-poisson.ts";
import type { Forecaster, Horizon, Split } from "../../../models/forecaster.ts";
import { History, type Panel } from "../../../models/panel/panel.ts";
import { ArrivalScores, arrivalMetrics } from "../../../models/scoring/arrival-scores.ts";
import { arrivalPanel } from "../../support/arrival-panel.ts";
import { fitSeesNoFuture, futureChangesNothing } from "../../support/future.ts";

type Fit = (panel: Panel, split: Split, horizon: Horizon) => Promise<Forecaster>;
const MODELS: readonly (readonly [string, Fit])[] = [
  ["idle-hazard", idleHazard],
  ["seasonal-poisson", seasonalPoisson],
  ["periodic-gap", periodicGap],
];
const horizonOf = (steps: number): Horizon => ({ steps, levelsPpm: [] });

async function chances(model: Forecaster, panel: Panel, steps: number, origin = panel.steps): Promise<number[][]> {
  const said = await model.forecast(new History(panel, origin), horizonOf(steps));
  return panel.series.map((_, i) => [...said.subarray(i * steps, (i + 1) * steps)]);
}

/** Counts of a Poisson process with this expected count in each step. */
function poisson(random: RandomStream, rates: readonly number[]): number[] {
  return rates.map((rate) => {
    let count = 0;
    for (let sum = random.exponential(1); sum < rate; sum += random.exponential(1)) count += 1;
    return count;
  });
}

/** Log loss and calibration over origins spread after the split, of the model and of the best constant. */
async function score(model: Forecaster, panel: Panel, from: number, steps: number) {
  const origins = Array.from({ length: 12 }, (_, i) => from + Math.floor((i * (panel.steps - from - steps)) / 12));
  const scores = new ArrivalScores(panel, { origins, steps });
  for (const [i, origin] of origins.entries()) {
    scores.add(i, await model.forecast(new History(panel, origin), horizonOf(steps)));
  }
  return arrivalMetrics(scores);
}

for (const [name, fit] of MODELS) {
  test(`${name}: a Poisson process has the hazard 1 − e^(−λΔ), however long it has been idle`, async () => {
    const random = new RandomStream(1, "poisson");
    const rate = 0.1;
    const rows = Array.from({ length: 40 }, () =>
      poisson(
        random,
        Array.from({ length: 3000 }, () => rate),
      ),
    );
    const panel = arrivalPanel(rows);
    const model = await fit(panel, { trainEnd: 2000, validationEnd: 3000 }, horizonOf(30));
    const said = (await chances(model, panel, 30)).flat();
    const expected = 1 - exp(-rate);
    const mean = said.reduce((sum, chance) => sum + chance, 0) / said.length;
    assert.ok(Math.abs(mean / expected - 1) < 0.04, `${mean} for ${expected}`);
    const spread = Math.sqrt(said.reduce((sum, chance) => sum + (chance - expected) ** 2, 0) / said.length);
    assert.ok(spread < 0.03, `${spread} around ${expected}`);
  });

  test(`${name}: what comes later changes neither forecast nor fit`, async () => {
    const random = new RandomStream(2, "leak");
    const rows = Array.from({ length: 6 }, (_, i) => [
      ...Array.from({ length: 40 * i }, () => Number.NaN),
      ...poisson(
        random,
        Array.from({ length: 300 - 40 * i }, (_, step) => (step % 24 < 8 ? 0.4 : 0.02)),
      ),
    ]);
    const panel = arrivalPanel(rows, { stepMs: 3_600_000, epochMs: 0 });
    const split = { trainEnd: 150, validationEnd: 200 };
    const model = await fit(panel, split, horizonOf(12));
    await futureChangesNothing(model, panel, [1, 40, 41, 200, 288], horizonOf(12));
    await fitSeesNoFuture((given, within) => fit(given, within, horizonOf(12)), panel, split, horizonOf(12));
  });

  test(`${name}: chances of any history: none, all zero, full, gaps`, async () => {
    const count = fc.oneof(fc.constant(0), fc.nat(3), fc.constant(Number.NaN));
    const row = fc.array(count, { minLength: 40, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 4 }), fc.nat(40), fc.nat(40), async (rows, a, b) => {
        const panel = arrivalPanel([...rows, rows[0]!.map(() => Number.NaN), rows[0]!.map(() => 0), rows[0]!.map(() => 1)]);
        const split = { trainEnd: Math.min(a, b), validationEnd: Math.max(a, b) };
        const model = await fit(panel, split, horizonOf(5));
        for (const origin of [0, split.validationEnd, 40]) {
          for (const chance of (await chances(model, panel, 5, origin)).flat())
            assert.ok(chance >= 0 && chance <= 1, `${chance}`);
        }
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  test(`${name}: a pair never seen has the chance of its app's others`, async () => {
    const every = (gap: number) => Array.from({ length: 600 }, (_, step) => (step % gap === 0 ? 1 : 0));
    const rows = [every(4), every(4), every(50), every(50), every(50).map(() => Number.NaN), every(50).map(() => Number.NaN)];
    const apps = ["busy", "busy", "quiet", "quiet", "busy", "quiet"];
    const panel = arrivalPanel(rows, { traits: (i) => ({ appName: apps[i]! }) });
    const model = await fit(panel, { trainEnd: 400, validationEnd: 500 }, horizonOf(3));
    const [busy, quiet] = (await chances(model, panel, 3)).slice(4).map(([chance]) => chance!);
    assert.ok(busy! > 0.15 && busy! < 0.3, `busy ${busy}`);
    assert.ok(quiet! < 0.12 && quiet! > 0.01, `quiet ${quiet}`);
  });
}

test("jobs by the clock: the gap rules know when, the hours of the week do not", async () => {
  const random = new RandomStream(3, "clock");
  const rows = Array.from({ length: 60 }, (_, i) => {
    const gap = 7 + random.below(90);
    return Array.from({ length: 4000 }, (_, step) => ((step + i) % gap === 0 && random.below(20) > 0 ? 1 : 0));
  });
  const panel = arrivalPanel(rows);
  const split = { trainEnd: 2500, validationEnd: 3000 };
  const losses = new Map<string, number>();
  for (const [name, fit] of MODELS) {
    const { log_loss: loss, calibration_error: off } = await score(await fit(panel, split, horizonOf(40)), panel, 3000, 40);
    losses.set(name, loss!);
    assert.ok(off! < 0.02, `${name} is off by ${off}`);
  }
  const [hazard, poissonLoss, periodic] = [...losses.values()] as [number, number, number];
  assert.ok(hazard < 0.35 * poissonLoss, `${hazard} of ${poissonLoss}`);
  assert.ok(periodic < 0.25 * poissonLoss, `${periodic} of ${poissonLoss}`);
});

test("hours of the week are those of the user's time zone", async () => {
  // At 9:00 each day by the wall clock: an hour later by UTC after 27 October 2024 in Berlin, the same in Tokyo.
  const steps = 24 * 42;
  const epochMs = Date.UTC(2024, 8, 30);
  const rows = [7, 0].map((hour, i) =>
    Array.from({ length: steps }, (_, step) => (step % 24 === hour + (i === 0 && step >= 24 * 27 + 1 ? 1 : 0) ? 1 : 0)),
  );
  const traits = (i: number) => ({ timeZone: ["Europe/Berlin", "Asia/Tokyo"][i]! });
  const panel = arrivalPanel(rows, { stepMs: 3_600_000, epochMs, traits });
  const model = await seasonalPoisson(panel, { trainEnd: 24 * 20, validationEnd: 24 * 27 }, horizonOf(24));
  const [berlin, tokyo] = await chances(model, panel, 24, 24 * 28);
  const likeliest = (row: number[]) => row.indexOf(Math.max(...row));
  assert.equal([likeliest(berlin!), likeliest(tokyo!)], [8, 0]);
});

test("a job that stopped long ago is not expected at the rate of busy ones", async () => {
  const busy = Array.from({ length: 600 }, (_, step) => (step % 3 === 0 ? 1 : 0));
  const stopped = Array.from({ length: 600 }, (_, step) => (step < 30 && step % 3 === 0 ? 1 : 0));
  const panel = arrivalPanel([...Array.from({ length: 8 }, () => busy), stopped, stopped]);
  const model = await idleHazard(panel, { trainEnd: 400, validationEnd: 500 }, horizonOf(5));
  const last = (await chances(model, panel, 5)).pop()!;
  assert.ok(
    last.every((chance) => chance < 0.05),
    String(last),
  );
});

test("jobs by the hour: the hours of the week know when", async () => {
  const random = new RandomStream(4, "hours");
  const rates = Array.from({ length: 24 * 70 }, (_, step) =>
    step % 24 >= 8 && step % 24 < 18 && step % 168 < 120 ? 0.5 : 0.005,
  );
  const panel = arrivalPanel(
    Array.from({ length: 40 }, () => poisson(random, rates)),
    { stepMs: 3_600_000 },
  );
  const split = { trainEnd: 24 * 42, validationEnd: 24 * 49 };
  const model = await seasonalPoisson(panel, split, horizonOf(24));
  const [, second] = await chances(model, panel, 24, 24 * 63);
  assert.ok(second![4]! < 0.03 && Math.abs(second![12]! - (1 - exp(-0.5))) < 0.15, String(second));
  const { log_loss: loss } = await score(model, panel, 24 * 49, 24);
  const { log_loss: other } = await score(await idleHazard(panel, split, horizonOf(24)), panel, 24 * 49, 24);
  assert.ok(loss! < 0.8 * other!, `${loss} of ${other}`);
});

test.run();
