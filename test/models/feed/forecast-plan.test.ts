import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyFromDocument } from "../../../allocator/policy-document.ts";
import { policyFromText } from "../../../allocator/policy-text.ts";
import { forecastPlans } from "../../../models/feed/forecast-plan.ts";
import { smallTraceOf } from "../../support/small-trace.ts";
import { hourly } from "../../support/usage-trace.ts";

const USAGE = hourly({ ana: [[1, { cpuMillis: 5 }]] });
const REQUESTS = smallTraceOf({
  endMs: 50,
  apps: [
    { coldStartMs: 2_000, shared: false, concurrency: 1 },
    { coldStartMs: 400_000, shared: true, concurrency: 1 },
  ],
  requests: [{ submitMs: 1, runMs: 1, user: 0, app: 0, memoryMiB: 1 }],
});

test("no plan without a feed of a fitted model", () => {
  for (const text of ["keep-alive", "reactive", "clairvoyant"]) assert.equal(forecastPlans(policyFromText(text), REQUESTS), []);
});

test("of requests, concurrency as far as the next forecast and the longest start-up beyond it", () => {
  // 300 s until the next, 1 s of latency, 400 s of start-up: 701 s are three steps of 300 s.
  assert.equal(forecastPlans(policyFromText("rnn:seed=4"), REQUESTS), [
    {
      target: "concurrency",
      model: "rnn",
      seed: 4,
      everyMs: 300_000,
      stepMs: 300_000,
      steps: 3,
      levelsPpm: [800_000, 950_000, 990_000],
      latencyMs: 1_000,
    },
  ]);
});

test("one that sizes instances, too: in requests, and a control interval further", () => {
  // 300 s until the next, 1 s of latency, 400 s of start-up and 240 s until the control interval ends: 941 s are four steps.
  const [plan] = forecastPlans(policyFromText("joint:model=rnn,level=0.9,control=4m"), REQUESTS);
  assert.equal([plan?.steps, plan?.countsRequests, plan?.levelsPpm], [4, true, [900_000]]);
});

test("of usage, demand as far as the next forecast and the lead beyond it; levels as the slot asks", () => {
  const [plan] = forecastPlans(policyFromText("rnn:level=0.9,latency=0s", "usage"), USAGE);
  assert.is(plan?.target, "demand");
  assert.is(plan?.steps, 2);
  assert.equal(plan?.levelsPpm, [900_000]);
});

test("a horizon and levels that the feed gives stand", () => {
  const policy = policyFromDocument({
    feed: { model: "rnn", step: "1m", every: "5m", horizon: "20m", levels: [0.5, 0.9] },
    warm: { strategy: "forecast", level: 0.9 },
  });
  const [plan] = forecastPlans(policy, REQUESTS);
  assert.is(plan?.steps, 20);
  assert.equal(plan?.levelsPpm, [500_000, 900_000]);
});

test("a reserve slot that learns asks for the median, and as far as the lead may come to be", () => {
  const [plan] = forecastPlans(
    policyFromDocument({
      controlEvery: "1m",
      feed: { model: "rnn", step: "1m", every: "1m", targets: ["demand"], latency: "0s" },
      reserve: { strategy: "forecast", level: 0.9, bias: 0.1, lead: "learned" },
    }),
    REQUESTS,
  );
  assert.equal(plan?.levelsPpm, [500_000, 900_000]);
  // A minute until the next forecast, a minute of control interval, 400 s × 17 ⁄ 16 = 425 s of start-up: 545 s.
  assert.is(plan?.steps, 10);
});

test("a pool slot that looks ahead asks for its level, as far as a node may take; beside a reserve slot's", () => {
  const document = {
    controlEvery: "1m",
    feed: { model: "rnn", step: "1m", every: "1m", targets: ["demand"], latency: "0s" },
    pool: { strategy: "predictive", level: 0.6, provisionWithin: "20m" },
  };
  const [alone] = forecastPlans(policyFromDocument(document), REQUESTS);
  assert.equal([alone?.levelsPpm, alone?.steps], [[600_000], 21]);
  const reserve = { strategy: "forecast", level: 0.9, lead: "1m" };
  const [both] = forecastPlans(policyFromDocument({ ...document, reserve }), REQUESTS);
  assert.equal([both?.levelsPpm, both?.steps], [[600_000, 900_000], 21]);
});

test.run();
