import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { JournalReader } from "../../../../allocator/journal/reader.ts";
import { writeTrace } from "../../../../datasets/store.ts";
import { StoredForecastSet, writeForecastSet } from "../../../../models/forecast-store.ts";
import { withForecasts } from "../../../../sim/cli/forecasts/with-forecasts.ts";
import { readPolicies } from "../../../../sim/cli/inputs.ts";
import { replayJournal } from "../../../../sim/cli/journal-replay.ts";
import { PolicyRunner } from "../../../../sim/cli/run-policy.ts";
import { readScenario } from "../../../../sim/cli/scenario.ts";
import { ofRun } from "../../../../sim/cli/what-if/forked-scenario.ts";
import { done, type FoundIssue, json, refusal, testFolder, writeTables } from "../../../support/prae.ts";
import { workingDays } from "../../../support/usage-trace.ts";

/** `--fork` and `--at`: a run that goes on otherwise. */
const folder = testFolder("fork");
const at = (name: string) => `${folder}/${name}`;
done(["import", "canonical", writeTables(at("tables")), "--window", "0,21600000", "--out", at("trace")]);
await writeTrace(workingDays(), at("usage"), { replace: false });
const FORK_MS = 3 * 3_600_000;

interface Kept {
  readonly id: string;
  readonly digest: string;
  readonly metrics: Readonly<Record<string, number>>;
}

function simulate(out: string, ...args: string[]): Kept {
  const trace = args.includes("--trace") ? [] : ["--trace", at("trace")];
  const { run } = json(["simulate", ...trace, ...args, "--out", at(out), "--force"]);
  return { id: run.id, digest: run.journalDigest, metrics: run.metrics };
}

interface Otherwise {
  readonly trace?: string;
  readonly at?: string;
  readonly policy?: string;
  readonly whatIf?: readonly string[];
  readonly seed?: number;
  readonly evaluateFrom?: string;
}

/** What `prae simulate --fork` does, without a process of its own. */
async function fork(run: string, out: string, otherwise: Otherwise = {}): Promise<Kept> {
  const read = await readScenario({
    trace: at(otherwise.trace ?? "trace"),
    fork: at(run),
    at: otherwise.at ?? "03:00",
    seed: otherwise.seed ?? 1,
    whatIf: otherwise.whatIf,
    evaluateFrom: otherwise.evaluateFrom,
    ...{ cluster: undefined, prices: undefined, limit: undefined, grace: undefined, set: undefined },
  });
  const policies = otherwise.policy === undefined ? ofRun(read, undefined) : await readPolicies(otherwise.policy);
  const runner = new PolicyRunner(await withForecasts(read, policies, at("registry")));
  rmSync(at(out), { recursive: true, force: true });
  mkdirSync(at(out));
  const { record, forecastSets } = await runner.run(policies[0]!, `${at(out)}/journal.prae.gz`, () => undefined);
  mkdirSync(`${at(out)}/forecasts`);
  for (const set of forecastSets) {
    const path = `${at(out)}/forecasts/${set.digest}.arrow.gz`;
    if (set instanceof StoredForecastSet) cpSync(set.path, path);
    else await writeForecastSet(set, path);
  }
  return { id: record.id, digest: record.journal.digest, metrics: record.metrics.overall as Record<string, number> };
}

/** What a journal says of the time before the fork, a line an event; and how many lines come after. */
async function before(run: string): Promise<{ readonly lines: string[]; readonly after: number }> {
  const lines: string[] = [];
  let after = 0;
  for await (const slice of new JournalReader(`${at(run)}/journal.prae.gz`).slices()) {
    for (const step of slice) {
      if (step.event.atMs < FORK_MS) lines.push(JSON.stringify(step));
      else after += 1;
    }
  }
  return { lines, after };
}

const POLICIES: readonly (readonly string[])[] = [
  ["reactive:every=7m"],
  ["clairvoyant:reserve=on"],
  ["static-peak", "--evaluate-from", "2h"],
  ["predictive:model=holt-winters,every=10m", "--evaluate-from", "150m", "--registry", at("registry")],
];

