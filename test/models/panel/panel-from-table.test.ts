import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { panelFromTable } from "../../../models/panel/panel-from-table.ts";
import { folderOf, refusal } from "../../support/input-files.ts";
import { testOnTraces } from "../../support/skip.ts";

const tableOf = (text: string) => panelFromTable(join(folderOf({ "table.csv": text }), "table.csv"));

test("columns become series of signed numbers; rows left out and empty cells are not observed", async () => {
  const panel = await tableOf("date,a,b\n2024-01-01 00:00:00,1.5,-2\n2024-01-01 01:00:00,,3\n2024-01-01 03:00:00,4,5\n");
  assert.equal(
    panel.series.map(({ name }) => name),
    ["a", "b"],
  );
  assert.equal([...panel.values], [1.5, Number.NaN, Number.NaN, 4, -2, 3, Number.NaN, 5]);
  const { startMs, stepMs, steps, epochMs, signed } = panel;
  assert.equal(
    { startMs, stepMs, steps, epochMs, signed },
    { startMs: 0, stepMs: 3_600_000, steps: 4, epochMs: Date.UTC(2024, 0, 1), signed: true },
  );
  assert.is((await tableOf("ms,a\n1000,1\n1500,2\n")).stepMs, 500);
});

test("what is no such table is refused, by line", async () => {
  assert.equal(await refusal(() => tableOf("date,a,a\n1,x,2\nnoon,1,2\n")), [
    'table.csv:1 a: expected each column once, found "a" twice',
    'table.csv:2 a: expected a number, or nothing, found "x"',
    'table.csv:3: expected a date and time, or whole ms, found "noon"',
  ]);
  assert.equal(await refusal(() => tableOf("date,a\n0,1\n10,1\n25,1\n20,1\n")), [
    "table.csv:4: expected a multiple of 10 ms after the row before, found 15 ms after it",
    "table.csv:5: expected a multiple of 10 ms after the row before, found -5 ms after it",
  ]);
  assert.equal(await refusal(() => tableOf("date,a\n5,1\n5,1\n")), [
    "table.csv:3: expected a later time than in the row before, found 0 ms after it",
  ]);
  assert.equal(await refusal(() => tableOf("date,a\n5,1\n")), ["table.csv: expected at least two rows, found 1"]);
  assert.equal(await refusal(() => tableOf("date\n5\n6\n")), [
    "table.csv:1: expected a column of times and others of numbers, found one column",
  ]);
});

testOnTraces("ETTh1", async (folder) => {
  const panel = await panelFromTable(join(folder, "ett/ETTh1.csv.gz"));
  assert.is(panel.series.length, 7);
  assert.is(panel.steps, 17_420);
  assert.is(panel.stepMs, 3_600_000);
  assert.ok(panel.values.every((value) => Number.isFinite(value)));
  assert.is(panel.values[0], Math.fround(5.827000141143799));
  assert.is(panel.values[6 * panel.steps + 1], Math.fround(27.78700065612793));
});

test.run();
