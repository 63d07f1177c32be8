import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writeTrace } from "../../../../datasets/store.ts";
import { done, type FoundIssue, json, prae, refusal, testFolder, writeTables } from "../../../support/prae.ts";
import { workingDays } from "../../../support/usage-trace.ts";

/** `--fork` and `--at` of the verbs: several policies from one state, and what is refused. */
const folder = testFolder("fork-verbs");
const at = (name: string) => `${folder}/${name}`;
done(["import", "canonical", writeTables(at("tables")), "--window", "0,21600000", "--out", at("trace")]);
await writeTrace(workingDays(), at("usage"), { replace: false });

function simulate(out: string, ...args: string[]): { readonly id: string; readonly journalDigest: string } {
  return json(["simulate", "--trace", at("trace"), ...args, "--out", at(out), "--force"]).run;
}

test("several policies go on from one state, side by side; without one, the run's own", () => {
  const run = simulate("run", "--policy", "keep-alive");
  const args = ["compare", "--trace", at("trace"), "--fork", at("run"), "--at", "3h"];
  const own = json(args);
  assert.equal(
    own.runs.map(({ policy, journalDigest }: { policy: string; journalDigest: string }) => [policy, journalDigest]),
    [["keep-alive", run.journalDigest]],
  );
  const several = json([...args, "--policies", "keep-alive,keep-alive:ttl=1m,reactive", "--out", at("page.html")]);
  assert.is(several.runs[0].journalDigest, run.journalDigest);
  assert.is(new Set(several.runs.map(({ journalDigest }: { journalDigest: string }) => journalDigest)).size, 3);
  assert.match(readFileSync(at("page.html"), "utf8"), `what if from 3h of run ${run.id} (keep-alive)`);
  const set = json([...args, "--set", "policy.warm.ttl=1m"]);
  assert.is(set.runs[0].journalDigest, several.runs[1].journalDigest);
});

test("what cannot be forked is refused, with the reason", () => {
  simulate("run", "--policy", "keep-alive");
  simulate("child", "--fork", at("run"), "--at", "03:00");
  const found = (...args: string[]) =>
    refusal(["simulate", "--out", at("no"), ...args]).map(({ where, path, expected }) => `${where} ${path ?? ""}: ${expected}`);
  const of = ["--trace", at("trace"), "--fork", at("run"), "--at", "3h"];
  assert.match(found("--trace", at("trace"), "--fork", at("run")).join(), "--at");
  assert.match(found("--trace", at("trace"), "--at", "3h", "--policy", "keep-alive").join(), "--fork");
  for (const time of ["0s", "7h", "soon"]) {
    const [issue] = found("--trace", at("trace"), "--fork", at("run"), "--at", time);
    assert.match(issue!, "--at : a duration after the trace's start");
  }
  assert.match(found("--trace", at("trace"), "--fork", at("nothing"), "--at", "3h").join(), "--fork : the folder of a run");
  assert.match(found("--trace", at("trace"), "--fork", at("child"), "--at", "4h").join(), "a run from the start of its trace");
  assert.match(found(...of, "--cluster", "unlimited").join(), "--cluster : the cluster of the run");
  assert.match(found("--trace", at("usage"), "--fork", at("run"), "--at", "3h").join(), "--trace : the trace of the run");
  assert.equal(
    found(...of, "--limit", "none", "--set", "cluster.nodes=1", "--what-if", "x=1").map((text) => text.split(":")[0]),
    ["--what-if x=1", "--limit ", "--set cluster.nodes=1"],
  );
  assert.match(found(...of, "--what-if", "demand=2@2h").join(), "not before the fork");
  assert.is(prae(["describe", at("no")]).status, 2);
});

test("a journal that says something else than the run did is found out", () => {
  simulate("run", "--policy", "keep-alive");
  simulate("liar", "--policy", "keep-alive:ttl=1m");
  cpSync(at("liar/journal.prae.gz"), at("run/journal.prae.gz"));
  const args = ["simulate", "--trace", at("trace"), "--fork", at("run"), "--at", "3h", "--out", at("no")];
  const [issue] = refusal(args) as [FoundIssue];
  assert.is(issue.where, "--fork");
  assert.match(issue.expected, /^\d+ events, \d+ decisions, digest [0-9a-f]{64}$/);
  assert.is.not(issue.found, issue.expected);
  writeFileSync(at("run/journal.prae.gz"), readFileSync(at("run/journal.prae.gz")).subarray(0, 900));
  assert.match((refusal(args) as [FoundIssue])[0].where, "journal.prae.gz");
});

test.run();
