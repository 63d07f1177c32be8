import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readTrustedKeys } from "../../../allocator/promotion/keys.ts";
import { PromotionStore } from "../../../allocator/promotion/promotion-store.ts";
import { contents, done, json, prae, refusal, short, testFolder, writeTables } from "../../support/prae.ts";

/** The gate from end to end: a candidate that wins, one that breaks service levels, and what is no question at all. */
const folder = testFolder("promote");
const at = (...names: string[]) => join(folder, ...names);
const trace = at("trace");
done(["synth", "--out", trace, "--users", "30", "--days", "10", "--seed", "3"]);
const held = ["--traces", trace, "--evaluate-from", "4d"];
/** It holds half of what its incumbent does, and the same requests wait. */
const WINNER = "reactive:margin=1";
const LOSER = "reactive:margin=2";
const winning = ["promote", "--candidate", WINNER, "--incumbent", LOSER, ...held];

test("a candidate that wins is signed, kept and in force; the evidence says on what, by digest", () => {
  const store = at("won");
  const outcome = json([...winning, "--store", store, "--by", "ana", "--note", "cheaper"]);
  assert.is(outcome.promoted, true);
  assert.is(outcome.sequence, 1);
  const opened = new PromotionStore(store).active(readTrustedKeys(join(store, "trusted")))!;
  assert.is(opened.id, outcome.id);
  const { policy, incumbent, evidence, made, models } = opened.body;
  assert.equal([policy.text, incumbent.text, made.by, made.note], [WINNER, LOSER, "ana", "cheaper"]);
  assert.equal(models, []);
  const [one, ...more] = evidence;
  assert.equal(more, []);
  assert.is(one!.trace.digest, json(["describe", trace]).manifest.digest);
  assert.is(one!.trace.synthetic, true);
  const { runs } = json(["compare", "--trace", trace, "--evaluate-from", "4d", "--policies", `${WINNER},${LOSER}`]);
  for (const [index, run] of [one!.candidate, one!.incumbent].entries()) {
    assert.is(run.journal, runs[index].journalDigest);
    assert.is(run.metrics["cost"], runs[index].metrics.cost);
  }
  assert.ok(one!.results.every(({ passed }) => passed));
  assert.equal([...new Set(one!.results.map(({ stage }) => stage))], ["sla", "waste", "cost", "churn"]);
  assert.is(one!.method.intervals, one!.results.length);
  assert.ok(Math.abs(one!.method.level - (1 - 0.05 / one!.results.length)) < 1e-12);
  assert.is(statSync(join(store, "signing-key.pem")).mode & 0o777, 0o600);
});

test("one that breaks service levels is refused: exit code 5, a reason a gate, and nothing is written", () => {
  const store = at("lost");
  const args = ["promote", "--candidate", "keep-alive:ttl=0s", "--incumbent", "keep-alive:ttl=1h", ...held, "--store", store];
  const { status, stdout, stderr } = prae([...args, "--json"]);
  assert.is(status, 5, stderr);
  const outcome = JSON.parse(stdout);
  assert.equal([outcome.promoted, outcome.id, outcome.vetoed], [false, null, true]);
  const failed = outcome.evidence[0].results.filter(({ passed }: { passed: boolean }) => !passed);
  assert.is(failed[0].stage, "sla");
  for (const { reason, interval, candidate, incumbent, excess } of failed) {
    assert.match(reason, /^it (has to be|is) (at most|below) /);
    assert.ok(interval[0] <= candidate - incumbent && candidate - incumbent <= interval[1]);
    assert.ok(excess >= 0);
  }
  const words = prae(args);
  assert.is(words.status, 5);
  assert.match(
    words.stdout,
    /^Refused: “keep-alive:ttl=0s” against “keep-alive:ttl=1h” fails \d of \d gates, \d of them of service levels/,
  );
  assert.match(words.stdout, "Nothing was written.");
  assert.not.ok(existsSync(store));
});

test("what cannot be shown does not pass: a tier that is not there, a metric that does not apply", () => {
  writeFileSync(
    at("absent.yaml"),
    "sla: [{ metric: sla_violations, tier: gold, noWorseBy: 1 }, { metric: shortage_hours, noWorseBy: 1 }]\ncost: [{ metric: cost, betterBy: 0 }]\n",
  );
  const { status, stdout } = prae([...winning, "--gates", at("absent.yaml"), "--store", at("absent"), "--json"]);
  assert.is(status, 5);
  const [tier, metric, cost] = JSON.parse(stdout).evidence[0].results;
  assert.match(tier.reason, 'this trace has no tier "gold"');
  assert.is(metric.reason, "nothing can be shown of it: it does not apply to this trace");
  assert.equal([metric.interval, metric.passed], [null, false]);
  assert.is(cost.passed, true);
});

test("the gates have to be passed on every trace, and the correction is for all of them", () => {
  const second = at("second");
  done(["synth", "--out", second, "--users", "30", "--days", "8", "--seed", "4"]);
  const args = ["promote", "--candidate", WINNER, "--incumbent", LOSER, "--traces", trace, second];
  const { evidence } = JSON.parse(prae([...args, "--evaluate-from", "4d,3d", "--store", at("two"), "--json"]).stdout);
  assert.equal(
    evidence.map(({ window }: { window: { fromMs: number } }) => window.fromMs / 86_400_000),
    [4, 3],
  );
  const asked = evidence.flatMap(({ results }: { results: object[] }) => results).length;
  for (const { method } of evidence) assert.is(method.intervals, asked);
});

