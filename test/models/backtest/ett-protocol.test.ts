import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../../../datasets/issues.ts";
import { ettPlan } from "../../../models/backtest/ett-protocol.ts";
import { valuePanel } from "../../support/value-panel.ts";

const STEPS = 17_420;
const rows = [Array.from({ length: STEPS }, (_, t) => (t < 8640 ? (t % 2 === 0 ? 3 : 7) : 11)), new Array<number>(STEPS).fill(4)];

test("2,785 windows at 96, all within the four test months", () => {
  const { split, origins, panel, embargoSteps } = ettPlan(valuePanel(rows), 96, 1);
  assert.equal(split, { trainEnd: 8640, validationEnd: 11_520 });
  assert.equal([origins.length, origins[0], origins.at(-1), panel.steps], [2785, 11_520, 14_304, 14_400]);
  assert.is(embargoSteps, 0);
  assert.equal(
    [192, 336, 720].map((horizon) => ettPlan(valuePanel(rows), horizon, 1).origins.length),
    [2689, 2545, 2161],
  );
});

test("columns are standardised by the first twelve months alone; a constant one is centred", () => {
  const { panel } = ettPlan(valuePanel(rows), 96, 1);
  assert.equal([...panel.values.subarray(0, 2)], [-1, 1]);
  assert.is(panel.values[9000], 3);
  assert.is(panel.values[panel.steps + 5], 0);
  assert.is(panel.signed, true);
});

test("quarter hours have four times the rows", () => {
  assert.throws(
    () => ettPlan(valuePanel(rows, { stepMs: 900_000 }), 96, 1),
    (error: unknown) => error instanceof InputError,
  );
});

test("too short a table, odd steps, too long a horizon are refused", () => {
  assert.throws(
    () => ettPlan(valuePanel([[1, 2, 3]]), 96, 1),
    (error: unknown) => error instanceof InputError,
  );
  assert.throws(
    () => ettPlan(valuePanel(rows, { stepMs: 2_500_000 }), 96, 1),
    (error: unknown) => error instanceof InputError,
  );
  assert.throws(
    () => ettPlan(valuePanel(rows), 2881, 1),
    (error: unknown) => error instanceof InputError,
  );
});

test.run();
