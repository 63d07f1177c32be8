import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeSigningKey, readTrustedKeys, trustKey } from "../../../allocator/promotion/keys.ts";
import { PromotionStore } from "../../../allocator/promotion/promotion-store.ts";
import { contents, done, json, refusal, short, testFolder } from "../../support/prae.ts";
import { examplePromotion } from "../../support/promotion.ts";

const folder = testFolder("policies");
const store = new PromotionStore(join(folder, "store"));
const env = { PRAE_PROMOTIONS: store.folder };
const key = makeSigningKey(store.keyPath);
trustKey(store.trustedFolder, key);
const [first, second] = ["keep-alive:ttl=5m", "keep-alive:ttl=6m"].map((candidate, minute) => {
  const promotion = store.put(examplePromotion(candidate), key);
  const at = `2026-11-29T08:0${minute}:00.000Z`;
  store.activate({ promotion, action: "promote", by: "ana", at, reason: null }, key, readTrustedKeys(store.trustedFolder));
  return promotion;
}) as [string, string];

/** A copy of the store as it began, for what changes it. */
const original = join(folder, "original");
cpSync(store.folder, original, { recursive: true });
let copies = 0;
function copy(): string {
  const path = join(folder, `copy-${copies++}`);
  cpSync(original, path, { recursive: true });
  return path;
}

test("an empty store says what makes a promotion; nothing is made by asking", () => {
  const nowhere = join(folder, "nowhere");
  const args = ["policies", "list", "--store", nowhere];
  assert.match(done(args), /^No promotions in .*nowhere\. prae promote makes one\.$/m);
  assert.equal(json(args), { store: nowhere, active: null, history: [], promotions: [], problems: [] });
  for (const action of ["show", "rollback"]) {
    assert.equal(refusal(["policies", action, "--store", nowhere]).map(short), [`prae policies ${action} found none`]);
  }
  assert.equal(json(["policies", "verify", "--store", nowhere]).verified, []);
  assert.not.ok(existsSync(nowhere));
});

test("list: the history, the latest first, and what is in force", () => {
  const lines = done(["policies", "list"], { env }).trimEnd().split("\n");
  assert.match(lines[0]!, /^ +ID +BY +POLICY +AGAINST/);
  assert.match(lines[1]!, new RegExp(`^2 +${second.slice(0, 12)} +promote +keep-alive:ttl=6m +reactive +2026-11-29 08:01 +ana$`));
  assert.match(lines[2]!, new RegExp(`^1 +${first.slice(0, 12)} `));
  assert.is(lines.at(-1), `In force: ${second}`);
  const { active, history, promotions, problems } = json(["policies", "list"], { env });
  assert.is(active, second);
  assert.equal(
    history.map(({ promotion }: { promotion: string }) => promotion),
    [first, second],
  );
  assert.equal(promotions.map(({ id }: { id: string }) => id).sort(), [first, second].sort());
  assert.equal(problems, []);
});

test("show: what is in force, or an id, with its evidence", () => {
  const document = json(["policies", "show"], { env });
  assert.equal([document.id, document.signedBy], [second, key.fingerprint]);
  const { id: _, signedBy: __, store: ___, ...body } = document;
  assert.equal(body, examplePromotion("keep-alive:ttl=6m"));
  const words = done(["policies", "show", first.slice(0, 8)], { env });
  for (const part of [
    first,
    "keep-alive:ttl=5m",
    "reactive",
    "nlinear",
    "made up",
    "pass",
    "cost lower",
    "−25",
    key.fingerprint,
  ]) {
    assert.match(words, part);
  }
});

test("diff: value by value; with one id, from what is in force", () => {
  const { from, to, differences } = json(["policies", "diff", first, second], { env });
  assert.equal([from, to], [first, second]);
  assert.equal(differences, [{ path: "policy.warm.ttlMs", from: 300_000, to: 360_000 }]);
  assert.equal(json(["policies", "diff", first], { env }).from, second);
  assert.match(done(["policies", "diff", first, second], { env }), /^policy\.warm\.ttlMs +300000 +360000$/m);
  assert.match(done(["policies", "diff", second], { env }), "They differ in nothing that decides.");
});

test("verify: every promotion and the history, or those named", () => {
  const { verified, entries } = json(["policies", "verify"], { env });
  assert.equal(entries, 2);
  assert.equal(verified.map(({ id }: { id: string }) => id).sort(), [first, second].sort());
  assert.equal(json(["policies", "verify", first.slice(0, 6)], { env }).verified, [{ id: first, signedBy: key.fingerprint }]);
  assert.match(done(["policies", "verify"], { env }), "2 entries of the history follow one another.");
});

