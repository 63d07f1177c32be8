import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError, type Issue } from "../../../datasets/issues.ts";
import type { ModelCard } from "../../../models/registry/model-card.ts";
import { decodeModel, encodeModel, modelDigest } from "../../../models/registry/model-file.ts";
import { SMALL_CARD, SMALL_MODEL } from "../../support/trained-model.ts";

function refusal(bytes: Uint8Array): Issue {
  try {
    decodeModel(bytes, "a.prae-model");
  } catch (error) {
    assert.instance(error, InputError, (error as Error).stack);
    const [issue] = (error as InputError).issues;
    assert.is(issue?.where, "a.prae-model");
    assert.ok((issue?.hint ?? "x").length > 0);
    return issue!;
  }
  throw new Error("it was read");
}

/** The bytes with a checksum that fits them. */
function sealed(content: Uint8Array): Uint8Array {
  return Buffer.concat([content, createHash("sha256").update(content).digest()]);
}

const BYTES = encodeModel(SMALL_MODEL, SMALL_CARD);

test("what is written is read again, bit for bit", () => {
  const { digest, model, card } = decodeModel(BYTES, "x");
  assert.equal(model, SMALL_MODEL);
  assert.ok(Object.is(model.weights[1]?.values[0], -0));
  assert.equal(card, SMALL_CARD);
  assert.is(digest, modelDigest(SMALL_MODEL, SMALL_CARD));
});

test("the digest leaves out when and at what cost, and nothing else", () => {
  const digest = modelDigest(SMALL_MODEL, SMALL_CARD);
  const made = { ...SMALL_CARD.made, at: "2027-01-01T00:00:00.000Z", cpuMs: 1, codeRevision: "1" };
  assert.is(modelDigest(SMALL_MODEL, { ...SMALL_CARD, made }), digest);
  const others: ModelCard[] = [
    { ...SMALL_CARD, seed: 2 },
    { ...SMALL_CARD, metrics: { ...SMALL_CARD.metrics, sql: 0.72 } },
    { ...SMALL_CARD, split: { ...SMALL_CARD.split, trainEndMs: 1 } },
  ];
  for (const other of others) assert.is.not(modelDigest(SMALL_MODEL, other), digest);
  assert.is.not(modelDigest({ ...SMALL_MODEL, lookBack: 3 }, SMALL_CARD), digest);
  const weights = SMALL_MODEL.weights.map((weight) => ({ ...weight, values: weight.values.map((value) => -value) }));
  assert.is.not(modelDigest({ ...SMALL_MODEL, weights }, SMALL_CARD), digest);
});

test("the order of keys changes no byte", () => {
  const { options, ...rest } = SMALL_MODEL;
  const reversed = Object.fromEntries(Object.entries(options).reverse());
  assert.equal(encodeModel({ options: reversed, ...rest }, SMALL_CARD), BYTES);
});

test("every byte, flipped in any way that a disk might, is found", () => {
  for (let at = 0; at < BYTES.length; at += 1) {
    for (const bits of [0x01, 0x80, 0xff]) {
      const damaged = Uint8Array.from(BYTES);
      damaged[at] = (damaged[at] as number) ^ bits;
      const { expected, found } = refusal(damaged);
      assert.ok(expected !== "" && found !== "", `byte ${at}`);
    }
  }
});

test("a cut file is found at every length, and so is a longer one", () => {
  for (let length = 0; length < BYTES.length; length += 1) refusal(BYTES.subarray(0, length));
  assert.is(refusal(BYTES.subarray(0, 0)).found, "an empty file");
  assert.is(refusal(BYTES.subarray(0, BYTES.length - 1)).found, `${BYTES.length - 1} bytes: the file is cut`);
  assert.is(refusal(Buffer.concat([BYTES, Buffer.of(0)])).found, `${BYTES.length + 1} bytes: more than it should have`);
});

test("another version is named", () => {
  const other = Uint8Array.from(BYTES);
  other[8] = 2;
  assert.equal(refusal(other), {
    where: "a.prae-model",
    expected: "a model of PRAE, version 1",
    found: "version 2",
    hint: "train the model again, or use the PRAE that wrote it",
  });
});

test("damage says what was expected, what was found and what to do", () => {
  const damaged = Uint8Array.from(BYTES);
  damaged[BYTES.length - 40] = (damaged[BYTES.length - 40] as number) ^ 1;
  const { expected, found, hint } = refusal(damaged);
  assert.match(expected, /^content of SHA-256 [0-9a-f]{64}$/);
  assert.match(found, /^[0-9a-f]{64}: the file is damaged$/);
  assert.match(hint ?? "", "train the model again");
  assert.is(refusal(Buffer.from("user,app\n1,2,3,4,5,6,7,8\n")).found, "something else");
});

test("a whole file that holds no model is refused by path", () => {
  const header = Buffer.from(JSON.stringify({ architecture: 7, target: "weather" }));
  const prefix = Buffer.from(BYTES.subarray(0, 20));
  prefix.writeUInt32LE(header.length, 12);
  prefix.writeUInt32LE(0, 16);
  let issues: readonly Issue[] = [];
  try {
    decodeModel(sealed(Buffer.concat([prefix, header])), "x");
  } catch (error) {
    issues = (error as InputError).issues;
  }
  const paths = issues.map(({ path }) => path);
  for (const path of ["architecture", "target", "weights", "card"]) assert.ok(paths.includes(path), path);
  const broken = Buffer.from("{");
  prefix.writeUInt32LE(broken.length, 12);
  assert.is(refusal(sealed(Buffer.concat([prefix, broken]))).path, "header");
});

test("weights that do not fill their shapes are refused", () => {
  const [kernel, bias] = SMALL_MODEL.weights;
  const bytes = encodeModel({ ...SMALL_MODEL, weights: [{ ...kernel!, shape: [2, 3] }, bias!] }, SMALL_CARD);
  const { expected, found } = refusal(bytes);
  assert.is(expected, "7 numbers, as the header's shapes say");
  assert.is(found, "5");
});

test.run();
