import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writeTrace } from "../../../datasets/store.ts";
import { findOnnxRuntime } from "../../../models/onnx/onnx-runtime.ts";
import { json, refusal, testFolder } from "../../support/prae.ts";
import { skipUnless } from "../../support/skip.ts";
import { workingDays } from "../../support/usage-trace.ts";

const folder = testFolder("contestants");
const trace = join(folder, "trace");

await writeTrace(workingDays(), trace, { replace: false });

/** The document of the model kept from PyTorch, with these changes. */
function documentWith(name: string, changes: Readonly<Record<string, unknown>>): string {
  const path = join(folder, name);
  const whole = JSON.parse(readFileSync("test/models/onnx/pytorch-gru.json", "utf8"));
  writeFileSync(path, JSON.stringify({ ...whole, model: resolve("test/models/onnx/pytorch-gru.onnx"), ...changes }));
  return path;
}

const backtest = (models: string) => ["backtest", "--trace", trace, "--step", "1h", "--origins", "4", "--models", models];

test("an ONNX model for other steps, targets, horizons or levels is refused", () => {
  const found = (changes: Readonly<Record<string, unknown>>, more: readonly string[] = []) =>
    refusal([...backtest(documentWith("other.json", changes)), ...more]).map(({ expected, found }) => `${expected}: ${found}`);
  assert.equal(found({}), ["steps of 3600000 ms: steps of 300000 ms"]);
  assert.equal(found({ stepMs: 3_600_000, target: "concurrency" }), ["a model of demand: one of concurrency"]);
  assert.equal(found({ stepMs: 3_600_000 }, ["--horizon", "24"]), ["a horizon of 24 steps or more: 12"]);
  const levels = [100_000, 500_000, 990_000];
  assert.equal(found({ stepMs: 3_600_000, levelsPpm: levels }), [
    "levels from 50000 to 990000 ppm: levels from 100000 to 990000",
  ]);
});

test("an ONNX model that is not there is an issue", () => {
  const [issue] = refusal(backtest(join(folder, "nowhere.json")));
  assert.is(issue?.found, "no such file");
});

skipUnless(findOnnxRuntime() !== null, "ONNX Runtime is not installed (.ci/onnx installs it)")(
  "an ONNX model takes part under its name",
  () => {
    const { models } = json(backtest(documentWith("model.json", { stepMs: 3_600_000 })));
    const found = models.find(({ name }: { name: string }) => name === "pytorch-gru");
    assert.ok(found.metrics.sql > 0, JSON.stringify(found));
  },
);

test.run();
