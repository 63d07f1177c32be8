import { test } from "uvu";
import * as assert from "uvu/assert";
import { movingQuantile } from "../../../models/classical/moving-quantile.ts";
import { History } from "../../../models/panel/panel.ts";
import { valuePanel } from "../../support/value-panel.ts";

const N = Number.NaN;
const HORIZON = { steps: 2, levelsPpm: [100_000, 500_000, 900_000] };

async function forecastOf(rows: readonly (readonly number[])[], window: number): Promise<number[]> {
  const panel = valuePanel(rows);
  const values = await movingQuantile(panel, window).forecast(new History(panel, panel.steps), HORIZON);
  return Array.from(values, (value) => Number(value.toFixed(4)));
}

test("the quantiles of the last values, at every step", async () => {
  assert.equal(await forecastOf([[99, 99, 0, 5, 10]], 3), [1, 5, 9, 1, 5, 9]);
});

test("gaps, nothing in the window, and nothing at all", async () => {
  assert.equal(await forecastOf([[4, 0, N, 10, N]], 4), [1, 5, 9, 1, 5, 9]);
  assert.equal(await forecastOf([[4, N, N, N]], 2), [4, 4, 4, 4, 4, 4]);
  const [a, b, c] = await forecastOf([[N], [8]], 3);
  assert.equal([a, b, c], [8, 8, 8]);
});

test.run();