test("damage is found, with where and what; the others are still listed", () => {
  const damaged = copy();
  const path = join(damaged, "promotions", `${first}.json`);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace('"ttlMs":300000', '"ttlMs":300001'));
  const [issue, ...more] = refusal(["policies", "verify", "--store", damaged]);
  assert.equal(more, []);
  assert.equal([issue!.where, issue!.path], [path, "signature.value"]);
  const { problems, promotions } = json(["policies", "list", "--store", damaged]);
  assert.equal([problems.length, problems[0].id, promotions.length], [1, first, 1]);
  assert.is(refusal(["policies", "rollback", "--store", damaged])[0]!.path, "signature.value");

  rmSync(path);
  assert.equal(refusal(["policies", "verify", "--store", damaged]).map(short), ["entry 1 of the history found nothing"]);
  const history = copy();
  rmSync(join(history, "history", "000001.json"));
  assert.is(refusal(["policies", "verify", "--store", history])[0]!.path, "body.sequence");
});

test("trust is a set of keys: with another folder of them nothing verifies, and nobody can roll back", () => {
  const trust = join(folder, "others");
  mkdirSync(trust);
  trustKey(trust, makeSigningKey(join(folder, "other.pem")));
  const issues = refusal(["policies", "verify", "--trust", trust], { env });
  assert.ok(issues.every(({ path }) => path === "signature.key"));
  assert.is(refusal(["policies", "show", "--trust", trust], { env })[0]!.path, "signature.key");
  const own = copy();
  assert.is(refusal(["policies", "rollback", "--store", own, "--key", join(folder, "other.pem")])[0]!.where, "--key");
  assert.is(readdirSync(join(own, "history")).length, 2);
});

test("rollback: the one before is in force again, and the history says who and why", () => {
  const rolled = copy();
  const args = ["--store", rolled, "--by", "bob"];
  const { sequence, promotion, policy, reason } = json(["policies", "rollback", ...args, "--reason", "cold starts"]);
  assert.equal([sequence, promotion, policy.text, reason], [3, first, "keep-alive:ttl=5m", "cold starts"]);
  assert.is(json(["policies", "show", "--store", rolled]).id, first);
  // From there the one before is the second again.
  assert.match(done(["policies", "rollback", ...args]), `“keep-alive:ttl=6m”, ${second}`);
  const { history } = json(["policies", "list", "--store", rolled]);
  assert.equal(
    history.map(({ action, by, promotion: id }: Record<string, string>) => [action, by, id]),
    [
      ["promote", "ana", first],
      ["promote", "ana", second],
      ["rollback", "bob", first],
      ["rollback", "bob", second],
    ],
  );
  assert.is(json(["policies", "verify", "--store", rolled]).entries, 4);
  assert.equal(readdirSync(join(rolled, "promotions")).sort(), readdirSync(join(original, "promotions")).sort());
});

test("rollback only to what was in force before, and not to what is", () => {
  const rolled = copy();
  const never = new PromotionStore(rolled).put(examplePromotion("keep-alive:ttl=7m"), key);
  const before = contents(rolled);
  for (const id of [never, second, "ffff0000"]) {
    assert.is(refusal(["policies", "rollback", id, "--store", rolled])[0]!.where, "prae policies rollback");
  }
  const single = copy();
  rmSync(join(single, "history", "000002.json"));
  assert.equal(refusal(["policies", "rollback", "--store", single]).map(short), ["prae policies rollback found none"]);
  assert.equal(contents(rolled), before);
});

test("rollback without the key, or with one that others may read, changes nothing", () => {
  const keyless = copy();
  renameSync(join(keyless, "signing-key.pem"), join(folder, "away.pem"));
  const before = contents(keyless);
  const [issue] = refusal(["policies", "rollback", "--store", keyless]);
  assert.equal([issue!.where, issue!.found], [join(keyless, "signing-key.pem"), "nothing there"]);
  assert.equal(contents(keyless), before);
});

test("keygen: a key for its owner alone, trusted at once; what is there stays", () => {
  const fresh = join(folder, "fresh");
  const path = join(folder, "release.pem");
  const made = json(["policies", "keygen", "--store", fresh, "--key", path]);
  assert.equal([made.made, made.key], [true, path]);
  assert.is(statSync(path).mode & 0o777, 0o600);
  assert.equal([...readTrustedKeys(join(fresh, "trusted")).keys()], [made.fingerprint]);
  const again = json(["policies", "keygen", "--store", fresh, "--key", path]);
  assert.equal([again.made, again.fingerprint], [false, made.fingerprint]);
  writeFileSync(path, "no key");
  assert.is(refusal(["policies", "keygen", "--store", fresh, "--key", path])[0]!.found, "something else");
});

test("ids that are missing, too many, or unknown, and options of other actions", () => {
  const cases: readonly (readonly [args: string[], where: string])[] = [
    [["list", first], "prae policies list"],
    [["show", first, second], "prae policies show"],
    [["show", "0000"], "prae policies show"],
    [["diff"], "prae policies diff"],
    [["diff", first, second, first], "prae policies diff"],
    [["verify", "xyz"], "prae policies verify"],
    [["list", "--reason", "x"], "--reason"],
  ];
  for (const [args, where] of cases) {
    const [issue, ...more] = refusal(["policies", ...args], { env });
    assert.equal(more, []);
    assert.is(issue!.where, where);
  }
});

test.run();
