import { test } from "uvu";
import * as assert from "uvu/assert";
import { openActivation } from "../../../allocator/promotion/activation.ts";
import { canonicalJson } from "../../../allocator/promotion/canonical-json.ts";
import { openPromotion } from "../../../allocator/promotion/promotion.ts";
import { PromotionError, type PromotionIssue } from "../../../allocator/promotion/promotion-error.ts";
import { seal } from "../../../allocator/promotion/signed-document.ts";
import { examplePromotion, newKey } from "../../support/promotion.ts";

const key = newKey();
const other = newKey();
const trusted = new Map([[key.fingerprint, key.publicKey]]);
const { id, text } = seal(examplePromotion(), key);

function issuesOf(content: string, keys = trusted): readonly PromotionIssue[] {
  try {
    openPromotion(content, "p.json", keys);
  } catch (error) {
    assert.instance(error, PromotionError);
    return (error as PromotionError).issues;
  }
  return [];
}

test("a promotion that nobody touched opens, and says what was signed and by whom", () => {
  const opened = openPromotion(text, "p.json", trusted);
  assert.equal(opened.body, examplePromotion());
  assert.is(opened.id, id);
  assert.is(opened.signedBy, key.fingerprint);
  assert.equal(seal(examplePromotion(), key), { id, text });
});

test("any one bit of any byte flipped is refused", () => {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1 << (at % 7);
    const issues = issuesOf(changed.toString("latin1"));
    assert.ok(issues.length > 0, `byte ${at}: ${text.slice(at - 10, at + 10)}`);
    for (const { where } of issues) assert.is(where, "p.json");
  }
});

test("cut anywhere, or with something after it", () => {
  for (let length = 0; length < text.length; length += 97) assert.ok(issuesOf(text.slice(0, length)).length > 0);
  for (const more of ["\n", " ", "x", "{}"]) assert.ok(issuesOf(text + more).length > 0);
});

test("things that are no promotion at all are refused in words, however they are made", () => {
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  const things = [
    "",
    "null",
    "7",
    '"x"',
    "[]",
    "{}",
    '{"body":null}',
    `{"body":{"format":${deep}}}`,
    deep,
    '{"__proto__":{"body":1}}',
  ];
  things.push(`{"body":{"format":"${"x".repeat(100_000)}"}}`, '{"body":{"format":"prae-promotion","version":"1"}}');
  for (const thing of things) {
    const issues = issuesOf(thing);
    assert.ok(issues.length > 0, thing.slice(0, 60));
    for (const { found } of issues) assert.ok(found !== "" && found.length < 100, found);
  }
});

test("the same data in other bytes: white space, other order, a key given twice, other base64", () => {
  const document = JSON.parse(text) as { body: object; signature: { value: string } };
  const { body, signature } = document;
  const { value } = signature;
  const twin = `${value.slice(0, -3)}${String.fromCharCode(value.charCodeAt(value.length - 3) + 1)}==`;
  assert.equal(Buffer.from(twin, "base64"), Buffer.from(value, "base64"));
  for (const content of [
    `${JSON.stringify(document, null, 1)}\n`,
    `${JSON.stringify({ signature, body })}\n`,
    text.replace('{"body":', '{"body":{},"body":'),
    `${canonicalJson({ body, signature: { ...signature, value: twin } })}\n`,
  ]) {
    const [issue, ...more] = issuesOf(content);
    assert.is(issue?.expected, "what was signed, byte for byte");
    assert.equal(more, []);
  }
});

test("signed by another key: it is named, with those that are trusted", () => {
  const [issue, ...more] = issuesOf(seal(examplePromotion(), other).text);
  assert.equal(more, []);
  assert.is(issue!.path, "signature.key");
  assert.is(issue!.found, `one by ${other.fingerprint.slice(0, 12)}`);
  assert.match(issue!.expected, key.fingerprint.slice(0, 12));
  assert.match(issuesOf(text, new Map())[0]!.expected, "there is none");
});

test("another's name on one's own signature is no signature", () => {
  const document = JSON.parse(seal(examplePromotion(), other).text) as { signature: object };
  const forged = { ...document, signature: { ...document.signature, key: key.fingerprint } };
  assert.is(issuesOf(`${canonicalJson(forged)}\n`)[0]!.path, "signature.value");
});

test("every field that is missing is named, all at once; one that nobody knows too", () => {
  for (const field of ["policy", "incumbent", "models", "evidence", "code", "made"]) {
    const { [field]: _, ...rest } = examplePromotion() as unknown as Record<string, unknown>;
    assert.equal(issuesOf(seal(rest, key).text), [
      { where: "p.json", path: `body.${field}`, expected: "a value", found: "nothing" },
    ]);
  }
  const { made: _, code: __, ...rest } = examplePromotion();
  assert.equal(
    issuesOf(seal({ ...rest, extra: 1 }, key).text).map(({ path }) => path),
    ["body.code", "body.made", "body.extra"],
  );
  const unsigned = canonicalJson({ body: examplePromotion() });
  assert.equal(
    issuesOf(unsigned).map(({ path, found }) => [path, found]),
    [["signature", "nothing"]],
  );
});

test("a later version says so before anything else, and what to do", () => {
  const later = { ...examplePromotion(), version: 2, novelty: true };
  const [issue, ...more] = issuesOf(seal(later, key).text);
  assert.equal(more, []);
  assert.equal([issue!.path, issue!.expected, issue!.found], ["body.version", "1", "2"]);
  assert.match(issue!.hint!, "a later one");
});

test("a signed entry of the history is no promotion, nor the reverse", () => {
  const entry = {
    format: "prae-activation",
    version: 1,
    sequence: 1,
    previous: null,
    promotion: id,
    action: "promote",
    by: "ana",
    at: "2026-11-29T08:00:00.000Z",
    reason: null,
  };
  const signed = seal(entry, key).text;
  assert.equal(openActivation(signed, "e", trusted).body, entry);
  assert.is(issuesOf(signed)[0]!.path, "body.format");
  assert.throws(() => openActivation(text, "e", trusted), /prae-activation/);
});

test("what is signed but contradicts itself: a digest of another policy, a gate that was not passed, no evidence", () => {
  const promotion = examplePromotion();
  const [evidence] = promotion.evidence;
  const failed = { ...evidence!, results: [{ ...evidence!.results[0]!, passed: false, reason: "no" }] };
  const cases: readonly (readonly [object, string])[] = [
    [{ ...promotion, policy: { ...promotion.policy, digest: "00".repeat(32) } }, "policy.digest"],
    [{ ...promotion, evidence: [failed] }, "evidence[0]"],
    [{ ...promotion, evidence: [] }, "evidence"],
  ];
  for (const [body, path] of cases) {
    assert.equal(
      issuesOf(seal(body, key).text).map((issue) => issue.path),
      [path],
    );
  }
});

test.run();