test("without --incumbent it is what is in force", () => {
  const [issue] = refusal(["promote", "--candidate", WINNER, ...held, "--store", at("nobody")]);
  assert.is(short(issue!), "--incumbent found nothing");
  const outcome = JSON.parse(
    prae(["promote", "--candidate", "keep-alive", ...held, "--gates", at("absent.yaml"), "--store", at("won"), "--json"]).stdout,
  );
  assert.equal([outcome.incumbent.text, outcome.promoted], [WINNER, false]);
});

/** The flags beside the candidate, and what is said to them. */
const REFUSED: readonly (readonly [args: string[], ...issues: string[]])[] = [
  [["--candidate", "clairvoyant"], "--candidate found clairvoyant, which knows the trace's own future"],
  [["--candidate", "static-peak:oracle=on"], "--candidate found static-peak:oracle=on, which knows the trace's own future"],
  [["--incumbent", "clairvoyant"], "--incumbent found clairvoyant, which knows the trace's own future"],
  [["--candidate", LOSER], "--candidate found the same"],
  [["--candidate", "keep-alive,reactive"], "--candidate found 2"],
  [["--evaluate-from", "0s"], `--evaluate-from ${trace} found its start`],
  [["--evaluate-from", "30d"], '--evaluate-from found "30d"'],
  [["--evaluate-from", "4d,5d"], "--evaluate-from found 2 of 1 traces"],
  [["--traces", trace, `${trace}/.`], `--traces found ${trace}/. again`],
  [["--candidate", "crane-dsp"], "--candidate crane-dsp found crane-dsp"],
];

for (const [changed, ...issues] of REFUSED) {
  test(`refused: ${changed.slice(0, 2).join(" ").replaceAll(folder, "")}`, () => {
    const options = new Map([
      ["--candidate", [WINNER]],
      ["--incumbent", [LOSER]],
      ["--traces", [trace]],
      ["--evaluate-from", ["4d"]],
      [changed[0]!, changed.slice(1)],
    ]);
    const args = [...options].flatMap(([flag, values]) => [flag, ...values]);
    assert.equal(refusal(["promote", ...args, "--store", at("never")]).map(short), issues);
    assert.not.ok(existsSync(at("never")));
  });
}

test("a key that is not trusted, or that others may read, is refused before the work", () => {
  const before = contents(at("won"));
  done(["policies", "keygen", "--key", at("stranger.pem"), "--store", at("elsewhere")]);
  const [issue] = refusal([...winning, "--store", at("won"), "--key", at("stranger.pem")]);
  assert.equal([issue!.where, issue!.hint?.includes("prae policies keygen --key")], ["--key", true]);
  assert.equal(contents(at("won")), before);
});

test("a network that each trace would train anew is refused: of several models none could be promoted", () => {
  const args = ["promote", "--candidate", "nlinear", "--incumbent", LOSER, "--traces", trace, at("second")];
  const [issue, ...more] = refusal([...args, "--evaluate-from", "4d", "--store", at("never")]);
  assert.equal([issue!.where, issue!.found, more], ["--candidate", "nlinear", []]);
});

test("a model that saw another copy of the trace beyond where the evaluation begins is refused, by the trace's name", () => {
  const tables = writeTables(at("tables"));
  const copies = ["20000000", "21600000"].map((end) => {
    const out = at(`copy-${end}`);
    done(["import", "canonical", tables, "--name", "platform", "--window", `0,${end}`, "--out", out]);
    return out;
  }) as [string, string];
  const shape = ["--target", "concurrency", "--step", "1m", "--horizon", "5m", "--look-back", "20m", "--epochs", "1"];
  const registry = ["--registry", at("registry")];
  const { id } = json(["train", "--model", "nlinear", "--trace", copies[0], ...shape, "--train-until", "5h", ...registry]);
  writeFileSync(
    at("ahead.yaml"),
    `feed: { model: ${id}, every: 1m, step: 1m, targets: [concurrency] }\nwarm: { strategy: forecast, level: 0.9 }\n`,
  );
  const args = ["promote", "--candidate", at("ahead.yaml"), "--incumbent", "keep-alive", "--traces", copies[1], ...registry];
  const [issue, ...more] = refusal([...args, "--evaluate-from", "4h", "--store", at("never")]);
  assert.equal([issue!.path, more], ["feed.model", []]);
  assert.match(issue!.expected, "a model that has seen platform until 14400000 ms at most");
  assert.not.ok(existsSync(at("never")));
  // Held out from where it had seen nothing yet, it is measured.
  assert.ok([0, 5].includes(prae([...args, "--evaluate-from", "5h", "--store", at("later")]).status as number));
});

test("the promotion is one line of canonical JSON, and the key is not in it", () => {
  const [name, ...others] = readdirSync(at("won", "promotions"));
  assert.equal(others, []);
  const text = readFileSync(at("won", "promotions", name!), "utf8");
  assert.is(text.split("\n").length, 2);
  const secret = readFileSync(at("won", "signing-key.pem"), "utf8").split("\n")[1]!;
  assert.not.ok(text.includes(secret));
});

test.run();
