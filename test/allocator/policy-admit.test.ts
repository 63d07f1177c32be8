import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import { PolicyError } from "../../allocator/policy-issue.ts";
import { policyFromText } from "../../allocator/policy-text.ts";

function refusal(document: unknown): string[] {
  try {
    policyFromDocument(document);
  } catch (error) {
    assert.instance(error, PolicyError);
    return (error as PolicyError).issues.map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`);
  }
  throw new Error(`accepted: ${JSON.stringify(document)}`);
}

test("every key of the slot, and its defaults", () => {
  const { admit } = policyFromDocument({ admit: { preempt: "on", grace: "0s", budget: "7", protect: "90s" } });
  assert.equal(admit, { strategy: "priority", preempt: { graceMs: 0, budget: 7, protectMs: 90_000 } });
  const defaults = { strategy: "priority", preempt: { graceMs: 30_000, budget: 60, protectMs: 60_000 } };
  assert.equal(policyFromDocument({ admit: { preempt: "on" } }).admit, defaults);
  assert.equal(policyFromText("preemptive").admit, defaults);
});

test("fair shares, with and without weights", () => {
  assert.equal(policyFromDocument({ admit: { strategy: "drf" } }).admit, { strategy: "drf" });
  const { admit } = policyFromDocument({ admit: { strategy: "drf", weights: { premium: "2.5", batch: 1 }, preempt: "on" } });
  assert.equal(admit, {
    strategy: "drf",
    weightsPpm: { premium: 2_500_000, batch: 1_000_000 },
    preempt: { graceMs: 30_000, budget: 60, protectMs: 60_000 },
  });
  assert.equal(refusal({ admit: { weights: { premium: 2 } } }), [
    'admit.weights: expected nothing, unless strategy is drf, found {"premium":2}',
  ]);
  assert.equal(refusal({ admit: { strategy: "drf", weights: { premium: 0 } } }), [
    "admit.weights.premium: expected a number from 0.001 to 1000, found 0",
  ]);
});

test("a bound on starvation", () => {
  assert.equal(policyFromDocument({ admit: { starvation: "1h" } }).admit, { strategy: "priority", starvationMs: 3_600_000 });
  assert.equal(refusal({ controlEvery: "15s", replicas: { strategy: "hpa" }, admit: { starvation: "1h" } }), [
    "admit.starvation: expected nothing, because the replicas slot says how many run, found it",
  ]);
});

test("without preemption the slot is what it was", () => {
  assert.equal(policyFromDocument({ admit: { preempt: "off" } }).admit, { strategy: "priority" });
  assert.equal(policyFromDocument({}).admit, { strategy: "priority" });
});

test("what cannot be is refused, with its path", () => {
  assert.equal(refusal({ admit: { grace: "1s" } }), ['admit.grace: expected nothing, because preempt is off, found "1s"']);
  assert.equal(refusal({ admit: { preempt: "on", budget: 0 } }), [
    "admit.budget: expected a whole number from 1 to 1000000, found 0",
  ]);
  assert.equal(refusal({ controlEvery: "15s", replicas: { strategy: "hpa" }, admit: { preempt: "on" } }), [
    "admit.preempt: expected nothing, because the replicas slot says how many run, found it",
  ]);
});

test.run();
