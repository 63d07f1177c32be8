import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyFromText } from "../../../../allocator/policy-text.ts";
import { digestOf } from "../../../../allocator/promotion/canonical-json.ts";
import { makeSigningKey, readSigningKey, trustKey } from "../../../../allocator/promotion/keys.ts";
import type { PromotedModel } from "../../../../allocator/promotion/promotion.ts";
import { readLivePolicy } from "../../../../sim/cli/live/promoted-policy.ts";
import type { LiveArguments } from "../../../../sim/cli/live.ts";
import { liveProcess, writeFleet } from "../../../support/live-process.ts";
import { json, refusal, short, testFolder } from "../../../support/prae.ts";
import { examplePromotion, storeWith } from "../../../support/promotion.ts";

const folder = testFolder("live-promotion");
const fleet = join(folder, "fleet.yaml");
const tokens = join(folder, "tokens.yaml");
writeFleet(fleet, ["ann"]);
const bearer = json(["tokens", "add", tokens, "--name", "hub", "--scopes", "request,read"]).token as string;
const { store, id } = storeWith(join(folder, "store"), examplePromotion("keep-alive:ttl=5m"));
const key = readSigningKey(store.keyPath);
const of = (state: string, ...policy: string[]) => ["--fleet", fleet, ...policy, "--state", join(folder, state)];
const PROMOTED = ["--promotion", "active", "--store", store.folder];

test("a live run of what is in force says which promotion it is of, and its journal has that policy", async () => {
  const run = await liveProcess([...of("run", ...PROMOTED), "--tokens", tokens], bearer);
  assert.is(run.promotion, id);
  assert.is((await run.send("PUT", "/v1/requests/r1", { user: "ann", app: "notebook" })).status, 200);
  run.child.kill("SIGTERM");
  assert.is((await run.exit).status, 0);
  assert.ok(json(["replay", join(folder, "run")]).same);
  const journal = json(["journal", "cat", join(folder, "run"), "--kind", "policy_activated"]);
  assert.is(JSON.stringify(journal).includes('"ttlMs":300000'), true, JSON.stringify(journal));
});

test("a budget of whoever runs it bounds the promoted policy, and is in the journal; one that bounds nothing is refused", async () => {
  const budget = join(folder, "budget.yaml");
  writeFileSync(budget, "held: { cpuMillis: 1000 }\nperDay: 3\n");
  const args = [...of("budget", ...PROMOTED), "--tokens", tokens, "--budget", budget];
  assert.equal(refusal(["live", ...args]).map(short), [`${budget} budget.prices found nothing`]);
  writeFileSync(budget, "held: { cpuMillis: 1000 }\n");
  const run = await liveProcess(args, bearer);
  assert.match(await (await run.send("GET", "/metrics")).text(), /^prae_held_cost\{per="day"\} 0$/m);
  run.child.kill("SIGTERM");
  assert.is((await run.exit).status, 0);
  const journal = JSON.stringify(json(["journal", "cat", join(folder, "budget"), "--kind", "policy_activated"]));
  assert.match(journal, '"budget":{"most":{"cpuMillis":1000}}');
});

test("a promotion that was changed, by one digit, is refused, and nothing is made", () => {
  const path = store.path(id);
  const text = readFileSync(path, "utf8");
  try {
    writeFileSync(path, text.replace('"ttlMs":300000', '"ttlMs":300001'));
    for (const which of ["active", id.slice(0, 8)]) {
      const [issue, ...more] = refusal(["live", ...of("none", "--promotion", which, "--store", store.folder)]);
      assert.equal([issue!.where, issue!.path, more], [path, "signature.value", []]);
    }
  } finally {
    writeFileSync(path, text);
  }
  assert.not.ok(existsSync(join(folder, "none")));
});

test("one that is signed by a key that is not trusted, or that is not there", () => {
  const trust = join(folder, "trust");
  trustKey(trust, makeSigningKey(join(folder, "other.pem")));
  assert.is(refusal(["live", ...of("none", ...PROMOTED, "--trust", trust)])[0]!.path, "signature.key");
  const empty = ["--store", join(folder, "nowhere")];
  assert.equal(refusal(["live", ...of("none", "--promotion", "active", ...empty)]).map(short), ["--promotion found none"]);
  assert.equal(refusal(["live", ...of("none", "--promotion", "ffff", ...empty)]).map(short), ['--promotion found "ffff"']);
});

test("either a promotion or a policy", () => {
  assert.equal(refusal(["live", ...of("none")]).map(short), ["prae live found neither"]);
  assert.equal(refusal(["live", ...of("none", "--policy", "reactive", ...PROMOTED)]).map(short), ["prae live found both"]);
  const stray = ["--policy", "reactive", "--store", store.folder];
  assert.equal(refusal(["live", ...of("none", ...stray)]).map(short), ["--store found --policy"]);
});

test("whoever acts on more than a dry run needs a promotion", () => {
  const issues = refusal(["live", ...of("none", "--policy", "reactive", "--target", "kubernetes")]);
  assert.match(issues.find(({ where }) => where === "--policy")!.expected, "--promotion with --target kubernetes");
});

/** Of a policy by forecasts, promoted with these models. */
async function withModels(models: readonly PromotedModel[]): Promise<string | undefined> {
  const document = policyFromText("nlinear");
  const policy = { text: "nlinear", document, digest: digestOf(document) };
  const promotion = store.put({ ...examplePromotion(), policy, models }, key);
  const args = { promotion, store: store.folder } as unknown as LiveArguments;
  const chosen = await readLivePolicy(args);
  assert.is(chosen.promotion, promotion);
  return chosen.policy.feed?.model;
}

test("the model is the very one that was promoted, however the feed named it; not another of its kind", async () => {
  const [model] = examplePromotion().models as [PromotedModel];
  assert.is(await withModels([model]), model.digest);
  for (const models of [[{ ...model, trained: false }], [model, { ...model, target: "arrival", digest: "00".repeat(32) }]]) {
    try {
      await withModels(models);
      assert.unreachable();
    } catch (error) {
      assert.match((error as Error).message, "--promotion models: expected one trained model");
    }
  }
});

test.run();
