import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../../datasets/issues.ts";
import { compareRuns } from "../../reports/comparison.ts";
import type { RunRecord } from "../../sim/run-record.ts";
import { exampleRuns, runWith } from "../support/run-records.ts";

function gaps(runs: readonly RunRecord[]): (number | null)[] {
  return compareRuns(runs, "").runs.map((run) => run.metrics.overall["gap_closed"] ?? null);
}

function refusal(runs: readonly RunRecord[]): InputError {
  try {
    compareRuns(runs, "");
  } catch (error) {
    assert.instance(error, InputError);
    return error as InputError;
  }
  throw new Error("the runs were compared");
}

test("gap closed is 0 for reactive, 1 for clairvoyant, and the share of the way between for others", () => {
  const runs = [runWith("reactive", { cost: 100 }), runWith("clairvoyant", { cost: 20 }), runWith("keep-alive", { cost: 40 })];
  assert.equal(gaps(runs), [0, 1, 0.75]);
});

test("gap closed is below 0 for a policy dearer than reactive and above 1 for one cheaper than clairvoyant", () => {
  const runs = [
    runWith("reactive", { cost: 100 }),
    runWith("clairvoyant", { cost: 60 }),
    runWith("a", { cost: 120 }),
    runWith("b", { cost: 50 }),
  ];
  assert.equal(gaps(runs), [0, 1, -0.5, 1.25]);
});

test("gap closed is null where clairvoyant is not cheaper than reactive, or one of the two is absent or has no cost", () => {
  assert.equal(gaps([runWith("reactive", { cost: 10 }), runWith("clairvoyant", { cost: 10 })]), [null, null]);
  assert.equal(gaps([runWith("reactive", { cost: 10 }), runWith("clairvoyant", { cost: 12 })]), [null, null]);
  assert.equal(gaps([runWith("reactive", { cost: 10 }), runWith("keep-alive", { cost: 5 })]), [null, null]);
  assert.equal(gaps([runWith("clairvoyant", { cost: 10 }), runWith("keep-alive", { cost: 5 })]), [null, null]);
  assert.equal(gaps([runWith("reactive", { cost: null }), runWith("clairvoyant", { cost: 5 })]), [null, null]);
  const unpriced = [runWith("reactive", { cost: 10 }), runWith("clairvoyant", { cost: 5 }), runWith("a", { cost: null })];
  assert.equal(gaps(unpriced), [0, 1, null]);
});

test("with several reactive or clairvoyant runs the first of each is the measure", () => {
  const runs = [
    runWith("reactive:factor=2", { cost: 100 }),
    runWith("reactive:factor=1", { cost: 60 }),
    runWith("clairvoyant:level=0.9", { cost: 50 }),
    runWith("clairvoyant", { cost: 20 }),
  ];
  assert.equal(gaps(runs), [0, 0.8, 1, 1.6]);
});

test("gap closed is filled by tier from that tier's costs", () => {
  const runs = [
    runWith("reactive", { cost: 100 }, { premium: { cost: 80 }, batch: { cost: 20 } }),
    runWith("clairvoyant", { cost: 50 }, { premium: { cost: 30 }, batch: { cost: 20 } }),
    runWith("keep-alive", { cost: 75 }, { premium: { cost: 40 }, batch: { cost: 35 } }),
  ];
  const { byTier } = compareRuns(runs, "").runs[2]!.metrics;
  assert.is(byTier["premium"]!["gap_closed"], 0.8);
  assert.is(byTier["batch"]!["gap_closed"], null);
});

test("records are left as they were, and the order stays as given", () => {
  const runs = exampleRuns();
  const before = JSON.stringify(runs);
  const compared = compareRuns(runs, "prae compare").runs;
  assert.is(JSON.stringify(runs), before);
  assert.equal(
    compared.map(({ label }) => label),
    runs.map(({ policyText }) => policyText),
  );
});

test("clairvoyant is a reference, and so is any policy fed with the trace's own future", () => {
  const [reactive, keepAlive, , clairvoyant] = exampleRuns() as [RunRecord, RunRecord, RunRecord, RunRecord];
  const disguised = { ...keepAlive, policy: { ...keepAlive.policy, name: "mine", feed: clairvoyant.policy.feed } };
  const compared = compareRuns([reactive, disguised, clairvoyant], "").runs;
  assert.equal(
    compared.map(({ reference }) => reference),
    [false, true, true],
  );
});

test("two runs of one policy are told apart by their ids", () => {
  const runs = [runWith("keep-alive", { cost: 1 }), { ...runWith("keep-alive", { cost: 2 }), id: "other", seed: 2 }];
  const compared = compareRuns(runs, "").runs;
  assert.equal(
    compared.map(({ label }) => label),
    ["keep-alive [keep-alive]", "keep-alive [other]"],
  );
});

test("runs that differ in trace, window, cluster or prices are refused, every difference named", () => {
  const [first, second, third] = exampleRuns() as [RunRecord, RunRecord, RunRecord];
  const { issues } = refusal([
    first,
    { ...second, trace: { ...second.trace, digest: "other" }, window: { fromMs: 0, toMs: 5 } },
    { ...third, cluster: { ...third.cluster, digest: "other" }, prices: { ...third.prices, gpuHour: 9 } },
  ]);
  assert.equal(
    issues.map(({ path }) => path),
    ["trace.digest", "window", "cluster.digest", "prices"],
  );
  assert.match(issues[0]!.where, "run 2 (keep-alive:ttl=10m)");
  assert.match(issues[1]!.found, "[0, 5)");
});

test("prices are the same in whatever order they were written", () => {
  const [first, second] = exampleRuns() as [RunRecord, RunRecord];
  const violation = Object.fromEntries(Object.entries(second.prices.violation).reverse());
  const reversed = {
    ...second,
    prices: Object.fromEntries(Object.entries({ ...second.prices, violation }).reverse()),
  } as unknown as RunRecord;
  assert.is(compareRuns([first, reversed], "").runs.length, 2);
});

test("no run, or one run twice, is refused", () => {
  const [first] = exampleRuns() as [RunRecord];
  assert.match(refusal([]).message, "expected at least one run record, found none");
  assert.match(refusal([first, first]).message, "expected each run once");
});

test.run();
