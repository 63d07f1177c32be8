import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import { PolicyError } from "../../allocator/policy-issue.ts";

function refusal(quotas: unknown, rest: object = {}): string[] {
  try {
    policyFromDocument({ quotas, ...rest });
  } catch (error) {
    assert.instance(error, PolicyError);
    return (error as PolicyError).issues.map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`);
  }
  throw new Error(`accepted: ${JSON.stringify(quotas)}`);
}

test("quotas as people write them, and how what was borrowed is taken back unless they say otherwise", () => {
  const tiers = {
    premium: { nominalQuota: { cpuMillis: 16_000, memoryMiB: "4096" }, lendingLimit: { cpuMillis: 8_000 } },
    batch: { nominalQuota: {}, borrowingLimit: { cpuMillis: 0 } },
  };
  assert.equal(policyFromDocument({ quotas: { tiers, cohort: { cpuMillis: 1 } } }).quotas, {
    tiers: {
      premium: { nominal: { cpuMillis: 16_000, memoryMiB: 4_096 }, lending: { cpuMillis: 8_000 } },
      batch: { nominal: {}, borrowing: { cpuMillis: 0 } },
    },
    cohort: { cpuMillis: 1 },
    reclaim: { from: "any", graceMs: 30_000, budget: 60, protectMs: 60_000 },
  });
  const own = { tiers: { premium: { nominalQuota: { cpuMillis: 1 } } } };
  assert.equal(policyFromDocument({ quotas: { ...own, reclaimWithinCohort: "never" } }).quotas, {
    tiers: { premium: { nominal: { cpuMillis: 1 } } },
  });
  const given = { reclaimWithinCohort: "lower-priority", grace: "0s", budget: 1, protect: "5s" };
  const reclaim = { from: "lower-priority", graceMs: 0, budget: 1, protectMs: 5_000 };
  assert.equal(policyFromDocument({ quotas: { ...own, ...given } }).quotas?.reclaim, reclaim);
});

test("quotas that say nothing, or contradict themselves, are refused", () => {
  assert.equal(refusal({}), ["quotas.tiers: expected a mapping from names of tiers to their quotas, found nothing"]);
  const premium = (quota: object, rest: object = {}) => refusal({ tiers: { premium: quota }, ...rest });
  assert.equal(premium({ nominalQuota: { cpuMillis: 4 }, lendingLimit: { cpuMillis: 5 } }), [
    "quotas.tiers.premium.lendingLimit.cpuMillis: expected at most the nominalQuota (4), found 5",
  ]);
  assert.equal(premium({ nominalQuota: { cpuMillis: 4 }, borrowingLimit: { memoryMiB: 5 } }), [
    "quotas.tiers.premium.borrowingLimit.memoryMiB: expected nothing, because no nominalQuota names memoryMiB, found 5",
  ]);
  assert.equal(premium({ nominalQuota: { cpuMillis: -1, disk: 2 }, most: 3 }), [
    'quotas.tiers.premium.most: expected one of nominalQuota, borrowingLimit, lendingLimit, found "most"',
    'quotas.tiers.premium.nominalQuota.disk: expected one of cpuMillis, memoryMiB, gpuMillis, networkKbps, found "disk"',
    "quotas.tiers.premium.nominalQuota.cpuMillis: expected a whole number from 0 to 4294967295, found -1",
  ]);
  assert.equal(premium({ nominalQuota: { cpuMillis: 4 } }, { reclaimWithinCohort: "never", grace: "1s" }), [
    'quotas.grace: expected nothing, because nothing is reclaimed, found "1s"',
  ]);
});

test("nothing is reclaimed where the slot replicas says how many run", () => {
  const quotas = { tiers: { premium: { nominalQuota: { cpuMillis: 4 } } } };
  assert.equal(refusal(quotas, { controlEvery: "15s", replicas: { strategy: "hpa" } }), [
    "quotas.reclaimWithinCohort: expected never, because the replicas slot says how many run, found any",
  ]);
});

test.run();
