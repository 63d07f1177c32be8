import { test } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../../allocator/core/random.ts";
import { fitBoosted } from "../../../models/boosting/fit-boosted.ts";
import { checkForecast, ForecastFault } from "../../../models/forecaster.ts";
import { History } from "../../../models/panel/panel.ts";
import { fitSeesNoFuture, futureChangesNothing } from "../../support/future.ts";
import { seasonPanel } from "../../support/season-panel.ts";
import { valuePanel } from "../../support/value-panel.ts";

const N = Number.NaN;
const HORIZON = { steps: 2, levelsPpm: [500_000, 950_000] };
const OPTIONS = { horizon: HORIZON, seed: 1 };

test("lawful forecasts of gaps, zeros, constants, short and unseen series, at every length of history", async () => {
  const panel = valuePanel([
    Array.from({ length: 400 }, (_, t) => 100 + ((t * 31) % 17) + (t % 24)),
    new Array<number>(400).fill(0),
    new Array<number>(400).fill(42),
    Array.from({ length: 400 }, (_, t) => (t % 50 === 0 ? 9 : 0)),
    Array.from({ length: 400 }, (_, t) => (t % 5 === 2 || (t > 100 && t < 200) ? N : t % 10)),
    Array.from({ length: 400 }, (_, t) => (t < 395 ? N : t)),
    new Array<number>(400).fill(N),
    Array.from({ length: 400 }, (_, t) => (t < 300 ? 5 : N)),
  ]);
  const forecaster = await fitBoosted(panel, { trainEnd: 240, validationEnd: 300 }, OPTIONS);
  for (const steps of [0, 1, 2, 25, 168, 300, 400]) {
    const history = new History(panel, steps);
    checkForecast(forecaster, await forecaster.forecast(history, HORIZON), history, HORIZON);
  }
  const said = await forecaster.forecast(new History(panel, 400), HORIZON);
  assert.equal([...said.subarray(4, 8)], [0, 0, 0, 0], "all zero stays zero");
});

test("the future changes no forecast", async () => {
  const panel = seasonPanel({ users: 3, steps: 240 });
  const split = { trainEnd: 120, validationEnd: 160 };
  await futureChangesNothing(await fitBoosted(panel, split, OPTIONS), panel, [1, 30, 160, 230], HORIZON);
  await fitSeesNoFuture((seen, at) => fitBoosted(seen, at, OPTIONS), panel, split, HORIZON);
});

/** Half of the series fall to a tenth after each peak, so that the last value tells what comes; the others are noise around a level. */
function mixedPanel(series: number, steps: number) {
  const random = new RandomStream(7, "mixed");
  return valuePanel(
    Array.from({ length: series }, (_, row) => {
      const foretold = row % 2 === 0;
      let high = false;
      return Array.from({ length: steps }, () => {
        high = !high && random.float() < 0.3;
        const noise = 1 + 0.1 * random.float();
        if (!foretold) return 500 * noise;
        return (high ? 1000 : 100) * noise;
      });
    }),
  );
}

test("it holds its level, and foretells what can be foretold below the recent maximum", async () => {
  const panel = mixedPanel(16, 900);
  const horizon = { steps: 1, levelsPpm: [800_000] };
  const forecaster = await fitBoosted(panel, { trainEnd: 500, validationEnd: 700 }, { horizon, seed: 1 });
  let [over, seen] = [0, 0];
  const afterHigh: number[] = [];
  for (let step = 700; step < 900; step += 1) {
    const said = await forecaster.forecast(new History(panel, step), horizon);
    for (let series = 0; series < 16; series += 1) {
      seen += 1;
      if (panel.values[series * 900 + step]! > said[series]!) over += 1;
      if (series % 2 === 0 && panel.values[series * 900 + step - 1]! >= 1000) afterHigh.push(said[series]!);
    }
  }
  assert.ok(over / seen > 0.15 && over / seen < 0.25, `${over} of ${seen}`);
  const typical = afterHigh.sort((a, b) => a - b)[afterHigh.length >> 1]!;
  assert.ok(typical < 200, `after a peak comes none: ${typical}`);
});

test("of which series trees do not pay it says, and leaves them to their recent maximum", async () => {
  const panel = mixedPanel(16, 900);
  // One series changes its ways after the training part: trees know only the old ones.
  const odd = 0;
  for (let step = 500; step < 900; step += 1) panel.values[odd * 900 + step] = 1000 + (step % 7);
  const horizon = { steps: 1, levelsPpm: [950_000] };
  const forecaster = await fitBoosted(panel, { trainEnd: 500, validationEnd: 700 }, { horizon, seed: 1 });
  assert.match(forecaster.chosen!, /^\d+ trees; of 16 series \d+ by their recent maximum$/);
  const [said] = await forecaster.forecast(new History(panel, 900), horizon);
  assert.ok(said! > 950, `${said}`);
});

test("refuses values below zero, and levels it was not fitted for", async () => {
  const signed = valuePanel([[1, -2, 3]], { signed: true });
  const split = { trainEnd: 1, validationEnd: 2 };
  await fitBoosted(signed, split, OPTIONS).then(
    () => assert.unreachable(),
    (error: unknown) => assert.instance(error, ForecastFault),
  );
  const panel = valuePanel([[1, 2, 3]]);
  const forecaster = await fitBoosted(panel, split, OPTIONS);
  await forecaster.forecast(new History(panel, 3), { steps: 1, levelsPpm: [990_000] }).then(
    () => assert.unreachable(),
    (error: unknown) => assert.match((error as Error).message, /not fitted for the level of 990000 ppm/),
  );
});

test.run();
