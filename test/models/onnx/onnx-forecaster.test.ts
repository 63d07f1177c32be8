import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../../../datasets/issues.ts";
import { openBackend } from "../../../models/backend/open-backend.ts";
import { checkForecast, ForecastFault, LEVELS_PPM } from "../../../models/forecaster.ts";
import { exportedForecasterOf } from "../../../models/onnx/exported-forecaster.ts";
import { loadOnnxForecaster } from "../../../models/onnx/onnx-forecaster.ts";
import { findOnnxRuntime } from "../../../models/onnx/onnx-runtime.ts";
import { History, type Panel } from "../../../models/panel/panel.ts";
import { windowForecasterOf } from "../../../models/training/network-forecaster.ts";
import { trainNetwork } from "../../../models/training/train-network.ts";
import { trainingSpec } from "../../../models/training/training-spec.ts";
import { seasonPanel } from "../../support/season-panel.ts";
import { skipUnless } from "../../support/skip.ts";

/** Made by .ci/onnx-from-pytorch.py. */
const DOCUMENT = "test/models/onnx/pytorch-gru.json";

const withRuntime = skipUnless(findOnnxRuntime() !== null, "ONNX Runtime is not installed (.ci/onnx installs it)");

function panelOf(rows: readonly (readonly number[])[], more: Partial<Panel> = {}): Panel {
  const traits = { tier: null, role: null, timeZone: "UTC", permittedApps: null, appName: null };
  const steps = Math.max(...rows.map((row) => row.length));
  return {
    target: "demand",
    startMs: 0,
    stepMs: 300_000,
    steps,
    epochMs: null,
    signed: false,
    series: rows.map((_, i) => ({ name: `series ${i}`, user: i, app: null, resource: "cpuMillis", traits })),
    values: Float32Array.from(rows.flatMap((row) => [...Array(steps - row.length).fill(Number.NaN), ...row])),
    context: [],
    ...more,
  };
}

/** The document and what PyTorch forecasts, in a folder that .ci/onnx-from-pytorch.py has filled. */
async function agreesWithPyTorch(folder: string): Promise<void> {
  const { windows, forecasts } = JSON.parse(readFileSync(join(folder, "pytorch-gru.expected.json"), "utf8"));
  const forecaster = await loadOnnxForecaster(join(folder, "pytorch-gru.json"));
  assert.equal([forecaster.name, forecaster.target], ["pytorch-gru", "demand"]);
  // More series than go through at once.
  const rows = Array.from({ length: 1030 }, (_, i) => windows[i % windows.length]);
  const history = new History(panelOf(rows), 48);
  const horizon = { steps: 12, levelsPpm: LEVELS_PPM };
  const found = await forecaster.forecast(history, horizon);
  checkForecast(forecaster, found, history, horizon);
  const expected = rows.flatMap((_, i) => forecasts[i % windows.length].flat());
  assert.is(found.length, expected.length);
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs((found[i] as number) - value) < 1e-4 * Math.max(1, value), `${found[i]} instead of ${value}`);
  }
  await forecaster.close();
}

withRuntime("a model trained in PyTorch, as it is kept here, forecasts what PyTorch forecast", async () => {
  await agreesWithPyTorch("test/models/onnx");
});

const trainedNow = process.env["PRAE_TEST_PYTORCH"];
skipUnless(trainedNow !== undefined, "no PyTorch here (.ci/onnx installs it where it can; PRAE_PYTHON names one)")(
  "a model trained in PyTorch just now forecasts what PyTorch forecasts",
  () => agreesWithPyTorch(trainedNow as string),
);

withRuntime("gaps, nothing observed, zeros and constants are forecast; fewer steps and other levels too", async () => {
  const forecaster = await loadOnnxForecaster(DOCUMENT);
  const gaps = Array.from({ length: 60 }, (_, i) => (i % 7 === 3 ? Number.NaN : 40 + (i % 24)));
  const panel = panelOf([gaps, Array(60).fill(Number.NaN), Array(60).fill(0), Array(60).fill(7), [5, 6]]);
  for (const steps of [0, 5, 60]) {
    const history = new History(panel, steps);
    const horizon = { steps: 4, levelsPpm: [100_000, 900_000] };
    checkForecast(forecaster, await forecaster.forecast(history, horizon), history, horizon);
  }
  const faults: [Partial<Panel>, number, number, RegExp][] = [
    [{}, 13, 500_000, /was trained to forecast 12 steps, 13 are asked for/],
    [{}, 12, 999_000, /was trained for levels from 50000 to 990000 ppm, 999000 is asked for/],
    [{ stepMs: 60_000 }, 12, 500_000, /was trained on steps of 300000 ms/],
    [{ target: "arrival" }, 12, 500_000, /forecasts demand, the panel is of arrival/],
  ];
  for (const [more, steps, ppm, message] of faults) {
    const history = new History(panelOf([gaps], more), 60);
    try {
      await forecaster.forecast(history, { steps, levelsPpm: [ppm] });
      assert.unreachable();
    } catch (error) {
      assert.instance(error, ForecastFault);
      assert.match((error as Error).message, message);
    }
  }
  await forecaster.close();
});

