import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import { PolicyError } from "../../allocator/policy-issue.ts";

function refusal(users: unknown, rest: object = {}): string[] {
  try {
    policyFromDocument({ quotas: { users, ...rest } });
  } catch (error) {
    assert.instance(error, PolicyError);
    return (error as PolicyError).issues.map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`);
  }
  throw new Error(`accepted: ${JSON.stringify(users)}`);
}

test("quotas of users as people write them, alone or beside those of tiers", () => {
  const users = {
    each: { instances: "3", max: { cpuMillis: 16_000 } },
    roles: { intern: { instances: 1 } },
    named: { alice: { instances: "unlimited", max: { cpuMillis: "unlimited", memoryMiB: 0 } } },
  };
  const spec = {
    each: { instances: 3, max: { cpuMillis: 16_000 } },
    roles: { intern: { instances: 1 } },
    named: { alice: { instances: null, max: { cpuMillis: null, memoryMiB: 0 } } },
  };
  assert.equal(policyFromDocument({ quotas: { users } }).quotas, { users: spec });
  const tiers = { premium: { nominalQuota: { cpuMillis: 1 } } };
  assert.equal(policyFromDocument({ quotas: { users, tiers, reclaimWithinCohort: "never" } }).quotas, {
    tiers: { premium: { nominal: { cpuMillis: 1 } } },
    users: spec,
  });
});

test("everything wrong with them is listed at once, each with its place", () => {
  const [path, other] = ["quotas.users", "expected a whole number from 0 to"];
  assert.equal(refusal({}), [`${path}: expected at least one of each, roles, named, found nothing`]);
  assert.equal(refusal({ each: {}, roles: [], named: { bob: { instances: -1, max: { cpuMillis: 1.5, disk: 1 }, min: 2 } } }), [
    `${path}.each: expected instances or max, found nothing`,
    `${path}.roles: expected a mapping from names to their quotas, found []`,
    `${path}.named.bob.min: expected one of instances, max, found "min"`,
    `${path}.named.bob.max.disk: expected one of cpuMillis, memoryMiB, gpuMillis, networkKbps, found "disk"`,
    `${path}.named.bob.instances: ${other} 1000000, found -1`,
    `${path}.named.bob.max.cpuMillis: ${other} 4294967295, found 1.5`,
  ]);
  assert.equal(refusal({ each: { instances: 1 } }, { cohort: { cpuMillis: 1 } }), [
    "quotas.tiers: expected a mapping from names of tiers to their quotas, found nothing",
  ]);
});

test.run();
