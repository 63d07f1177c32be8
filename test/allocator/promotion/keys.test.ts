import { generateKeyPairSync } from "node:crypto";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeSigningKey, readSigningKey, readTrustedKeys, trustKey } from "../../../allocator/promotion/keys.ts";
import { testFolder } from "../../support/prae.ts";
import { newKey } from "../../support/promotion.ts";

const folder = testFolder("keys");

test("a key is made once, for its owner alone, and read again", () => {
  const path = join(folder, "deep", "key.pem");
  const made = makeSigningKey(path);
  assert.is(statSync(path).mode & 0o777, 0o600);
  assert.is(readSigningKey(path).fingerprint, made.fingerprint);
  const before = readFileSync(path, "utf8");
  assert.throws(() => makeSigningKey(path), /never replaced|one that does/);
  assert.is(readFileSync(path, "utf8"), before);
});

test("a key that others may read, is of another sort, or is none", () => {
  const path = join(folder, "open.pem");
  makeSigningKey(path);
  chmodSync(path, 0o640);
  assert.throws(() => readSigningKey(path), /only its owner can read, found mode 0640/);
  const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ type: "pkcs8", format: "pem" });
  const cases: readonly (readonly [string, string | Buffer, RegExp])[] = [
    ["rsa.pem", rsa, /found one of rsa/],
    ["text.pem", "no key", /found something else/],
    ["empty.pem", "", /found something else/],
    ["public.pem", newKey().publicKey.export({ type: "spki", format: "pem" }), /found something else/],
  ];
  for (const [name, content, found] of cases) {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    assert.throws(() => readSigningKey(join(folder, name)), found);
  }
  assert.throws(() => readSigningKey(join(folder, "none.pem")), /nothing there/);
});

test("trusted are the public keys of a folder; anything else there is named", () => {
  const trusted = join(folder, "trusted");
  assert.is(readTrustedKeys(trusted).size, 0);
  const [one, two] = [newKey(), newKey()];
  for (const key of [one, two, one]) trustKey(trusted, key);
  assert.equal([...readTrustedKeys(trusted).keys()].sort(), [one.fingerprint, two.fingerprint].sort());
  writeFileSync(join(trusted, "note.pem"), "x");
  writeFileSync(join(trusted, "private.pem"), one.privateKey.export({ type: "pkcs8", format: "pem" }));
  assert.throws(() => readTrustedKeys(trusted), /note\.pem: expected a public Ed25519 key.*\n.*private\.pem/);
});

test.run();
