import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../../../datasets/issues.ts";
import { Registry, registryFolder } from "../../../models/registry/registry.ts";
import { testFolder } from "../../support/prae.ts";
import { SMALL_CARD, SMALL_MODEL } from "../../support/trained-model.ts";

const registry = new Registry(join(testFolder("registry"), "not", "there", "yet"));

async function refusal(ask: () => unknown): Promise<string> {
  try {
    await ask();
  } catch (error) {
    assert.instance(error, InputError, (error as Error).stack);
    return (error as Error).message;
  }
  throw new Error("it was not refused");
}

test("a model is put, found by its first digits, read and deleted", async () => {
  assert.equal(registry.digests(), []);
  const digest = await registry.put(SMALL_MODEL, SMALL_CARD);
  assert.equal(registry.digests(), [digest]);
  assert.is(registry.resolve(digest.slice(0, 4), "ID"), digest);
  assert.equal(await registry.read(digest), { digest, model: SMALL_MODEL, card: SMALL_CARD });
  await registry.delete(digest);
  assert.equal(readdirSync(registry.folder), []);
});

test("the same model made again is the one that is there", async () => {
  const digest = await registry.put(SMALL_MODEL, SMALL_CARD);
  const before = readFileSync(registry.path(digest));
  const later = { ...SMALL_CARD, made: { ...SMALL_CARD.made, at: "2030-01-01T00:00:00.000Z" } };
  assert.is(await registry.put(SMALL_MODEL, later), digest);
  assert.equal(readFileSync(registry.path(digest)), before);
});

test("an id that is none, or of several, is refused", async () => {
  const digests: string[] = [];
  for (let seed = 1; seed < 20; seed += 1) digests.push(await registry.put(SMALL_MODEL, { ...SMALL_CARD, seed }));
  assert.match(await refusal(() => registry.resolve("", "ID")), 'found ""');
  assert.match(await refusal(() => registry.resolve("zz", "--model")), "--model: expected a model of the registry");
  const first = digests.find((one) => digests.some((other) => other !== one && other[0] === one[0])) as string;
  const message = await refusal(() => registry.resolve(first.slice(0, 1), "ID"));
  assert.match(message, `ID: expected the id of one model, found "${first[0]}", which begins`);
  assert.match(message, first.slice(0, 12));
  assert.match(message, "give more digits");
});

test("a file under another model's name is refused", async () => {
  const digest = await registry.put(SMALL_MODEL, SMALL_CARD);
  const other = "0".repeat(64);
  copyFileSync(registry.path(digest), registry.path(other));
  assert.match(await refusal(() => registry.read(other)), `expected the model ${other}, found the model ${digest}`);
  writeFileSync(registry.path(other), "");
  assert.match(await refusal(() => registry.read(other)), `${other}.prae-model: expected a model of PRAE, found an empty file`);
});

test("the folder: said, else by environment, else where a user's data is kept", () => {
  const { PRAE_REGISTRY, XDG_DATA_HOME, HOME } = process.env;
  try {
    process.env["PRAE_REGISTRY"] = "";
    process.env["XDG_DATA_HOME"] = "";
    process.env["HOME"] = "/ana";
    assert.is(registryFolder(undefined), "/ana/.local/share/prae/models");
    process.env["XDG_DATA_HOME"] = "/data";
    assert.is(registryFolder(undefined), "/data/prae/models");
    process.env["PRAE_REGISTRY"] = "/models";
    assert.is(registryFolder(undefined), "/models");
    assert.is(registryFolder("here"), "here");
  } finally {
    for (const [name, value] of Object.entries({ PRAE_REGISTRY, XDG_DATA_HOME, HOME })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});

test.run();
