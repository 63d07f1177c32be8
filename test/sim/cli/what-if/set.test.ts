import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { done, json, refusal, testFolder, writeTables } from "../../../support/prae.ts";

/** `--set` from the command line. */
const folder = testFolder("set");
const at = (name: string) => `${folder}/${name}`;
done(["import", "canonical", writeTables(at("tables")), "--window", "0,21600000", "--out", at("trace")]);
mkdirSync(at("usage-tables"));
const rows = Array.from({ length: 48 }, (_, hour) => `vm-${hour % 2},${(hour + 1) * 3_600_000},7200000,${500 + hour * 10},1024`);
writeFileSync(at("usage-tables/usage.csv"), `user_id,at_ms,window_ms,cpu_millis,memory_mib\n${rows.join("\n")}\n`);
done(["import", "canonical", at("usage-tables"), "--out", at("usage")]);

const compare = (policies: string, ...rest: string[]) =>
  json(["compare", "--trace", at("trace"), "--policies", policies, ...rest]);

test("a field of every policy: what it gives is what the policy written so gives", () => {
  const set = compare("keep-alive:ttl=10m,preemptive", "--set", "policy.warm.ttl=5m");
  assert.equal(set.whatIf, ["policy.warm.ttl=5m"]);
  assert.equal(
    set.runs.map(({ policy }: { policy: string }) => policy),
    ["keep-alive:ttl=10m with warm.ttl=5m", "preemptive with warm.ttl=5m"],
  );
  const written = compare("keep-alive:ttl=5m,preemptive:ttl=5m");
  for (const [index, { id, journalDigest, metrics }] of set.runs.entries()) {
    assert.equal(
      [id, journalDigest, metrics],
      [written.runs[index].id, written.runs[index].journalDigest, written.runs[index].metrics],
    );
  }
});

test("a policy of a trace of usage is set as it is there", () => {
  const of = (...rest: string[]) => json(["compare", "--trace", at("usage"), ...rest]).runs[0];
  const set = of(
    "--policies",
    "vpa",
    "--set",
    "policy.reserve.strategy=last-value,policy.reserve.margin=1.5,policy.controlEvery=1h",
  );
  const written = of("--policies", "reactive:margin=1.5,every=1h");
  assert.equal(set.metrics, written.metrics);
});

test("a field of the cluster, and of prices", () => {
  const set = compare("keep-alive", "--set", "cluster.main.nodes=1", "--set", "cluster.capacity.memoryMiB=4096");
  writeFileSync(
    at("one.yaml"),
    "pools:\n  - { name: main, nodes: 1, capacity: { cpuMillis: 4000, memoryMiB: 4096, networkKbps: 1000000 } }\n",
  );
  const written = compare("keep-alive", "--cluster", at("one.yaml"));
  assert.equal(set.runs[0].metrics, written.runs[0].metrics);
  const costly = compare("keep-alive", "--prices", "spot", "--set", "prices.violation.premium=7,prices.gpuHour=3");
  writeFileSync(at("prices.yaml"), "table: spot\nviolation: { premium: 7 }\ngpuHour: 3\n");
  assert.equal(costly.runs[0].id, compare("keep-alive", "--prices", at("prices.yaml")).runs[0].id);
  assert.ok(costly.runs[0].metrics.cost > compare("keep-alive", "--prices", "spot").runs[0].metrics.cost);
});

test("simulate and sweep take it too, beside what-ifs; a sweep keeps its runs apart", () => {
  const set = ["--set", "policy.warm.ttl=5m,cluster.nodes=2", "--what-if", "demand=1.2"];
  done(["simulate", "--trace", at("trace"), "--policy", "keep-alive", "--out", at("run"), ...set]);
  const record = JSON.parse(readFileSync(at("run/run.json"), "utf8"));
  assert.equal(record.whatIf, ["demand=1.2", "policy.warm.ttl=5m", "cluster.nodes=2"]);
  assert.is(record.cluster.nodes, 2);
  assert.is(record.policyText, "keep-alive with warm.ttl=5m");
  const sweep = (...rest: string[]) =>
    json([
      "sweep",
      "--trace",
      at("trace"),
      "--policies",
      "keep-alive:ttl={1m,10m}",
      "--out",
      at("sweep"),
      "--workers",
      "2",
      ...rest,
    ]);
  const plain = sweep();
  const small = sweep("--set", "cluster.nodes=2");
  const keys = [...plain.runs, ...small.runs].map(({ key }: { key: string }) => key);
  assert.is(new Set(keys).size, 4);
});

test("what does not fit is refused, all of it at once", () => {
  const found = (...rest: string[]) =>
    refusal(["compare", "--trace", at("trace"), "--out", at("x.html"), ...rest]).map(
      ({ where, path }) => `${where} ${path ?? ""}`,
    );
  assert.equal(found("--policies", "keep-alive,reactive", "--set", "policy.warm.ttl=soon,policy.warm.color=red"), [
    "--set keep-alive: warm.color",
    "--set keep-alive: warm.ttl",
    "--set reactive: warm.color",
    "--set reactive: warm.ttl",
  ]);
  assert.equal(found("--policies", "keep-alive:ttl=1m,keep-alive:ttl=2m", "--set", "policy.warm.ttl=5m"), ["--set "]);
  assert.equal(
    found(
      "--policies",
      "keep-alive",
      "--set",
      "nonsense",
      "--set",
      "prices.gpuHour=x",
      "--what-if",
      "nonsense=1",
      "--limit",
      "no",
    ),
    ["--limit ", "--what-if nonsense=1", "--set nonsense"],
  );
  assert.equal(found("--policies", "keep-alive", "--set", "prices.gpuHour=x"), ["--set gpuHour"]);
  assert.equal(found("--policies", "keep-alive", "--set", "prices.violation.premum=1,cluster.nodes=-1"), [
    "--set cluster.nodes=-1: main.nodes",
    "--set prices.violation.premum=1",
  ]);
});

test.run();
