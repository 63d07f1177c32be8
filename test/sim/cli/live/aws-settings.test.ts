import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { refusal, testFolder } from "../../../support/prae.ts";
import { examplePromotion, storeWith } from "../../../support/promotion.ts";

const folder = testFolder("live-aws");
const at = (name: string) => join(folder, name);
writeFileSync(
  at("fleet.yaml"),
  `tiers: [{ name: standard, targetStart: 5s, priority: 100, level: 0.95 }]
pools:
  - { name: own, unlimited: true }
  - { name: counted, nodes: 2, capacity: { cpuMillis: 1000 } }
  - { name: neither }
apps:
  - { name: notebook, shape: { cpuMillis: 8000 }, coldStart: 30s }
  - { name: shell, shape: { cpuMillis: 500 }, coldStart: 1s }
`,
);
writeFileSync(
  at("aws.yaml"),
  `region: eu-central-1
apps:
  - name: notebook
    image: ami-0123456789abcdef0
    instanceTypes: [{ type: m7i.large, capacity: { cpuMillis: 2000 } }]
pools: [{ name: own, group: g, capacity: { cpuMillis: 2000 } }]
`,
);

const { store } = storeWith(at("promotions"), examplePromotion("keep-alive"));
const PROMOTED = ["--promotion", "active", "--store", store.folder];

const issues = (...more: string[]) =>
  refusal(["live", "--fleet", at("fleet.yaml"), "--state", at("state"), ...more]).map(
    ({ where, path = "", expected, found }) => `${where.replace(`${folder}/`, "")} ${path}: ${expected}; ${found}`,
  );

test("a fleet and a document that do not belong together are refused before anything is asked of AWS", () => {
  assert.equal(issues("--target", "aws", "--aws", at("aws.yaml"), ...PROMOTED), [
    "aws.yaml apps: the app notebook of the fleet with a type in which its shape fits; none",
    "aws.yaml apps: the app shell of the fleet; nothing",
    "fleet.yaml pools[0]: the pool own unlimited, or with a group in aws.yaml; both".replace("aws.yaml", at("aws.yaml")),
    "fleet.yaml pools[1]: no nodes: AWS says which there are; 2",
    "fleet.yaml pools[2]: the pool neither unlimited, or with a group in aws.yaml; neither".replace("aws.yaml", at("aws.yaml")),
  ]);
  assert.is(existsSync(at("state")), false);
});

test("acting on the world has to be said, and by what", () => {
  const policy = ["--policy", "keep-alive"];
  assert.equal(issues("--target", "aws", ...policy), [
    "--policy : --promotion with --target aws: only a dry run takes a policy that nobody promoted; none",
    "--aws : a YAML file, for --target aws; nothing",
  ]);
  assert.ok(
    issues("--aws", at("aws.yaml"), ...policy).some((issue) => issue.startsWith("--aws : nothing, for --target dry-run")),
  );
});

test.run();
