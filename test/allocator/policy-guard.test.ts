import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import type { PolicyError } from "../../allocator/policy-issue.ts";

const RESERVE = { controlEvery: "1m", reserve: { strategy: "last-value" } };
const FEED = { controlEvery: "1m", feed: { targets: ["demand"] } };

function refusal(document: object): string[] {
  try {
    policyFromDocument(document);
  } catch (error) {
    return (error as PolicyError).issues.map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`);
  }
  throw new Error(`accepted: ${JSON.stringify(document)}`);
}

test("guardrails as people write them; what is left out is not there", () => {
  const guard = { min: { cpuMillis: 500 }, max: { cpuMillis: "900" }, margin: { memoryMiB: 256 }, raise: 0.5 };
  assert.equal(
    policyFromDocument({ ...RESERVE, guard: { ...guard, hold: "30m", hysteresis: 0.1, grid: 0.5, atOnce: "on" } }).guard,
    {
      least: { cpuMillis: 500 },
      most: { cpuMillis: 900 },
      margin: { memoryMiB: 256 },
      raisePpm: 500_000,
      holdMs: 1_800_000,
      hysteresisPpm: 100_000,
      gridPpm: 500_000,
      atOnce: true,
    },
  );
  assert.equal(policyFromDocument({ ...RESERVE, guard: { atOnce: "off" } }).guard, {});
  assert.not("guard" in policyFromDocument(RESERVE));
});

test("guardrails that say nothing, or contradict each other, are refused", () => {
  const refused: [object, string[]][] = [
    [{ guard: {} }, ["guard: expected nothing, because the reserve slot is empty, found bounds on it"]],
    [
      { ...RESERVE, guard: { min: { cpu: 1 }, raise: 0, hold: "0s", hysteresis: 1, grid: 0 } },
      [
        `guard.min.cpu: expected one of cpuMillis, memoryMiB, gpuMillis, networkKbps, found "cpu"`,
        "guard.raise: expected a number from 0.000001 to 1000, found 0",
        `guard.hold: expected a duration of at least 1 ms, such as 90s, 10m or 1h, found "0s"`,
        "guard.hysteresis: expected a number from 0 to 0.99, found 1",
        "guard.grid: expected a number from 0.01 to 10, found 0",
      ],
    ],
    [
      { ...RESERVE, guard: { min: { cpuMillis: 2 }, max: { cpuMillis: 1 } } },
      ["guard.min.cpuMillis: expected at most guard.max.cpuMillis (1), found 2"],
    ],
  ];
  for (const [document, issues] of refused) assert.equal(refusal(document), issues);
});

test("a newsvendor's level is the share of the cost of too little; the rungs of the ladder are whole control intervals", () => {
  const forecast = { strategy: "forecast", level: "newsvendor", under: 9, over: 1, lastGood: "1h", season: "24h" };
  assert.equal(policyFromDocument({ ...FEED, reserve: forecast }).reserve, {
    strategy: "forecast",
    levelPpm: 900_000,
    factorPpm: 1_000_000,
    leadMs: 60_000,
    lastGoodMs: 3_600_000,
    season: { intervals: 1_440, everyMs: 60_000 },
  });
  assert.equal(refusal({ ...FEED, reserve: { strategy: "forecast", level: "newsvendor", under: 1, season: "90s" } }), [
    "reserve.over: expected what a unit costs, found nothing",
    `reserve.season: expected a multiple of controlEvery (60000 ms), at most 100000 times as long, found "90s"`,
  ]);
  assert.equal(refusal({ ...FEED, reserve: { strategy: "forecast", under: 1 } }), [
    "reserve.under: expected nothing, unless level is newsvendor, found 1",
  ]);
});

test("a lead window that is learned begins with the control interval", () => {
  const of = (more: object) => ({ ...FEED, reserve: { strategy: "forecast", ...more } });
  const { reserve } = policyFromDocument(of({ lead: "learned", leadQuantile: 0.9 }));
  assert.equal(reserve, {
    strategy: "forecast",
    levelPpm: 950_000,
    factorPpm: 1_000_000,
    leadMs: 60_000,
    learnedLeadPpm: 900_000,
  });
  assert.equal(refusal(of({ lead: "5m", leadQuantile: 0.9 })), [
    "reserve.leadQuantile: expected nothing, unless lead is learned, found 0.9",
  ]);
});

test("a bias is learned of what can be off, and by a level near the median", () => {
  const of = (feed: object) => ({
    controlEvery: "1m",
    feed: { targets: ["demand"], ...feed },
    reserve: { strategy: "forecast", bias: 0.1 },
  });
  const { reserve } = policyFromDocument(of({ model: "rnn", levels: [0.6, 0.95] }));
  assert.is("biasPpm" in reserve && reserve.biasPpm, 100_000);
  assert.equal(refusal(of({})), [
    "reserve.bias: expected nothing of the kind with a feed that is not of a fitted model, found 0.1",
  ]);
  assert.equal(refusal(of({ model: "rnn", levels: [0.61, 0.95] })), [
    "feed.levels: expected one from 0.4 to 0.6, by which reserve.bias is learned, found none",
  ]);
});

test("the price of a violation chooses among levels, of which there have to be some", () => {
  const of = (feed: object, violation: object) => ({
    controlEvery: "1m",
    feed: { targets: ["demand"], model: "boosted", ...feed },
    reserve: { strategy: "forecast", violation },
  });
  const { reserve } = policyFromDocument(of({ levels: [0.9, 0.99] }, { cpuMillis: 40_000 }));
  assert.equal("violation" in reserve && reserve.violation, { cpuMillis: 40_000 });
  assert.equal(refusal(of({}, { cpu: 1 })), [
    `reserve.violation.cpu: expected one of cpuMillis, memoryMiB, gpuMillis, networkKbps, found "cpu"`,
    "feed.levels: expected two levels or more, of which reserve.violation is to choose, found less",
  ]);
});

test.run();
