import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import { PolicyError } from "../../allocator/policy-issue.ts";
import { policyFromText } from "../../allocator/policy-text.ts";

// cluster-autoscaler/FAQ.md, "What are the parameters to CA?"
test("the Cluster Autoscaler's defaults, and every key of the slot", () => {
  const defaults = {
    strategy: "cluster-autoscaler",
    everyMs: 10_000,
    thresholdPpm: 500_000,
    unneededMs: 600_000,
    delayAfterAddMs: 600_000,
    provisionWithinMs: 900_000,
    expander: "price",
  };
  assert.equal(policyFromDocument({ pool: { strategy: "cluster-autoscaler" } }).pool, defaults);
  assert.equal(policyFromText("cluster-autoscaler").pool, defaults);
  const document = { every: "1m", threshold: "0.7", unneeded: "2m", delayAfterAdd: "0s", provisionWithin: "1h" };
  assert.equal(policyFromDocument({ pool: { strategy: "cluster-autoscaler", ...document, expander: "least-waste" } }).pool, {
    strategy: "cluster-autoscaler",
    everyMs: 60_000,
    thresholdPpm: 700_000,
    unneededMs: 120_000,
    delayAfterAddMs: 0,
    provisionWithinMs: 3_600_000,
    expander: "least-waste",
  });
  assert.is(policyFromDocument({}).pool, undefined);
});

// karpenter.sh/docs: NodePools (disruption, budgets), Settings (BATCH_IDLE_DURATION, BATCH_MAX_DURATION)
test("Karpenter's defaults, and every key of the slot", () => {
  const defaults = {
    strategy: "karpenter",
    idleMs: 1_000,
    batchMs: 10_000,
    afterMs: 0,
    onlyEmpty: false,
    disruptsRunning: false,
    budgetPpm: 100_000,
    provisionWithinMs: 900_000,
  };
  assert.equal(policyFromDocument({ pool: { strategy: "karpenter" } }).pool, defaults);
  assert.equal(policyFromText("karpenter").pool, defaults);
  const document = { batchIdle: "2s", batchMax: "20s", consolidateAfter: "1m", consolidate: "empty", disrupt: "running" };
  assert.equal(policyFromDocument({ pool: { strategy: "karpenter", ...document, budget: 1, provisionWithin: "1h" } }).pool, {
    strategy: "karpenter",
    idleMs: 2_000,
    batchMs: 20_000,
    afterMs: 60_000,
    onlyEmpty: true,
    disruptsRunning: true,
    budgetPpm: 1_000_000,
    provisionWithinMs: 3_600_000,
  });
  assert.throws(() => policyFromDocument({ pool: { strategy: "karpenter", threshold: 0.5 } }), /threshold/);
  assert.throws(() => policyFromDocument({ pool: { strategy: "karpenter", batchIdle: "20s", batchMax: "10s" } }), /batchMax/);
});

test("room ahead: headroom, and what is expected", () => {
  const common = { everyMs: 10_000, thresholdPpm: 0, provisionWithinMs: 900_000, shrinkAfterMs: 600_000 };
  const headroom = { strategy: "headroom", ...common, sparePpm: 100_000 };
  assert.equal(policyFromDocument({ pool: { strategy: "headroom" } }).pool, headroom);
  assert.equal(policyFromText("pool-headroom").pool, headroom);
  const ahead = { levelPpm: 500_000, marginPpm: 1_000_000, leadPpm: 950_000, seasonMs: 86_400_000 };
  const predictive = { strategy: "predictive", ...common, sparePpm: 0, ahead };
  assert.equal(policyFromDocument({ pool: { strategy: "predictive" } }).pool, predictive);
  assert.equal(policyFromText("pool-predictive").pool, predictive);
  const asked = { spare: 0.2, shrinkAfter: "1h", level: 0.9, margin: "1.2", leadQuantile: 1, season: "none" };
  assert.equal(policyFromDocument({ pool: { strategy: "predictive", ...asked } }).pool, {
    ...predictive,
    shrinkAfterMs: 3_600_000,
    sparePpm: 200_000,
    ahead: { levelPpm: 900_000, marginPpm: 1_200_000, leadPpm: 1_000_000 },
  });
  assert.throws(() => policyFromDocument({ pool: { strategy: "headroom", season: "24h" } }), /season/);
  assert.throws(() => policyFromDocument({ pool: { strategy: "predictive", season: "24h", level: 2 } }), /level/);
  assert.throws(() => policyFromDocument({ pool: { strategy: "predictive", season: "601s" } }), /a multiple of 5m/);
});

test("everything wrong is listed with its path", () => {
  try {
    policyFromDocument({ pool: { strategy: "magic", every: "1ms", threshold: 2, unneeded: 5, expander: "random", drain: "on" } });
    assert.unreachable();
  } catch (error) {
    assert.instance(error, PolicyError);
    const paths = (error as PolicyError).issues.map(({ path }) => path);
    assert.equal(paths.sort(), ["pool.drain", "pool.every", "pool.expander", "pool.strategy", "pool.threshold", "pool.unneeded"]);
  }
});

test.run();
