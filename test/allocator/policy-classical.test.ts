import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import { PolicyError } from "../../allocator/policy-issue.ts";
import { policyFromText } from "../../allocator/policy-text.ts";

test("vpa, autopilot and crane reserve where use is measured, and size instances where requests are", () => {
  for (const name of ["vpa", "autopilot", "crane"]) {
    const onUsage = policyFromText(name, "usage");
    assert.is(onUsage.reserve.strategy, name);
    assert.not("size" in onUsage);
    const onRequests = policyFromText(name, "requests");
    assert.equal([onRequests.reserve, onRequests.size?.strategy], [{ strategy: "none" }, name]);
    assert.equal(onRequests.warm, { strategy: "ttl", ttlMs: 600_000 });
  }
  assert.equal(policyFromText("autopilot:cpu=mean,margin=0.1").size, {
    ...policyFromDocument({ controlEvery: "5m", reserve: { strategy: "autopilot" } }).reserve,
    cpu: "mean",
    marginPpm: 100_000,
  });
});

test("the slot size: its keys, and what it needs", () => {
  assert.not("size" in policyFromDocument({ size: { strategy: "none" } }));
  assert.equal(policyFromDocument({ controlEvery: "1m", size: { strategy: "vpa" } }).size, { strategy: "vpa" });
  const cases: readonly (readonly [document: unknown, issue: string])[] = [
    [{ size: { strategy: "vpa" } }, "controlEvery: expected a duration, because the size slot acts on ticks, found nothing"],
    [
      { controlEvery: "1m", size: { strategy: "vpa", cpu: "mean" } },
      `size.cpu: expected nothing else with strategy "vpa", found "cpu"`,
    ],
    [
      { controlEvery: "1m", size: { strategy: "crane", cpu: "mean" } },
      `size.cpu: expected level, margin, utilization, history, decay with strategy "crane", found "cpu"`,
    ],
    [
      { controlEvery: "1m", size: { strategy: "autopilot", cpu: "p99" } },
      `size.cpu: expected one of mean, p90, p95, found "p99"`,
    ],
    [{ size: { strategy: "large" } }, `size.strategy: expected one of none, vpa, autopilot, crane, found "large"`],
  ];
  for (const [document, issue] of cases) {
    assert.throws(
      () => policyFromDocument(document),
      (error: PolicyError) => error instanceof PolicyError && error.message === issue,
      issue,
    );
  }
});

test.run();
