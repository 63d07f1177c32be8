import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readPolicies } from "../../../../sim/cli/inputs.ts";
import { PolicyRunner } from "../../../../sim/cli/run-policy.ts";
import { readScenario } from "../../../../sim/cli/scenario.ts";
import type { RunRecord } from "../../../../sim/run-record.ts";
import { contents, done, type FoundIssue, json, prae, refusal, testFolder, writeTables } from "../../../support/prae.ts";

/** What-ifs from the command line: what they change, what is said of them, what is refused. */
const folder = testFolder("what-if");
const at = (name: string) => join(folder, name);
done(["import", "canonical", writeTables(at("tables")), "--window", "0,21600000", "--out", at("trace")]);
done(["import", "canonical", writeTables(at("bare"), { nodes: false }), "--window", "0,21600000", "--out", at("unlimited")]);

const compare = (...rest: string[]) => json(["compare", "--trace", at("trace"), "--policies", "keep-alive,reactive", ...rest]);

/** What `prae simulate --policy keep-alive` does, without a process of its own. */
async function run(whatIf: readonly string[], { seed = 1, trace = "trace", faults = "" } = {}): Promise<RunRecord> {
  const unsaid = { cluster: undefined, evaluateFrom: undefined, prices: undefined, limit: undefined, grace: undefined };
  const scenario = await readScenario({
    trace: at(trace),
    seed,
    whatIf,
    set: undefined,
    ...unsaid,
    ...(faults === "" ? {} : { faults }),
  });
  const [policy] = await readPolicies("keep-alive");
  return (await new PolicyRunner(scenario).run(policy!, null, () => undefined)).record;
}

test("each changes what it is about, and is a run of its own, the same twice", async () => {
  const plain = await run([]);
  assert.is(plain.whatIf, undefined);
  const digests = new Set([plain.journal.digest]);
  const ids = new Set([plain.id]);
  for (const whatIf of [
    "demand=1.5",
    "users=2",
    "burst=web@3h+1h×3",
    "start-up=4",
    "start-up=4@2h",
    "fail=main@3h+1h",
    "fail=67%@3h",
  ]) {
    const other = await run([whatIf]);
    assert.equal(other.whatIf, [whatIf]);
    digests.add(other.journal.digest);
    ids.add(other.id);
    const again = await run([whatIf]);
    assert.equal([again.id, again.journal, again.metrics], [other.id, other.journal, other.metrics], whatIf);
  }
  assert.equal([digests.size, ids.size], [8, 8]);
  const of = async (whatIf: string, metric: string) => (await run([whatIf])).metrics.overall[metric]!;
  const { requests, start_latency_ms_max: slowest, unfinished } = plain.metrics.overall;
  assert.is(await of("users=2", "requests"), 2 * requests!);
  assert.ok((await of("start-up=4", "start_latency_ms_max")) > slowest!);
  assert.ok((await of("fail=main@3h", "unfinished")) > unfinished!);
});

test("faults are drawn by their own seed, whatever that of the run, and are part of the run", async () => {
  const faults = "seed=7,launch-failure=20%,node-loss=1/h+10m,late=5%+2s,duplicate=5%,clock-jump=1/h+1m";
  const first = await run([], { faults });
  assert.equal(first.whatIf, [`faults ${faults}`]);
  const again = await run([], { faults, seed: 9 });
  assert.is(again.journal.digest, first.journal.digest);
  const other = await run([], { faults: faults.replace("7", "8") });
  assert.is.not(other.journal.digest, first.journal.digest);
  assert.is.not(other.id, first.id);
});

test("several at once, in a list or one by one", () => {
  const list = compare("--what-if", "demand=1.5,start-up=2");
  assert.equal(list.whatIf, ["demand=1.5", "start-up=2"]);
  assert.equal(compare().whatIf, []);
  assert.equal(compare("--what-if", "demand=1.5", "--what-if", "start-up=2"), list);
});

