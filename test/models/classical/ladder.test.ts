import { test } from "uvu";
import * as assert from "uvu/assert";
import { MODEL_KINDS, modelKind } from "../../../models/catalogue.ts";
import { bestClassical, tuned } from "../../../models/classical/ladder.ts";
import { checkForecast, LEVELS_PPM } from "../../../models/forecaster.ts";
import { History, type Panel } from "../../../models/panel/panel.ts";
import { fitSeesNoFuture, futureChangesNothing } from "../../support/future.ts";
import { seasonPanel } from "../../support/season-panel.ts";
import { valuePanel } from "../../support/value-panel.ts";

const HORIZON = { steps: 6, levelsPpm: LEVELS_PPM };
const OPTIONS = { horizon: HORIZON, seed: 1 };
const CLASSICAL = MODEL_KINDS.filter(({ family, targets }) => family === "classical" && targets.includes("demand"));
const NAMES = CLASSICAL.map(({ name }) => name);
const N = Number.NaN;

/** One of each kind of trouble, beside one that is well. */
const TROUBLES = [
  Array.from({ length: 400 }, (_, t) => 100 + ((t * 31) % 17) + (t % 24)),
  new Array<number>(400).fill(0),
  new Array<number>(400).fill(42),
  Array.from({ length: 400 }, (_, t) => (t % 50 === 0 ? 9 : 0)),
  Array.from({ length: 400 }, (_, t) => (t % 5 === 2 || (t > 100 && t < 200) ? N : t % 10)),
  Array.from({ length: 400 }, (_, t) => (t < 395 ? N : t)),
  new Array<number>(400).fill(N),
  Array.from({ length: 400 }, (_, t) => (t < 300 ? 5 : N)),
];

for (const { name, fit } of CLASSICAL) {
  test(`${name}: lawful forecasts of gaps, zeros, constants, short and unseen series, at every length of history`, async () => {
    const panel = valuePanel(TROUBLES);
    const forecaster = await fit(panel, { trainEnd: 240, validationEnd: 300 }, OPTIONS);
    for (const steps of [0, 1, 2, 5, 24, 25, 47, 48, 49, 168, 300, 396, 400]) {
      const history = new History(panel, steps);
      checkForecast(forecaster, await forecaster.forecast(history, HORIZON), history, HORIZON);
    }
    const said = await forecaster.forecast(new History(panel, 400), HORIZON);
    const width = HORIZON.steps * LEVELS_PPM.length;
    assert.equal([...said.subarray(width, 2 * width)], new Array(width).fill(0), "all zero stays zero");
    // Croston's own errors put back what its correction takes off.
    const constant = [...said.subarray(2 * width, 3 * width)];
    assert.ok(
      constant.every((value) => Math.abs(value - 42) < 1e-3),
      `${constant}`,
    );
  });

  test(`${name}: the future changes no forecast`, async () => {
    const panel = seasonPanel({ users: 3, steps: 240 });
    const split = { trainEnd: 120, validationEnd: 160 };
    await futureChangesNothing(await fit(panel, split, OPTIONS), panel, [1, 30, 160, 230], HORIZON);
    await fitSeesNoFuture((seen, at) => fit(seen, at, OPTIONS), panel, split, HORIZON);
  });
}

test("parameters are chosen by the validation part", async () => {
  // Until validation the level jumps about; then it is steady: errors of the last day are small, those of weeks are not.
  const rows = Array.from({ length: 8 }, (_, row) =>
    Array.from({ length: 800 }, (__, t) => (t < 500 ? 100 + ((t * 7919 + row) % 97) : 100 + ((t + row) % 3))),
  );
  const forecaster = await tuned("naive", valuePanel(rows), { trainEnd: 560, validationEnd: 800 }, OPTIONS);
  assert.is(forecaster.chosen, "errors of the last 24 h");
});

test("the best classical model is the one whose validation score is lowest, and says which", async () => {
  const season: Panel = seasonPanel({ users: 4, steps: 24 * 40 });
  const best = await bestClassical(season, { trainEnd: 700, validationEnd: 900 }, OPTIONS);
  assert.is(best.name, "best-classical");
  assert.match(best.chosen ?? "", /^(hour-of-week|holt-winters|theta)/);
});

test("a validation part shorter than the horizon, or no series: the first parameters", async () => {
  const panel = seasonPanel({ users: 1, steps: 50 });
  assert.is((await tuned("croston-sba", panel, { trainEnd: 46, validationEnd: 50 }, OPTIONS)).chosen, "alpha 0.1");
  const none = valuePanel([], { steps: 50 });
  assert.is((await tuned("tsb", none, { trainEnd: 20, validationEnd: 50 }, OPTIONS)).chosen, "alpha 0.1, beta 0.1");
});

test("days as steps leave every model something to do", async () => {
  const panel = valuePanel([Array.from({ length: 90 }, (_, t) => 10 + (t % 7))], { stepMs: 86_400_000 });
  for (const name of NAMES) {
    const forecaster = await modelKind(name, "demand")!.fit(panel, { trainEnd: 50, validationEnd: 70 }, OPTIONS);
    const history = new History(panel, 80);
    checkForecast(forecaster, await forecaster.forecast(history, HORIZON), history, HORIZON);
  }
});

test.run();
