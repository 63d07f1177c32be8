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
