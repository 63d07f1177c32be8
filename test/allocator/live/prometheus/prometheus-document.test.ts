import { test } from "uvu";
import * as assert from "uvu/assert";
import { prometheusFromDocument } from "../../../../allocator/live/prometheus/prometheus-document.ts";
import { amountOf } from "../../../../allocator/live/prometheus/units.ts";
import { PolicyError } from "../../../../allocator/policy-issue.ts";

function issues(document: unknown): string[] {
  try {
    prometheusFromDocument(document);
  } catch (error) {
    if (error instanceof PolicyError) return error.issues.map(({ path, found }) => `${path} ${found}`);
    throw error;
  }
  return [];
}

const queries = { memoryMiB: { query: "m", unit: "bytes" }, cpuMillis: { query: "c", unit: "cores", absent: "zero" } };

test("a short document is enough, and units become factors", () => {
  const source = prometheusFromDocument({ url: "http://prometheus:9090/base/", queries });
  assert.is(source.url, "http://prometheus:9090/base");
  assert.equal([source.stepMs, source.delayMs, source.catchUpMs, source.userLabel], [60_000, 15_000, 3_600_000, "user"]);
  assert.equal(source.queries, [
    { resource: "cpuMillis", query: "c", perUnit: 1_000, absent: "zero" },
    { resource: "memoryMiB", query: "m", perUnit: 1 / 1_048_576, absent: "gap" },
  ]);
});

test("everything that is wrong with one is said, by its path", () => {
  assert.equal(issues({ url: "file:///etc", step: "10ms", userLabel: "a-b", queries: {}, more: 1 }), [
    'more "more"',
    'step "10ms"',
    'url "file:///etc"',
    "queries {}",
    'userLabel "a-b"',
  ]);
  assert.equal(issues({ url: "http://a", queries: { cpuMillis: { unit: "bytes" }, disk: { query: "d", unit: "bytes" } } }), [
    'queries.disk "disk"',
    "queries.cpuMillis.query nothing",
    'queries.cpuMillis.unit "bytes"',
  ]);
  assert.equal(issues({ url: "http://me:secret@a", queries }).length, 1);
  assert.equal(issues(7).length > 1, true);
});

test("an amount is the nearest whole one, and what is no amount is none", () => {
  assert.is(amountOf(0.2504, 1_000), 250);
  assert.is(amountOf(5e8, 1 / 1_048_576), 477);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1, 1e12]) assert.is(amountOf(value, 1), null, String(value));
});

test.run();
