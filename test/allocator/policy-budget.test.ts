import { test } from "uvu";
import * as assert from "uvu/assert";
import { budgetFromDocument } from "../../allocator/policy-budget.ts";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import { PolicyError } from "../../allocator/policy-issue.ts";

const PRICES = { cpuCoreHour: 0.04, memoryGiBHour: 0.005 };

function issues(document: unknown): string[] {
  try {
    budgetFromDocument(document);
  } catch (error) {
    if (error instanceof PolicyError) return error.issues.map(({ path, found }) => `${path} ${found}`);
    throw error;
  }
  return [];
}

test("amounts as they are, money in millionths", () => {
  assert.equal(budgetFromDocument({ held: { cpuMillis: 64_000 }, perHour: 12.5, perDay: 200, prices: PRICES }), {
    most: { cpuMillis: 64_000 },
    perHourMicros: 12_500_000,
    perDayMicros: 200_000_000,
    priceMicros: { cpuMillis: 40_000, memoryMiB: 5_000, gpuMillis: 0, networkKbps: 0 },
  });
  const { budget } = policyFromDocument({ warm: { strategy: "ttl", ttl: "1m" }, budget: { held: { gpuMillis: 0 } } });
  assert.equal(budget, { most: { gpuMillis: 0 } });
});

test("what bounds nothing, has no price, or is no amount", () => {
  assert.equal(issues({}), ["budget.held nothing"]);
  assert.equal(issues({ perHour: 1 }), ["budget.prices nothing"]);
  assert.equal(issues({ held: { cpuMillis: 1 }, prices: PRICES }), ['budget.prices {"cpuCoreHour":0.04,"memoryGiBHour":0.005}']);
  assert.equal(issues({ perDay: -1, prices: { cpuCoreHour: "dear", disk: 1 }, most: 3, held: { cpuMillis: 1.5 } }), [
    'budget.most "most"',
    'budget.prices.disk "disk"',
    'budget.prices.cpuCoreHour "dear"',
    "budget.held.cpuMillis 1.5",
    "budget.perDay -1",
  ]);
});

test.run();
