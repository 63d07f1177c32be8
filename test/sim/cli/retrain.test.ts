import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { done, json, prae, refusal, short, testFolder } from "../../support/prae.ts";

/** A model is promoted; then its users work to another rhythm. */
const folder = testFolder("retrain");
const at = (...names: string[]) => join(folder, ...names);
const registry = at("registry");
const gates = (name: string, metric: string, betterBy: number) => {
  writeFileSync(
    at(name),
    `sla: [{ metric: sla_violations, noWorseBy: 0 }]\ncost: [{ metric: ${metric}, betterBy: ${betterBy} }]\n`,
  );
  return ["--registry", registry, "--gates", at(name)];
};
const cheaper = gates("cheaper.yaml", "cost", 0);
const faster = gates("faster.yaml", "start_latency_ms_mean", 0);
const hopeless = gates("hopeless.yaml", "cost", 0.9);

/** Two users, in turn one request every `everyMs`. */
function importTables(name: string, seconds: number, everyMs: number, workMs: number): string {
  const tables = at(`${name}-tables`);
  mkdirSync(tables);
  const rows = Array.from({ length: (seconds * 1000) / everyMs }, (_, i) => {
    const user = i % 2 === 0 ? "ann" : "bob";
    return `r${i},${user},notebook,${i * everyMs},${workMs}`;
  });
  writeFileSync(join(tables, "requests.csv"), `request_id,user_id,app_id,submit_ms,run_ms\n${rows.join("\n")}\n`);
  writeFileSync(join(tables, "apps.csv"), "app_id,cold_start_ms,cpu_millis,memory_mib,shared\nnotebook,100,500,1024,false\n");
  done(["import", "canonical", tables, "--out", at(name)]);
  return at(name);
}

const before = importTables("before", 360, 3000, 2000);
const after = importTables("after", 480, 5000, 1000);
const shape = ["--target", "concurrency", "--step", "1s", "--horizon", "5s", "--look-back", "20s", "--epochs", "2"];
const training = ["train", "--model", "nlinear", "--trace", before, ...shape, "--train-until", "4m", "--registry", registry];
const model = json(training).id as string;
writeFileSync(
  at("ahead.yaml"),
  `feed: { model: ${model}, every: 1s, step: 1s, targets: [concurrency], latency: 100ms }
warm: { strategy: forecast, level: 0.9, floor: 2s }
`,
);
const before4m = ["--incumbent", "keep-alive:ttl=1m", "--traces", before, "--evaluate-from", "4m", ...cheaper];
json(["promote", "--candidate", at("ahead.yaml"), ...before4m, "--store", at("store")]);
json(["simulate", "--trace", after, "--policy", "keep-alive:ttl=1m", "--out", at("state")]);
const asked = ["retrain", "--state", at("state"), "--held-out", "2m", "--store", at("store")];

test("from a run's journal a model of the same kind is trained, held against the old one, and promoted by the same gates", () => {
  const said = json([...asked, "--epochs", "8", ...faster]);
  assert.equal([said.promoted, said.sequence], [true, 2]);
  const { made, old, ratio } = said.backtest;
  assert.is(old.id, model);
  assert.not.equal(made.id, model);
  assert.ok(ratio < 1, `the new rhythm is known: ${JSON.stringify(said.backtest)}`);
  assert.equal(
    said.models.map(({ digest, trained }: { digest: string; trained: boolean }) => [digest, trained]),
    [[made.id, true]],
  );
  assert.equal([said.policy.document.feed.model, said.incumbent.document.feed.model], [made.id, model]);
  assert.match(said.policy.text, /ahead\.yaml, retrained: [0-9a-f]+$/);
  const [{ candidate, incumbent, window, trace }] = said.evidence;
  assert.is(candidate.metrics.cold_starts, 0, "it starts ahead");
  assert.ok(incumbent.metrics.cold_starts > 10, "the old one does not know when");
  assert.is(said.history.heldOutMs, window.fromMs);
  assert.is(json(["describe", said.history.path]).manifest.digest, trace.digest);
  const kept = json(["models", "show", made.id, "--registry", registry]);
  const was = json(["models", "show", model, "--registry", registry]);
  assert.equal(kept.card.features, was.card.features);
  assert.ok(kept.card.split.validationEndMs <= said.history.heldOutMs, "it has seen nothing of what is held out");
});

test("where the gates are not passed the old model stays, nothing is kept, and the exit code is 5", () => {
  const traces = readdirSync(at("state", "retrain"));
  const { status, stdout, stderr } = prae([...asked, "--epochs", "1", "--seed", "2", ...hopeless]);
  assert.is(status, 5, stderr);
  assert.match(stdout, /^Forecasts held out, \d+ origins: sql /);
  assert.match(stdout, "Nothing was written.");
  assert.equal(readdirSync(at("state", "retrain")), traces);
  assert.is(json(["policies", "list", "--store", at("store")]).history.length, 2);
});

test("nothing in force, no trained model, or too little history: refused before any training", () => {
  const refused = (...more: string[]) => refusal(["retrain", ...more, "--registry", registry]).map((issue) => short(issue));
  const store = ["--store", at("store")];
  assert.equal(refused("--trace", after, "--store", at("nobody")), ["--store found none is in force"]);
  assert.not.ok(existsSync(at("nobody")));
  assert.equal(refused(...store), ["prae retrain found neither"]);
  assert.equal(refused("--trace", after, "--held-out", "3h", ...store), ['--held-out found "3h"']);
  assert.equal(refused("--trace", after, "--held-out", "never", ...store), ['--held-out found "never"']);
  assert.match(refused("--trace", after, "--held-out", "470s", ...store).join(), /^--held-out found \d+$/);
  assert.match(refused("--state", at("nowhere"), ...store).join(), /found none there$/);
  json(["promote", "--candidate", "keep-alive:ttl=1s", ...before4m, "--store", at("plain")]);
  assert.match(refused("--trace", after, "--store", at("plain")).join(), /which forecasts with none$/);
});

test.run();
