import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openStore } from "../../../allocator/live/store/open-store.ts";
import { makeSigningKey, readTrustedKeys, trustKey } from "../../../allocator/promotion/keys.ts";
import { PromotionStore } from "../../../allocator/promotion/promotion-store.ts";
import { Registry } from "../../../models/registry/registry.ts";
import { liveProcess, writeFleet } from "../../support/live-process.ts";
import { contents, done, json, refusal, short, testFolder } from "../../support/prae.ts";
import { examplePromotion } from "../../support/promotion.ts";
import { until } from "../../support/server-process.ts";
import { SMALL_CARD, SMALL_MODEL } from "../../support/trained-model.ts";

const folder = testFolder("shared-store");
const here = { promotions: join(folder, "here"), registry: join(folder, "models") };
const there = { promotions: join(folder, "there"), registry: join(folder, "models-there") };
const flags = ({ promotions, registry }: typeof here) => ["--promotions", promotions, "--registry", registry];

const promotions = new PromotionStore(here.promotions);
const key = makeSigningKey(promotions.keyPath);
trustKey(promotions.trustedFolder, key);
const at = "2026-11-29T08:00:00.000Z";
const promotion = promotions.put(examplePromotion(), key);
promotions.activate(
  { promotion, action: "promote", by: "ana", at, reason: null },
  key,
  readTrustedKeys(promotions.trustedFolder),
);
const model = await new Registry(here.registry).put(SMALL_MODEL, SMALL_CARD);

test("promotions, what is in force and models go to a store and from it, byte for byte, each once", async () => {
  const address = join(folder, "shared.duckdb");
  const all = { model: [model], promotion: [promotion], activation: ["000001"] };
  assert.equal(json(["share", "push", address, ...flags(here)]).push, all);
  assert.equal(json(["share", "push", address, ...flags(here)]).push, { model: [], promotion: [], activation: [] });
  assert.equal(json(["share", "list", address]).documents, all);
  assert.match(done(["share", "list", address]), /shared\.duckdb: 1 promotion, 1 activation, 1 model$/m);
  assert.equal(json(["share", "pull", address, ...flags(there)]).pull, all);
  assert.equal(contents(there.registry), contents(here.registry));
  cpSync(promotions.trustedFolder, join(there.promotions, "trusted"), { recursive: true });
  const verified = json(["policies", "list", "--store", there.promotions]);
  assert.is(verified.active, promotion);
  assert.equal(verified.problems, []);
});

test("histories that went apart are refused, and nothing is copied", () => {
  const address = join(folder, "apart.duckdb");
  done(["share", "push", address, ...flags(here)]);
  const other = { promotions: join(folder, "other"), registry: join(folder, "none") };
  cpSync(here.promotions, other.promotions, { recursive: true });
  const entry = join(other.promotions, "history", "000001.json");
  writeFileSync(entry, `${readFileSync(entry, "utf8")} `);
  mkdirSync(join(other.promotions, "promotions"), { recursive: true });
  const before = contents(other.promotions);
  for (const action of ["push", "pull"]) {
    const [issue] = refusal(["share", action, address, ...flags(other)]);
    assert.match(short(issue!), /000001\.json found something else/);
  }
  assert.equal(contents(other.promotions), before);
});

test("an address that is no store is refused in words", () => {
  assert.match(short(refusal(["share", "list", join(folder, "no", "where.duckdb")])[0]!), /^address found .*where\.duckdb/);
  const fleet = join(folder, "fleet.yaml");
  writeFleet(fleet, ["alice"]);
  const args = ["live", "--fleet", fleet, "--policy", "keep-alive", "--state", join(folder, "never"), "--listen", "127.0.0.1:0"];
  assert.match(short(refusal([...args, "--database", "postgres://127.0.0.1:1/prae"])[0]!), /^--database found .*ECONNREFUSED/);
});

test("a live run keeps profiles and usage in a file, from where it was before, whatever state it began in", async () => {
  const fleet = join(folder, "fleet.yaml");
  writeFleet(fleet, ["alice"]);
  const tokens = join(folder, "tokens.yaml");
  const bearer = json(["tokens", "add", tokens, "--name", "test", "--scopes", "usage"]).token as string;
  const [state, address] = [join(folder, "state"), join(folder, "live.duckdb")];
  const usual = ["--fleet", fleet, "--policy", "keep-alive", "--state", state, "--tokens", tokens];
  for (const [i, args] of [usual, [...usual, "--database", address], [...usual, "--database", address]].entries()) {
    const live = await liveProcess(args, bearer);
    const observations = [{ user: "alice", used: { cpuMillis: i + 1 }, windowMs: 60_000 }];
    assert.is((await live.send("POST", "/v1/usage", { observations })).status, 202);
    live.child.kill("SIGTERM");
    assert.is((await live.exit).status, 0);
  }
  const store = await openStore(address);
  const run = readFileSync(join(state, "store-run"), "utf8").trim();
  await until("stored", async () => (await store.events(run)) > 0);
  assert.equal(
    (await store.usage(run, { fromMs: 0, toMs: 2 ** 50 })).map(({ user, used }) => [user, used.cpuMillis]),
    [
      ["alice", 1],
      ["alice", 2],
      ["alice", 3],
    ],
  );
  assert.equal(
    (await store.profiles(run)).map(({ user, tier }) => [user, tier]),
    [["alice", "standard"]],
  );
  await store.close();
});

test.run();
