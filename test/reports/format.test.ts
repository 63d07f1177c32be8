import { test } from "uvu";
import * as assert from "uvu/assert";
import { aligned, counted, duration, fixed, money, share, significant } from "../../reports/format.ts";

const plain = (text: string) => text.replaceAll("\u202f", " ");

test("three significant digits, without trailing zeros", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [2, "2"],
    [0.5, "0.5"],
    [12.345, "12.3"],
    [1234, "1 230"],
    [999.9, "1 000"],
    [1_234_567, "1 230 000"],
    [0.012345, "0.0123"],
    [0.00001, "0.00001"],
    [-45.67, "−45.7"],
  ];
  for (const [value, text] of cases) assert.is(plain(significant(value)), text);
});

test("a fixed number of decimals, with thousands apart, and no minus before zero", () => {
  assert.is(plain(fixed(12_345.678, 1)), "12 345.7");
  assert.is(plain(fixed(-1_000_000, 0)), "−1 000 000");
  assert.is(fixed(-0.001, 1), "0.0");
  assert.is(plain(fixed(1234.56789, 6)), "1 234.567890");
});

test("units follow a thin space, and lengths of time take their natural unit", () => {
  assert.is(share(0.0312), "3.12\u202f%");
  assert.is(plain(money(1540.2, "USD")), "1 540 USD");
  assert.is(money(12, ""), "12");
  assert.equal(
    [0, 840, 1250, 90_000, 600_000, 7_200_000, 1_209_600_000].map((ms) => plain(duration(ms))),
    ["0 ms", "840 ms", "1.25 s", "90 s", "10 min", "2 h", "14 days"],
  );
  assert.equal([counted(1, "policy", "policies"), counted(2, "policy", "policies")], ["1 policy", "2 policies"]);
});

test("the points of a column stand under one another, each number with the digits that it needs", () => {
  const visible = (values: readonly (number | null)[]) =>
    aligned(values).map((text) => plain(text).replaceAll("\u2007", "_").replaceAll("\u2008", ","));
  assert.equal(visible([508.368, 1031.504, 0.02968, 0]), ["508,____", "1 032,____", "0.0297", "0,____"]);
  assert.equal(visible([12_423, 7]), ["12 423", "7"]);
  assert.equal(visible([9.999, 24.94, null]), ["10.0", "24.9", "–,_"]);
  assert.equal(visible([]), []);
});

test.run();
