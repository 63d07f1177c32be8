import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareRuns } from "../../reports/comparison.ts";
import type { Verdict } from "../../reports/verdict.ts";
import type { MetricValues, RunRecord } from "../../sim/run-record.ts";
import { exampleRuns, runWith } from "../support/run-records.ts";

/** With plain spaces, as a person would type it. */
function verdictOf(runs: readonly RunRecord[]): Verdict {
  return JSON.parse(JSON.stringify(compareRuns(runs, "").verdict).replaceAll("\u202f", " ")) as Verdict;
}

/** Waste, violations (at 1 USD each of 1,000 requests), share of cold starts, p99. */
function metrics(waste: number, violations: number, cold = 0.1, p99 = 1000): MetricValues {
  return {
    requests: 1000,
    waste_cost: waste,
    violation_cost: violations,
    cost: waste + violations,
    sla_violations: violations,
    sla_violation_fraction: violations / 1000,
    cold_fraction: cold,
    start_latency_ms_p99: p99,
  };
}

test("the headline names the cheapest ranked policy, its cost, the window and the saving against reactive", () => {
  const runs = [
    runWith("reactive", metrics(60, 40)),
    runWith("keep-alive:ttl=10m", metrics(70, 10)),
    runWith("keep-alive:ttl=1h", metrics(95, 2)),
    runWith("clairvoyant", metrics(10, 0)),
  ];
  assert.is(
    verdictOf(runs).headline,
    "“keep-alive:ttl=10m” has the lowest cost of 3 policies: 80 USD over 14 days, 20 % less than “reactive”.",
  );
});

test("findings give waste, violations, the runner-up, starts, the gap and the price at which the order changes", () => {
  const runs = [
    runWith("reactive", metrics(60, 40, 1, 2500)),
    runWith("keep-alive:ttl=10m", metrics(70, 10, 0.05, 1200)),
    runWith("keep-alive:ttl=1h", metrics(94, 2, 0.01, 900)),
    runWith("clairvoyant", metrics(50, 0, 0, 0)),
  ];
  assert.equal(verdictOf(runs).findings, [
    "“keep-alive:ttl=10m” costs 70 USD in wasted capacity and 10 USD in violations (10 SLA violations, 1 % of requests).",
    "The runner-up, “keep-alive:ttl=1h”, costs 20 % more: 94 USD in wasted capacity and 2 USD in violations.",
    "Cold starts are 5 % of requests under “keep-alive:ttl=10m” and its p99 start latency is 1.2 s, " +
      "against 1 % and 900 ms for “keep-alive:ttl=1h”, 100 % and 2.5 s for “reactive”.",
    "“keep-alive:ttl=10m” closes 40 % of the gap between “reactive” (100 USD) and “clairvoyant” (50 USD).",
    "“keep-alive:ttl=1h” would cost least if every violation cost more than 3 times as much, " +
      "“reactive” if less than 0.333 times as much.",
  ]);
});

test("when the runner-up is reactive it is compared once", () => {
  const { findings } = verdictOf([runWith("reactive", metrics(60, 40)), runWith("a", metrics(50, 10))]);
  assert.is(findings.join(" ").split("for “reactive”").length, 2);
});

test("a tie is called a tie and has no winner", () => {
  const runs = [runWith("a", metrics(40, 10)), runWith("b", metrics(30, 20)), runWith("c", metrics(90, 0))];
  const verdict = verdictOf(runs);
  assert.is(verdict.headline, "“a” and “b” tie for the lowest cost, 50 USD over 14 days.");
  assert.match(verdict.findings[2]!, "The runner-up, “c”, costs 80 % more");
});

test("a difference under 1 % is not offered as a reason", () => {
  const { findings } = verdictOf([runWith("a", metrics(100, 0)), runWith("b", metrics(100.5, 0))]);
  assert.match(findings.join(" "), "A difference this small should not decide between the two.");
});

test("reactive as the winner is not compared with itself", () => {
  const runs = [runWith("reactive", metrics(10, 0)), runWith("a", metrics(20, 0)), runWith("clairvoyant", metrics(5, 0))];
  const verdict = verdictOf(runs);
  assert.is(verdict.headline, "“reactive” has the lowest cost of 2 policies: 10 USD over 14 days.");
  assert.not.match(verdict.findings.join(" "), "gap");
});

