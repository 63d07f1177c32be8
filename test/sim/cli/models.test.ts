import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { encodeModel } from "../../../models/registry/model-file.ts";
import { Registry } from "../../../models/registry/registry.ts";
import { done, json, refusal, testFolder } from "../../support/prae.ts";
import { SMALL_CARD, SMALL_MODEL } from "../../support/trained-model.ts";

const folder = testFolder("models");
const registry = new Registry(join(folder, "registry"));
const env = { PRAE_REGISTRY: registry.folder };
const older = await registry.put(SMALL_MODEL, SMALL_CARD);
const newer = await registry.put(
  { ...SMALL_MODEL, architecture: "rnn", options: { dropout: 0.2, features: ["time"] } },
  { ...SMALL_CARD, metrics: { sql: 0.5, mase: 1 }, made: { ...SMALL_CARD.made, at: "2026-02-01T00:00:00.000Z" } },
);

test("an empty registry says what makes a model", () => {
  const args = ["models", "list", "--registry", join(folder, "none")];
  assert.match(done(args), /^No models in .*none\. prae train makes one\.$/m);
  assert.equal(json(args).models, []);
});

test("list: a line a model, the latest first", () => {
  const lines = done(["models", "list"], { env }).trimEnd().split("\n");
  assert.is(lines.length, 3);
  assert.match(lines[0]!, /^ID +MODEL +TARGET/);
  assert.match(lines[1]!, new RegExp(`^${newer.slice(0, 12)} +rnn +demand +measured +5m +2→1 +0\\.5000 +2026-02-01 00:00$`));
  assert.match(lines[2]!, new RegExp(`^${older.slice(0, 12)} +nlinear`));
  assert.equal(
    json(["models", "list"], { env }).models.map(({ id }: { id: string }) => id),
    [newer, older],
  );
});

test("show: everything on the card, by the first digits", () => {
  const text = done(["models", "show", older.slice(0, 8)], { env });
  for (const part of [
    older,
    "nlinear, 5 parameters",
    "trained on",
    "measured (abababababab)",
    "wasm 4.22.0",
    "0.7100",
    "dropout",
  ]) {
    assert.match(text, part);
  }
  const document = json(["models", "show", older], { env });
  assert.is(document.id, older);
  assert.equal(document.card, SMALL_CARD);
  assert.equal(document.weights[0], { name: "kernel", shape: [2, 2] });
});

test("compare: scores side by side, and the options that differ", () => {
  const document = json(["models", "compare", older, newer], { env });
  assert.equal(document.metrics, [
    { name: "mase", values: [null, 1] },
    { name: "sql", values: [0.71, 0.5] },
  ]);
  assert.equal(document.differences, [
    { name: "architecture", values: ["nlinear", "rnn"] },
    { name: "options.dropout", values: [0.1, 0.2] },
  ]);
  const text = done(["models", "compare", older, newer], { env });
  assert.match(text, /^sql +0\.7100 +0\.5000$/m);
  assert.match(text, /options\.dropout +0\.1 +0\.2$/m);
});

test("ids that are missing, unknown, or of several models", () => {
  const cases: readonly (readonly [args: string[], where: string, found: RegExp])[] = [
    [["show"], "prae models show", /^none$/],
    [["show", "a", "b"], "prae models show", /^a b$/],
    [["compare", older], "prae models compare", new RegExp(older)],
    [["list", "a"], "prae models list", /^a$/],
    [["delete"], "prae models delete", /^none$/],
    [["delete", "xyz"], "prae models delete", /^"xyz"$/],
    [["export", "--onnx", "x.onnx"], "prae models export", /^none$/],
  ];
  for (const [args, where, found] of cases) {
    const [issue, ...more] = refusal(["models", ...args], { env });
    assert.equal(more, []);
    assert.is(issue!.where, where);
    assert.match(issue!.found, found);
    assert.match(issue!.hint ?? "", "prae models list");
  }
});

test("export wants a file, once; other actions have no such option", () => {
  const [noFile] = refusal(["models", "export", older], { env });
  assert.is(noFile!.path, "--onnx");
  const [option] = refusal(["models", "list", "--onnx", "x"], { env });
  assert.is(option!.where, "--onnx");
  const [place] = refusal(["models", "export", older, "--onnx", folder], { env });
  assert.is(place!.where, folder);
});

test("a damaged file is listed with what is wrong, and can be deleted; an id of two models deletes none", () => {
  const twins = ["ff".repeat(32), `${"ff".repeat(31)}00`];
  for (const digest of twins) writeFileSync(registry.path(digest), encodeModel(SMALL_MODEL, SMALL_CARD).subarray(0, 99));
  const listed = json(["models", "list"], { env });
  assert.is(listed.models.length, 2);
  assert.equal(
    listed.damaged.map(({ id }: { id: string }) => id),
    [...twins].sort(),
  );
  assert.match(listed.damaged[0].problem, "the file is cut");
  const [issue] = refusal(["models", "delete", "ffff"], { env });
  assert.match(issue!.found, '"ffff", which begins 2');
  const before = readdirSync(registry.folder).length;
  assert.equal(json(["models", "delete", ...twins], { env }).deleted, twins);
  assert.is(readdirSync(registry.folder).length, before - 2);
  assert.equal(json(["models", "list"], { env }).damaged, []);
});

test.run();