test("a fork with no change is the run itself; with one, nothing differs before it", async () => {
  for (const [policy, ...rest] of POLICIES) {
    const run = simulate("run", "--policy", policy!, ...rest);
    const same = await fork("run", "same");
    assert.is(same.digest, run.digest, policy);
    assert.is.not(same.id, run.id);
    const plain = await before("run");
    assert.ok(plain.lines.length > 100 && plain.after > 100);
    for (const otherwise of [{ whatIf: ["demand=2,users=2,start-up=3,fail=n1+1h"] }, { policy: "drf:ttl=1m" }]) {
      const other = await fork("run", "other", otherwise);
      assert.is.not(other.digest, run.digest);
      const { lines, after } = await before("other");
      assert.equal(lines, plain.lines, policy);
      assert.ok(after > 0);
      await replayJournal(`${at("other")}/journal.prae.gz`, { forecasts: undefined, from: "start", json: false });
    }
  }
});

test("a policy switched at the fork: the same as deciding by it from then on, with its ticks on the run's grid", async () => {
  simulate("run", "--policy", "keep-alive:ttl=10m");
  await fork("run", "switched", { policy: "reactive:every=7m" });
  const kinds: string[] = [];
  for await (const slice of new JournalReader(`${at("switched")}/journal.prae.gz`).slices()) {
    for (const { event } of slice) {
      if (event.kind === "policy_activated") kinds.push(`${event.atMs} ${event.policy.name}`);
      if (event.kind === "tick" && kinds.length < 4) kinds.push(`${event.atMs} tick`);
    }
  }
  const tick = (number: number) => `${number * 420_000} tick`;
  assert.equal(kinds, ["0 keep-alive", `${FORK_MS} reactive`, tick(26), tick(27)]);
  assert.match(done(["why", at("switched"), "--user", "ana", "--at", "4h"]), "ana");
});

test("it is scored from the fork on, and says so, of which run, and what is otherwise", async () => {
  const run = simulate("run", "--policy", "keep-alive");
  const forking = ["--fork", at("run"), "--at", "03:00"];
  const other = simulate("other", ...forking, "--what-if", "demand=1.5", "--set", "prices.violation.premium=1");
  const record = JSON.parse(readFileSync(at("other/run.json"), "utf8"));
  assert.equal(record.fork, { run: run.id, atMs: FORK_MS });
  assert.equal(record.whatIf, [`from 03:00 of run ${run.id} (keep-alive)`, "demand=1.5", "prices.violation.premium=1"]);
  assert.equal(record.window, { fromMs: FORK_MS, toMs: 21_600_000 });
  assert.is(record.policyText, "keep-alive");
  assert.ok(other.metrics["requests"]! > (await fork("run", "same")).metrics["requests"]!);
  assert.equal(simulate("whole", ...forking, "--evaluate-from", "0s").metrics, run.metrics);
  done(["journal", "replay", at("other")]);
});

test("a run with what-ifs of its own is made again with them", async () => {
  const otherwise = [
    "--what-if",
    "demand=1.5,users=2@2h,fail=n1@4h+30m,start-up=2@1h",
    "--set",
    "policy.warm.ttl=5m,cluster.nodes=2",
  ];
  const run = simulate("run", "--policy", "keep-alive", "--seed", "7", ...otherwise);
  assert.is((await fork("run", "same")).digest, run.digest);
  await fork("run", "more", { whatIf: ["demand=1.5,users=1.5"], seed: 7 });
  assert.equal((await before("more")).lines, (await before("run")).lines);
});

test("a trace of usage, with a limit and a forecaster", async () => {
  const usage = ["--trace", at("usage"), "--registry", at("registry")];
  const forked = (otherwise: Otherwise = {}) => fork("run", "fork", { trace: "usage", at: "7d", ...otherwise });
  const models = simulate("run", ...usage, "--policy", "predictive:model=holt-winters,every=1h,step=1h", "--evaluate-from", "5d");
  assert.is((await forked()).digest, models.digest);
  assert.is.not((await forked({ whatIf: ["demand=1.5,users=2"] })).digest, models.digest);
  const [early] = refusal(["simulate", ...usage, "--fork", at("run"), "--at", "4d", "--out", at("no")]) as [FoundIssue];
  assert.is(early.where, "--at");
  assert.match(early.expected, "up to which its models learned");
  const limited = simulate("run", ...usage, "--policy", "reactive:every=1h", "--limit", "reservation", "--grace", "0s");
  assert.is((await forked()).digest, limited.digest);
  const { metrics } = await forked({ evaluateFrom: "0s" });
  for (const name of ["cost", "sla_violations"]) assert.is(metrics[name], limited.metrics[name]);
});

test.run();