test("the record and the report say it wherever the trace is named", () => {
  const args = ["--trace", at("trace"), "--what-if", "users=2,fail=n1@4h"];
  done(["simulate", ...args, "--policy", "keep-alive", "--out", at("run")]);
  const record = JSON.parse(readFileSync(at("run/run.json"), "utf8"));
  assert.equal(record.whatIf, ["users=2", "fail=n1@4h"]);
  assert.ok(record.assumptions.includes("what if fail=n1@4h: 1 of 3 nodes are lost with all that runs on them, for good"));
  assert.ok(record.assumptions.some((text: string) => text.startsWith("what if users=2: 8 users instead of 4")));
  done(["journal", "replay", at("run")]);
  done(["compare", ...args, "--policies", "keep-alive,reactive", "--out", at("page.html")]);
  const page = readFileSync(at("page.html"), "utf8");
  assert.match(page, '<span class="tag">what if users=2</span>');
  assert.match(page, "This is a what-if, not what was observed: users=2, fail=n1@4h.");
  assert.match(done(["simulate", ...args, "--policy", "keep-alive", "--out", at("run-2")]), "what if fail=n1@4h\n");
});

test("runs of different worlds are not laid side by side", () => {
  const runs = (name: string, ...rest: string[]) => {
    done(["compare", "--trace", at("trace"), "--policies", "keep-alive", "--runs", at(name), ...rest]);
    return join(at(name), readdirSync(at(name)).find((file) => file.endsWith(".json"))!);
  };
  const plain = runs("plain");
  const failed = runs("failed", "--what-if", "fail=n1@4h");
  const more = runs("more", "--what-if", "demand=2");
  const [issue] = refusal(["report", plain, failed, "--out", at("no.html")]) as [FoundIssue];
  assert.is(issue.path, "changes");
  assert.ok(refusal(["report", plain, more, "--out", at("no.html")]).some(({ path }) => path === "trace.digest"));
});

test("a sweep keeps worlds apart, draws anew for each seed, and finds what is there", async () => {
  const sweep = (...rest: string[]) =>
    json(["sweep", "--trace", at("trace"), "--policies", "keep-alive,reactive", "--workers", "2", "--out", at("sweep"), ...rest]);
  const plain = sweep();
  const more = sweep("--what-if", "demand=1.5", "--seeds", "1,2");
  assert.equal(more.whatIf, ["demand=1.5"]);
  assert.is(more.traces.length, 2);
  assert.is(more.seedsMatter, true);
  const failed = sweep("--what-if", "fail=n1@4h");
  const keys = [plain, more, failed].flatMap(({ runs }) => runs.map(({ key }: { key: string }) => key));
  assert.is(new Set(keys).size, 8);
  const before = contents(at("sweep/runs"));
  assert.is(Object.keys(before).filter((name) => name.endsWith(".json")).length, 8);
  assert.equal(sweep("--what-if", "demand=1.5", "--seeds", "1,2").runs, more.runs);
  assert.equal(contents(at("sweep/runs")), before);
  const alone = await run(["demand=1.5"], { seed: 2 });
  assert.ok(more.runs.some(({ id }: { id: string }) => id === alone.id));
});

test("what cannot be shown is refused with the reason, all at once, and nothing is written", () => {
  const wrong = "burst=nope@1h+1h×2,demand=1.2@9h,fail=gone,users=1.01,demand=2@5h";
  for (const verb of ["simulate", "compare", "sweep"]) {
    const policy = verb === "simulate" ? "--policy" : "--policies";
    const issues = refusal([verb, "--trace", at("trace"), policy, "keep-alive", "--out", at("not-there"), "--what-if", wrong]);
    assert.equal(
      issues.map(({ where, path, found }) => `${where} ${path} found ${found}`),
      [
        '--what-if burst=nope@1h+1h×2 found "nope"',
        '--what-if demand=1.2@9h found "9h"',
        '--what-if fail=gone found "gone"',
        "--what-if users=1.01 found 4 before and after",
      ],
    );
    assert.is(prae(["describe", at("not-there")]).status, 2);
  }
  const args = ["simulate", "--trace", at("unlimited"), "--policy", "keep-alive", "--out", at("not-there")];
  const [issue] = refusal([...args, "--what-if", "fail=50%@1h"]) as [FoundIssue];
  assert.is(issue.found, "capacity without limit, which cannot fail");
  writeFileSync(at("c.yaml"), "pools:\n  - { name: p, nodes: 4, capacity: { cpuMillis: 4000, memoryMiB: 8192 } }\n");
  done([...args.slice(0, -1), at("clustered"), "--cluster", at("c.yaml"), "--what-if", "fail=50%@1h+1h"]);
});

test.run();