/** What is said of a document with these changes. */
async function refused(changes: Readonly<Record<string, unknown>>, model?: Uint8Array): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "prae-onnx-"));
  try {
    const document = { ...JSON.parse(readFileSync(DOCUMENT, "utf8")), ...changes };
    writeFileSync(join(folder, "model.json"), JSON.stringify(document));
    if (model === undefined) cpSync("test/models/onnx/pytorch-gru.onnx", join(folder, "pytorch-gru.onnx"));
    else writeFileSync(join(folder, "pytorch-gru.onnx"), model);
    await loadOnnxForecaster(join(folder, "model.json"));
  } catch (error) {
    assert.instance(error, InputError);
    return (error as Error).message.replaceAll(folder, "");
  } finally {
    rmSync(folder, { recursive: true });
  }
  return "nothing";
}

test("a document that does not describe a model is a list of issues", async () => {
  assert.is(
    await refused({ target: "rain", stepMs: 0, levelsPpm: [500_000, 100_000], scaling: { centre: "median" } }),
    [
      '/model.json target: expected one of demand, concurrency, arrival, found "rain"',
      "/model.json stepMs: expected the length of a step in ms, found 0",
      "/model.json levelsPpm: expected a list of levels, ascending, in parts per million, found [500000,100000]",
      '/model.json scaling.centre: expected none, mean or last, found "median"',
    ].join("\n"),
  );
  assert.match(await refused({ target: "arrival" }), /levelsPpm: expected an empty list/);
  assert.match(await refused({ name: undefined }), /name: expected a name, found nothing/);
});

test("a document or a model that is not there is an issue", async () => {
  assert.match(await refused({ model: "other.onnx" }), /^\/other\.onnx: expected an ONNX model, found no such file$/);
  try {
    await loadOnnxForecaster("/nowhere.json");
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, "/nowhere.json: expected a document that describes an ONNX model, found no such file");
  }
});

test("without ONNX Runtime it is said how to get it", async () => {
  const before = process.env["PRAE_ONNXRUNTIME"];
  process.env["PRAE_ONNXRUNTIME"] = "/nowhere";
  assert.match(
    await refused({}),
    /expected ONNX Runtime, which runs such models, found none installed \(npm install onnxruntime-node/,
  );
  if (before === undefined) delete process.env["PRAE_ONNXRUNTIME"];
  else process.env["PRAE_ONNXRUNTIME"] = before;
});

withRuntime("a file that is damaged, or another model than described, is an issue", async () => {
  const whole = readFileSync("test/models/onnx/pytorch-gru.onnx");
  assert.match(
    await refused({}, whole.subarray(0, 5000)),
    /^\/pytorch-gru\.onnx: expected a model that ONNX Runtime can run, found/,
  );
  assert.match(await refused({ input: "history" }), /input: expected one of the model's inputs, past, found "history"/);
  assert.match(await refused({ output: "future" }), /output: expected one of the model's outputs, ahead, found "future"/);
});

withRuntime("a network of ours forecasts by ONNX Runtime what it forecasts by tfjs", async () => {
  const panel = seasonPanel({ users: 3, steps: 400 });
  const backend = await openBackend("wasm");
  const split = { trainEnd: 300, validationEnd: 360 };
  for (const architecture of ["nlinear", "rnn", "gru", "transformer"] as const) {
    const sizes = { width: 8, layers: 1 };
    const spec = trainingSpec(architecture, panel, { lookBack: 48, horizon: 12, epochWindows: 512, maxEpochs: 1, sizes });
    const trained = await trainNetwork(panel, split, spec, backend, {});
    const [tfjs, onnx] = [windowForecasterOf(trained, backend), await exportedForecasterOf(trained)];
    const [history, horizon] = [new History(panel, 380), { steps: 12, levelsPpm: [100_000, 500_000, 900_000] }];
    const expected = await tfjs.forecast(history, horizon);
    const found = await onnx.forecast(history, horizon);
    const largest = Math.max(...expected);
    for (const [i, value] of expected.entries()) {
      assert.ok(Math.abs(value - (found[i] as number)) < 1e-4 * largest, `${architecture}: ${found[i]} instead of ${value}`);
    }
    tfjs.dispose();
    await onnx.close();
  }
});

test.run();
