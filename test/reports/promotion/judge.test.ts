import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Gates } from "../../../allocator/promotion/promotion.ts";
import { parseGates } from "../../../reports/promotion/gates.ts";
import { judge, questionsOf } from "../../../reports/promotion/judge.ts";
import { wholeMetrics } from "../../../reports/statistics/additive-metrics.ts";
import type { CellColumn, RunCells } from "../../../reports/statistics/cells.ts";
import type { RunWithCells } from "../../../reports/statistics/paired.ts";
import { cellsOf } from "../../support/cells.ts";
import { runWith } from "../../support/run-records.ts";

const USERS = 20;
const DAYS = 14;

function runOf(cells: RunCells): RunWithCells {
  const { prices, metrics, ...rest } = runWith("reactive", {});
  const of = (tier: string | null) => Object.fromEntries(wholeMetrics(cells, tier, prices));
  const byTier = Object.fromEntries(cells.tiers.map((tier) => [tier, of(tier)]));
  return { record: { ...rest, prices, metrics: { ...metrics, overall: of(null), byTier } }, cells };
}

/** Every user alike, every day: only what differs between the runs can differ. */
function steady(amounts: Partial<Record<CellColumn, number>>): RunWithCells {
  return runOf(cellsOf(USERS, DAYS, () => ({ requests: 100, userDays: 1, ...amounts })));
}

const gatesOf = (document: object): Gates =>
  parseGates({ sla: [{ metric: "sla_violations", noWorseBy: 0.1 }], cost: [{ metric: "cost", betterBy: 0 }], ...document });

test("worked by hand: at the bound it passes, beyond it does not; better means below, not equal", () => {
  const incumbent = steady({ violations: 10 });
  // 20 users × 14 days × 10 = 2800 violations; 11 a user-day is 10 % more.
  const verdicts = [9, 10, 11, 12].map((violations) => {
    const { results } = judge(gatesOf({}), steady({ violations }), incumbent, 2);
    return results.map(({ passed }) => passed);
  });
  assert.equal(verdicts, [
    [true, true],
    [true, false],
    [true, false],
    [false, false],
  ]);
  const { results } = judge(gatesOf({}), steady({ violations: 12 }), incumbent, 2);
  assert.equal(
    [results[0]!.candidate, results[0]!.incumbent, results[0]!.reason],
    [3360, 2800, "it has to be at most 3\u202f080"],
  );
});

test("an incumbent of 0: what equals it passes, one more does not, unless slack allows for it", () => {
  const none = steady({});
  const some = runOf(cellsOf(USERS, DAYS, (user, day) => ({ requests: 100, violations: user === 0 && day === 0 ? 1 : 0 })));
  const passed = (candidate: RunWithCells, slack: number) =>
    judge(gatesOf({ sla: [{ metric: "sla_violations", noWorseBy: 1, slack }] }), candidate, none, 1).results[0]!.passed;
  assert.equal([passed(none, 0), passed(some, 0), passed(some, 100)], [true, false, true]);
});

test("what is better on average but not surely does not pass, and says so", () => {
  const incumbent = steady({ violations: 10 });
  // Half of the users are far better, the others worse.
  const mixed = runOf(cellsOf(USERS, DAYS, (user) => ({ requests: 100, violations: user % 2 === 0 ? 0 : 19 })));
  const { results } = judge(gatesOf({ sla: [{ metric: "sla_violations", noWorseBy: 0 }] }), mixed, incumbent, 2);
  const [sla] = results;
  assert.ok(sla!.candidate! < sla!.incumbent!);
  assert.is(sla!.passed, false);
  assert.match(sla!.reason!, /^it is at most .* but not surely: it may be above that by \d/);
});

test("each tier is asked by itself: a gain in one does not pay for a loss in another", () => {
  const tiers = (premium: number, standard: number): RunWithCells => {
    const of = (unit: number) => ({ requests: 100, violations: unit % 2 === 0 ? premium : standard });
    const cells = cellsOf(USERS, DAYS, of);
    const rows = cells.rows.map(({ unit }) => ({ unit, tier: unit % 2 }));
    return runOf({ ...cells, rows, tiers: ["premium", "standard", "nobody's"] });
  };
  const gates = gatesOf({ sla: [{ metric: "sla_violations", tier: "each", noWorseBy: 0 }] });
  const { results, method } = judge(gates, tiers(12, 2), tiers(10, 10), 3);
  assert.equal(
    results.map(({ stage, tier, passed }) => [stage, tier, passed]),
    [
      ["sla", "premium", false],
      ["sla", "standard", true],
      // Premium violations cost five times as much.
      ["cost", null, false],
    ],
  );
  assert.is(questionsOf(gates, tiers(12, 2)).length, method.intervals);
});

test("where nothing happened in any tier, `each` asks of all together: never of nobody", () => {
  const idle = runOf(cellsOf(USERS, DAYS, () => ({})));
  const gates = gatesOf({ sla: [{ metric: "sla_violations", tier: "each", noWorseBy: 0 }] });
  assert.equal(
    questionsOf(gates, idle).map(({ stage, tier }) => [stage, tier]),
    [
      ["sla", null],
      ["cost", null],
    ],
  );
});

test("service levels come first, then waste, cost and churn, whatever the file's order", () => {
  const gates = parseGates({
    churn: [{ metric: "launch_decisions", noWorseBy: 0 }],
    cost: [{ metric: "cost", betterBy: 0 }],
    waste: [{ metric: "waste_cost", noWorseBy: 0 }],
    sla: [{ metric: "sla_violations", noWorseBy: 0 }],
  });
  const { results } = judge(gates, steady({}), steady({}), 4);
  assert.equal(
    results.map(({ stage }) => stage),
    ["sla", "waste", "cost", "churn"],
  );
});

test.run();
