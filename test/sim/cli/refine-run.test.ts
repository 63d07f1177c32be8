import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writeTrace } from "../../../datasets/store.ts";
import { json, prae, refusal, testFolder } from "../../support/prae.ts";
import { workingDays } from "../../support/usage-trace.ts";

const folder = testFolder("refine");
const registry = join(folder, "registry");
const steady = join(folder, "steady");
const tripled = join(folder, "tripled");

await writeTrace(workingDays(), steady, { replace: false });
await writeTrace(workingDays({ from: 150, factor: 3 }), tripled, { replace: false });

const train = ["train", "--model", "nlinear", "--trace", steady, "--step", "1h", "--horizon", "2h", "--look-back", "24h"];
const { id } = json([...train, "--epochs", "3", "--train-until", "6d", "--registry", registry]);
const refine = (trace: string, ...more: string[]) => [
  "refine",
  id.slice(0, 8),
  "--trace",
  trace,
  "--registry",
  registry,
  ...more,
];

test("a refined model is kept beside the one it comes from, with a card of its own; the same command makes the same one", () => {
  const first = json(refine(tripled, "--steps", "100"));
  assert.ok(first.accepted, JSON.stringify(first));
  assert.ok(first.after < first.before);
  assert.not.equal(first.id, id);
  assert.is(json(refine(tripled, "--steps", "100")).id, first.id);
  const { card } =
    json(["models", "show", first.id, "--registry", registry])[0] ?? json(["models", "show", first.id, "--registry", registry]);
  assert.is(card.split.validationEndMs, 240 * 3_600_000);
});

test("demand that triples shows as drift and asks for a new training; demand that goes on as before does not", () => {
  assert.is(json(refine(steady)).drift.shownAtMs, null);
  const { shownAtMs } = json(refine(tripled)).drift;
  assert.ok(shownAtMs >= 150 * 3_600_000 && shownAtMs < 190 * 3_600_000, `${shownAtMs}`);
  assert.match(prae(refine(tripled)).stdout, /drift: the loss has risen for good since \d+ ms; train anew/);
});

test("what cannot be refined is refused, and nothing is written", () => {
  const before = readdirSync(registry);
  const said = (...args: string[]) => refusal(args).map(({ where, expected, found }) => `${where}: ${expected}, ${found}`);
  assert.match(
    said("refine", "ffff", "--trace", steady, "--registry", registry)[0] ?? "",
    /^prae refine: a model of the registry .*"ffff"$/,
  );
  assert.match(
    said(...refine(steady, "--from", "9d12h"))[0] ?? "",
    /^--from: .*"9d12h"|^--trace: at least 8 steps after what the model knows/,
  );
  assert.match(said(...refine(steady, "--from", "235h"))[0] ?? "", /^--trace: at least 8 steps .*, 5$/);
  assert.match(said(...refine(steady, "--steps", "0"))[0] ?? "", /^--steps: a whole number from 1 to 1000, 0$/);
  assert.equal(readdirSync(registry), before);
});

test.run();
