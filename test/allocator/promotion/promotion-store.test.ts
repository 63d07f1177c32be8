import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PromotionStore } from "../../../allocator/promotion/promotion-store.ts";
import { seal } from "../../../allocator/promotion/signed-document.ts";
import { testFolder } from "../../support/prae.ts";
import { examplePromotion, newKey } from "../../support/promotion.ts";

const key = newKey();
const trusted = new Map([[key.fingerprint, key.publicKey]]);
let next = 0;
const folder = testFolder("promotions");

function newStore(): PromotionStore {
  return new PromotionStore(join(folder, String(next++)));
}

function promote(store: PromotionStore, candidate: string): string {
  const promotion = store.put(examplePromotion(candidate), key);
  store.activate({ promotion, action: "promote", by: "ana", at: "2026-11-29T08:00:00Z", reason: null }, key, trusted);
  return promotion;
}

test("an empty store has nothing, and makes nothing", () => {
  const store = newStore();
  assert.equal([store.ids(), store.history(trusted), store.active(trusted)], [[], [], null]);
  assert.not.ok(existsSync(store.folder));
});

test("the last activation is in force; the history names each with the one before it", () => {
  const store = newStore();
  const first = promote(store, "keep-alive:ttl=5m");
  const second = promote(store, "keep-alive:ttl=6m");
  assert.is(store.active(trusted)!.id, second);
  store.activate({ promotion: first, action: "rollback", by: "bob", at: "2026-11-29T09:00:00Z", reason: "slow" }, key, trusted);
  assert.is(store.active(trusted)!.id, first);
  const history = store.history(trusted);
  assert.equal(
    history.map(({ body }) => [body.sequence, body.promotion, body.action, body.by, body.reason]),
    [
      [1, first, "promote", "ana", null],
      [2, second, "promote", "ana", null],
      [3, first, "rollback", "bob", "slow"],
    ],
  );
  assert.equal(
    history.map(({ body }) => body.previous),
    [null, history[0]!.id, history[1]!.id],
  );
  assert.equal(store.ids(), [first, second].sort());
  assert.equal(readdirSync(join(store.folder, "history")), ["000001.json", "000002.json", "000003.json"]);
});

test("put twice is there once, with the same bytes", () => {
  const store = newStore();
  const id = store.put(examplePromotion(), key);
  const before = readFileSync(store.path(id), "utf8");
  assert.is(store.put(examplePromotion(), key), id);
  assert.is(readFileSync(store.path(id), "utf8"), before);
  assert.equal(readdirSync(join(store.folder, "promotions")), [`${id}.json`]);
});

test("a promotion under another's name is refused", () => {
  const store = newStore();
  const [first, second] = ["keep-alive:ttl=5m", "keep-alive:ttl=6m"].map((text) => store.put(examplePromotion(text), key));
  writeFileSync(store.path(first!), readFileSync(store.path(second!)));
  assert.throws(() => store.read(first!, trusted), new RegExp(`expected the promotion ${first}, found the promotion ${second}`));
});

test("a promotion that does not verify does not become active, and the history stays as it was", () => {
  const store = newStore();
  promote(store, "keep-alive:ttl=5m");
  const stranger = newKey();
  const promotion = store.put(examplePromotion("keep-alive:ttl=6m"), stranger);
  const activation = { promotion, action: "promote", by: "eve", at: "2026-11-29T08:00:00Z", reason: null } as const;
  assert.throws(() => store.activate(activation, stranger, trusted), /a signature by a trusted key/);
  assert.throws(() => store.activate({ ...activation, promotion: "00".repeat(32) }, key, trusted), /nothing there/);
  assert.is(store.history(trusted).length, 1);
});

test("a history with an entry taken out, put in again, or exchanged is refused", () => {
  const entry = (store: PromotionStore, sequence: number) => join(store.folder, "history", `00000${sequence}.json`);
  const cases: readonly ((store: PromotionStore) => void)[] = [
    (store) => rmSync(entry(store, 1)),
    (store) => rmSync(entry(store, 2)),
    (store) => writeFileSync(entry(store, 4), readFileSync(entry(store, 1))),
    (store) => writeFileSync(entry(store, 2), readFileSync(entry(store, 1))),
    (store) => writeFileSync(entry(store, 3), readFileSync(entry(store, 3), "utf8").replace("ana", "eve")),
    (store) => {
      const { body } = JSON.parse(readFileSync(entry(store, 3), "utf8")) as { body: object };
      writeFileSync(entry(store, 3), seal({ ...body, by: "eve" }, newKey()).text);
    },
    // By a key that is trusted, but not after the entry that it claims to follow.
    (store) => {
      const { body } = JSON.parse(readFileSync(entry(store, 3), "utf8")) as { body: object };
      writeFileSync(entry(store, 3), seal({ ...body, previous: "00".repeat(32) }, key).text);
    },
  ];
  for (const [index, tamper] of cases.entries()) {
    const store = newStore();
    for (const minutes of [5, 6, 7]) promote(store, `keep-alive:ttl=${minutes}m`);
    assert.is(store.history(trusted).length, 3);
    tamper(store);
    assert.throws(() => store.active(trusted), /expected/, `case ${index}`);
  }
});

test("of two who activate at once one is told to look again", () => {
  const store = newStore();
  const promotion = promote(store, "keep-alive:ttl=5m");
  const activation = { promotion, action: "rollback", by: "ana", at: "2026-11-29T08:00:00Z", reason: null } as const;
  const meanwhile = store.history.bind(store);
  // The other one is quicker: between our look at the history and our entry.
  store.history = (keys) => {
    const seen = meanwhile(keys);
    store.history = meanwhile;
    store.activate({ ...activation, by: "bob" }, key, trusted);
    return seen;
  };
  assert.throws(() => store.activate(activation, key, trusted), /somebody made meanwhile/);
  assert.equal(
    store.history(trusted).map(({ body }) => body.by),
    ["ana", "bob"],
  );
  assert.equal(
    readdirSync(join(store.folder, "history")).filter((name) => name.startsWith(".")),
    [],
  );
});

test("ids by their first digits", () => {
  const store = newStore();
  const id = store.put(examplePromotion(), key);
  assert.is(store.resolve(id.slice(0, 4), "x"), id);
  for (const prefix of ["", "zz", `${id}0`]) assert.throws(() => store.resolve(prefix, "x"), /x: expected a promotion in/);
  writeFileSync(store.path(`${id.slice(0, 63)}${id.endsWith("0") ? "1" : "0"}`), "");
  assert.throws(() => store.resolve(id.slice(0, 60), "x"), /the id of one promotion/);
});

test.run();