test("one ranked policy is not called the best", () => {
  const verdict = verdictOf([runWith("keep-alive", metrics(10, 0)), runWith("clairvoyant", metrics(5, 0))]);
  assert.is(verdict.headline, "“keep-alive” costs 10 USD over 14 days; no other policy was ranked against it.");
});

test("only references, or no cost at all, leave nothing to rank", () => {
  assert.match(verdictOf([runWith("clairvoyant", metrics(5, 0))]).headline, "nothing to rank");
  const unpriced = verdictOf([runWith("a", { cost: null }), runWith("b", {})]);
  assert.match(unpriced.headline, "No policy can be ranked");
  assert.equal(unpriced.findings, []);
});

test("costs of nothing but zeros give no percentages of zero", () => {
  const free = verdictOf([runWith("reactive", metrics(0, 0)), runWith("a", metrics(0, 0))]);
  assert.match(free.headline, "tie for the lowest cost, 0 USD");
  const one = verdictOf([runWith("a", metrics(0, 0)), runWith("b", metrics(3, 0))]);
  assert.match(one.findings.join(" "), "The runner-up, “b”, costs 3 USD");
  assert.not.match(JSON.stringify([free, one]), /NaN|Infinity|undefined|null/);
});

test("metrics that do not apply leave their sentence out", () => {
  const { findings } = verdictOf([runWith("a", { cost: 1 }), runWith("b", { cost: 2 })]);
  assert.equal(findings, ["The runner-up, “b”, costs 100 % more."]);
});

test("clairvoyant that saves nothing, or costs more than the winner, is said so", () => {
  const dear = verdictOf([
    runWith("reactive", metrics(10, 0)),
    runWith("a", metrics(5, 0)),
    runWith("clairvoyant", metrics(12, 0)),
  ]);
  assert.match(dear.findings.join(" "), "Gap closed is not defined here: “clairvoyant” does not cost less than “reactive”.");
  const beaten = verdictOf([
    runWith("reactive", metrics(10, 0)),
    runWith("a", metrics(4, 0)),
    runWith("clairvoyant", metrics(5, 0)),
  ]);
  assert.match(beaten.findings.join(" "), "“a” even costs less than “clairvoyant” (5 USD)");
  assert.match(beaten.findings.join(" "), "gap closed is 120 %");
});

test("a tier in which another policy costs less is named", () => {
  const runs = [
    runWith("a", metrics(10, 0), { premium: { cost: 8 }, batch: { cost: 2 } }),
    runWith("b", metrics(15, 0), { premium: { cost: 5 }, batch: { cost: 10 } }),
  ];
  assert.match(verdictOf(runs).findings.join(" "), "The order is not the same everywhere: “b” costs less in tier “premium”.");
});

test("caveats: one replay, synthetic or composite demand, references, unlimited capacity, seeds and revisions", () => {
  const [first, second, , clairvoyant] = exampleRuns() as [RunRecord, RunRecord, RunRecord, RunRecord];
  const plain = { ...first, trace: { ...first.trace, synthetic: false }, cluster: { ...first.cluster, nodes: 4 } };
  assert.is(verdictOf([plain]).caveats.length, 1);
  assert.match(verdictOf([plain]).caveats[0]!, "one deterministic replay of one trace: no interval is shown");

  const composite = { ...first.trace, synthetic: true, composite: true };
  const other = { ...second, seed: 2, codeRevision: "another" };
  const caveats = verdictOf([{ ...first, trace: composite }, other, clairvoyant]).caveats.join(" ");
  for (const text of [
    "is synthetic",
    "is a composite",
    "a reference, not a bound",
    "unlimited",
    "different seeds",
    "different revisions",
  ]) {
    assert.match(caveats, text);
  }
});

test("what is otherwise in all runs is a caveat; what one policy has otherwise is in its name alone", () => {
  const whatIf = (...texts: string[]) => ({ ...runWith("reactive", metrics(60, 40)), whatIf: texts, id: texts.join() });
  const said = (runs: readonly RunRecord[]) => verdictOf(runs).caveats.filter((text) => text.startsWith("This is a what-if"));
  assert.equal(said([whatIf("demand=2", "policy.warm.ttl=5m"), whatIf("demand=2")]), [
    "This is a what-if, not what was observed: demand=2.",
  ]);
  assert.equal(said([whatIf("policy.warm.ttl=5m"), runWith("reactive", metrics(60, 40))]), []);
});

test.run();
