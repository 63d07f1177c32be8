import { test } from "uvu";
import * as assert from "uvu/assert";
import { hourOfWeek } from "../../../models/classical/hour-of-week.ts";
import { History } from "../../../models/panel/panel.ts";
import { valuePanel } from "../../support/value-panel.ts";

const WEEK = 168;
const HORIZON = { steps: 3, levelsPpm: [500_000] };

async function forecastOf(values: readonly number[], parameters: { weeks: number; around: number }, steps = 3) {
  const panel = valuePanel([values]);
  const said = await hourOfWeek(panel, parameters).forecast(new History(panel, panel.steps), { ...HORIZON, steps });
  return [...said];
}

test("the same hour of the week, with its neighbours", async () => {
  const values = Array.from({ length: 4 * WEEK }, (_, t) => t % WEEK);
  // Three of each hour, four times: twelve values around 0, 1 and 2; hour 0 has the last of the week before on its side.
  assert.equal((await forecastOf(values, { weeks: 4, around: 1 })).slice(1), [1, 2]);
});

test("without whole weeks, the same hour of the day", async () => {
  const values = Array.from({ length: 10 * 24 }, (_, t) => t % 24);
  assert.equal(await forecastOf(values, { weeks: 2, around: 0 }), [0, 1, 2]);
});

test("with less, all there is", async () => {
  assert.equal(await forecastOf([3, 5, 7], { weeks: 4, around: 0 }), [5, 5, 5]);
});

test("beyond a week it looks as many weeks further back", async () => {
  const values = Array.from({ length: 8 * WEEK }, (_, t) => t % WEEK);
  const said = await forecastOf(values, { weeks: 8, around: 0 }, 2 * WEEK + 5);
  assert.is(said[WEEK + 3], 3);
  assert.is(said[2 * WEEK + 4], 4);
});

test.run();
