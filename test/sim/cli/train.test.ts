import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writeTrace } from "../../../datasets/store.ts";
import { json, refusal, short, testFolder } from "../../support/prae.ts";
import { workingDays } from "../../support/usage-trace.ts";

const folder = testFolder("train");
const trace = join(folder, "trace");

await writeTrace(workingDays(), trace, { replace: false });

const COMMON = ["train", "--trace", trace, "--step", "1h", "--horizon", "2h", "--look-back", "24h"];
const LINEAR = [...COMMON, "--model", "nlinear", "--epochs", "2"];
const files = (registry: string) => readdirSync(registry, { recursive: true, encoding: "utf8" }).sort();

let uninterrupted = "";

test("a model is trained, kept under its digest, and its card says how", () => {
  const registry = join(folder, "whole");
  const made = json([...LINEAR, "--registry", registry]);
  uninterrupted = made.id;
  assert.equal(files(registry), [`${made.id}.prae-model`, "checkpoints"].sort());
  const { card } = made;
  assert.equal(card.data.window, { startMs: 0, endMs: 240 * 3_600_000 });
  assert.equal(card.split, { trainEndMs: 192 * 3_600_000, validationEndMs: 240 * 3_600_000 });
  assert.is(card.training.epochs, 2);
  assert.ok(card.metrics.sql > 0 && card.metrics.sql < 1, String(card.metrics.sql));
  assert.is(card.backend.name, "wasm");
  assert.is(json(["models", "show", made.id.slice(0, 9), "--registry", registry]).card.seed, 1);
});

test("a trained model is exported to ONNX", () => {
  const path = join(folder, "model.onnx");
  const { onnx, bytes } = json(["models", "export", uninterrupted, "--onnx", path, "--registry", join(folder, "whole")]);
  assert.is(onnx, path);
  assert.is(readFileSync(path).length, bytes);
  assert.ok(bytes > 1000);
});

test("what cannot be trained is refused before it is begun", () => {
  const cases: readonly (readonly [args: string[], issue: RegExp])[] = [
    [["--step", "soon"], /^--step found "soon"$/],
    [["--step", "2h", "--horizon", "3h"], /^--horizon found "3h"$/],
    [["--epochs", "0"], /^--epochs found 0$/],
    [["--without", "time,mood"], /^--without found "mood"$/],
    [["--seed", "-1"], /^--seed found -1$/],
    [["--train-until", "99d"], /^--train-until found "99d"$/],
    [["--train-until", "5h"], /^--train-until found 5$/],
    [["--target", "concurrency"], /^trace found usage samples alone$/],
    [["--step", "5m"], /^panel found steps of 300000 ms$/],
  ];
  for (const [args, expected] of cases) {
    const [issue, ...more] = refusal(["train", "--trace", trace, "--model", "nlinear", ...hours(args)]);
    assert.equal(more, []);
    assert.match(short(issue!), expected, args.join(" "));
  }
});

/** With hourly steps unless others are given. */
function hours(args: readonly string[]): string[] {
  return args.includes("--step") ? [...args] : [...args, "--step", "1h"];
}

test.run();
