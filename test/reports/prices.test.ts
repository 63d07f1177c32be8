import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../../datasets/issues.ts";
import { DEFAULT_PRICES, PRICE_TABLES, parsePrices, violationPrice } from "../../reports/prices.ts";

function issuesOf(document: unknown): string[] {
  try {
    parsePrices(document);
  } catch (error) {
    if (error instanceof InputError) return error.issues.map(({ path = "", found }) => `${path}: ${found}`);
    throw error;
  }
  return [];
}

test("what a document leaves out is as by default", () => {
  assert.equal(parsePrices({}), DEFAULT_PRICES);
  assert.equal(parsePrices({ gpuHour: 3.5, violation: { gold: 1 } }), {
    ...DEFAULT_PRICES,
    gpuHour: 3.5,
    violation: { ...DEFAULT_PRICES.violation, gold: 1 },
  });
});

test("a document may start from a table, and take the price of a resource from one", () => {
  assert.equal(parsePrices({ table: "spot" }), PRICE_TABLES["spot"]);
  assert.equal(parsePrices({ table: "spot", gpuHour: "reserved", cpuCoreHour: 1 }), {
    ...PRICE_TABLES["spot"],
    gpuHour: PRICE_TABLES["reserved"]!.gpuHour,
    cpuCoreHour: 1,
  });
  assert.equal(issuesOf({ table: "cheap", gpuHour: "cheap" }), ['table: "cheap"', 'gpuHour: "cheap"']);
});

test("in another currency every price is given", () => {
  assert.equal(issuesOf({ currency: "EUR", cpuCoreHour: 1, memoryGiBHour: 1, gpuHour: 1 }), [
    "networkMbpsHour: nothing",
    "violation.standard: nothing",
  ]);
  const prices = {
    currency: "EUR",
    cpuCoreHour: 1,
    memoryGiBHour: 2,
    gpuHour: 3,
    networkMbpsHour: 0,
    violation: { standard: 4 },
  };
  assert.equal(parsePrices(prices), prices);
});

test("every wrong path is named", () => {
  assert.equal(
    issuesOf({ cpuCoreHour: -1, gpuHour: Number.NaN, memoryGiBHour: "2", cpu: 1, currency: 3, violation: { premium: null } }),
    [
      'cpu: "cpu"',
      "currency: 3",
      "cpuCoreHour: -1",
      'memoryGiBHour: "2"',
      "gpuHour: NaN",
      "networkMbpsHour: nothing",
      "violation.standard: nothing",
      "violation.premium: null",
    ],
  );
  assert.equal(issuesOf([]), [": []"]);
  assert.equal(issuesOf(null), [": null"]);
  assert.equal(issuesOf({ violation: 3 }), ["violation: 3"]);
});

test("a tier without a price of its own pays what standard does", () => {
  assert.is(violationPrice(DEFAULT_PRICES, "premium"), 0.05);
  assert.is(violationPrice(DEFAULT_PRICES, "gold"), 0.01);
  assert.is(violationPrice(DEFAULT_PRICES, "constructor"), 0.01);
});

test("a miss costs more the higher the tier", () => {
  const { violation } = DEFAULT_PRICES;
  assert.ok(violation["premium"]! > violation["standard"]! && violation["standard"]! > violation["best-effort"]!);
});

test.run();
