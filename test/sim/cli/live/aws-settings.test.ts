import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { refusal, testFolder } from "../../../support/prae.ts";

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

const issues = (...more: string[]) =>
  refusal(["live", "--fleet", at("fleet.yaml"), "--policy", "keep-alive", "--state", at("state"), ...more]).map(
    ({ where, path = "", expected, found }) => `${where.replace(`${folder}/`, "")} ${path}: ${expected}; ${found}`,
  );

test("a fleet and a document that do not belong together are refused before anything is asked of AWS", () => {
  assert.equal(issues("--target", "aws", "--aws", at("aws.yaml"), "--unpromoted"), [
    "aws.yaml apps: the app notebook of the fleet with a type in which its shape fits; none",
    "aws.yaml apps: the app shell of the fleet; nothing",
    "fleet.yaml pools[0]: the pool own unlimited, or with a group in aws.yaml; both".replace("aws.yaml", at("aws.yaml")),
    "fleet.yaml pools[1]: no nodes: AWS says which there are; 2",
    "fleet.yaml pools[2]: the pool neither unlimited, or with a group in aws.yaml; neither".replace("aws.yaml", at("aws.yaml")),
  ]);
  assert.is(existsSync(at("state")), false);
});

test("acting on the world has to be said, and by what", () => {
  assert.equal(issues("--target", "aws"), [
    "--policy : --promotion with --target aws, or --unpromoted with it; neither",
    "--aws : a YAML file, for --target aws; nothing",
  ]);
  assert.ok(issues("--aws", at("aws.yaml")).some((issue) => issue.startsWith("--aws : nothing, for --target dry-run")));
});

test.run();
