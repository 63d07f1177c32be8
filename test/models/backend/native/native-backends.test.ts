import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { availability, type Search } from "../../../../models/backend/native/native-backends.ts";
import { VerdictCache } from "../../../../models/backend/native/verdict-cache.ts";
import { openBackend } from "../../../../models/backend/open-backend.ts";

const test = suite<{ folder: string }>("native backends");

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "prae-native-"));
});

test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

/** A whole tfjs, as tfjs-node is: its cpu backend under the name that native ones have. */
const WORKING = `
  const tf = require(${JSON.stringify(resolve("node_modules/@tensorflow/tfjs-node"))});
  tf.registerBackend("tensorflow", tf.findBackendFactory("cpu"));
  tf.copyRegisteredKernels("cpu", "tensorflow");
  module.exports = tf;
`;

function wrongKernel(name: string): string {
  return `${WORKING}
    const { kernelFunc } = tf.getKernel("${name}", "tensorflow");
    tf.unregisterKernel("${name}", "tensorflow");
    tf.registerKernel({ kernelName: "${name}", backendName: "tensorflow", kernelFunc: (args) => {
      const result = kernelFunc(args);
      args.backend.data.get(result.dataId).values[0] += 0.5;
      return result;
    } });`;
}

function install(folder: string, code: string, version = "4.22.0", name = "@tensorflow/tfjs-node"): void {
  const place = join(folder, "node_modules/@tensorflow/tfjs-node");
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "package.json"), JSON.stringify({ name, version, main: "index.js" }));
  writeFileSync(join(place, "index.js"), code);
}

function searchIn(folder: string, { anew = false, limitMs = 20_000 } = {}): Search {
  return { from: join(folder, "main.js"), cache: new VerdictCache(join(folder, "cache/backends.json")), anew, limitMs };
}

for (const [what, code, fault] of [
  ["that is no tfjs", "module.exports = {};", /is not a function/],
  [
    "whose library is missing",
    "throw new Error('libtensorflow.so.2: cannot open shared object file');",
    /^libtensorflow\.so\.2: cannot/,
  ],
  ["that aborts", "process.abort();", /^its process was ended by SIGABRT/],
  ["that exits", "console.error('no device');process.exit(7);", /^its process ended with exit code 7: no device$/],
  ["that is killed for its memory", "process.kill(process.pid, 'SIGKILL');", /^its process was ended by SIGKILL/],
  [
    "that claims to work and aborts",
    "console.log('prae-probe:null');setTimeout(() => process.abort(), 1);for(;;);",
    /^gave no answer/,
  ],
  ["that multiplies wrongly", wrongKernel("BatchMatMul"), /^a product gave .* is right$/],
  ["that trains wrongly", wrongKernel("Sub"), /^a training step gave .* is right$/],
  [
    "without a backend",
    `module.exports = require(${JSON.stringify(resolve("node_modules/@tensorflow/tfjs-node"))});`,
    /'tensorflow' not found/,
  ],
] as const) {
  test(`a package ${what} is refused`, async ({ folder }) => {
    install(folder, code);
    const found = await availability(
      "tfjs-node",
      searchIn(folder, { limitMs: fault.source.includes("no answer") ? 1_500 : 20_000 }),
    );
    assert.is(found.usable, false);
    assert.match(found.fault as string, fault);
    assert.match(found.advice as string, /prae doctor/);
  });
}

test("a package that hangs is refused after the time limit", async ({ folder }) => {
  install(folder, "for (;;);");
  const { usable, fault } = await availability("tfjs-node", searchIn(folder, { limitMs: 500 }));
  assert.equal([usable, fault], [false, "gave no answer within 0.5 s"]);
});

test("another package in its place is not it", async ({ folder }) => {
  install(folder, WORKING, "4.22.0", "@tensorflow/tfjs");
  const { version, fault } = await availability("tfjs-node", searchIn(folder));
  assert.is(version, null);
  assert.is(fault, "@tensorflow/tfjs-node is not installed; @tensorflow/tfjs stands in its place");
});

test("a verdict holds for one version, until it is asked for anew", async ({ folder }) => {
  install(folder, `console.log("noise");${WORKING}`);
  assert.is((await availability("tfjs-node", searchIn(folder))).usable, true);
  install(folder, "process.abort();");
  assert.is((await availability("tfjs-node", searchIn(folder))).usable, true, "kept");
  assert.is((await availability("tfjs-node", searchIn(folder, { anew: true }))).usable, false, "tried anew");
  install(folder, WORKING);
  assert.is((await availability("tfjs-node", searchIn(folder))).usable, false, "kept again");
  install(folder, WORKING, "4.23.0");
  assert.is((await availability("tfjs-node", searchIn(folder))).usable, true, "another version");
});

test("verdicts that cannot be read or written are none", async ({ folder }) => {
  install(folder, WORKING);
  mkdirSync(join(folder, "cache"));
  writeFileSync(join(folder, "cache/backends.json"), "{ torn");
  assert.is((await availability("tfjs-node", searchIn(folder))).usable, true);
  assert.ok(readFileSync(join(folder, "cache/backends.json"), "utf8").includes('"usable": true'));
  writeFileSync(join(folder, "file"), "");
  const nowhere = { ...searchIn(folder), cache: new VerdictCache(join(folder, "file/backends.json")) };
  assert.is((await availability("tfjs-node", nowhere)).usable, true);
  assert.is(existsSync(join(folder, "file/backends.json")), false);
});

test("the best backend that works is opened; one that was asked for and does not work is an issue", async ({ folder }) => {
  install(folder, "process.abort();");
  assert.is((await openBackend("auto", searchIn(folder))).name, "wasm");
  try {
    await openBackend("tfjs-node", searchIn(folder));
    assert.unreachable();
  } catch (error) {
    assert.match(
      (error as Error).message,
      /^--backend: expected a backend that works here, found tfjs-node: its process was ended/,
    );
  }
  install(folder, WORKING, "4.23.0");
  const { name, version, tf, repeatable } = await openBackend("auto", searchIn(folder));
  assert.equal([name, version, repeatable], ["tfjs-node", "4.23.0", false]);
  assert.equal([...(await tf.add([1, 2], [3, 4]).data())], [4, 6]);
});

test("the environment chooses where the command line does not", async ({ folder }) => {
  process.env["PRAE_BACKEND"] = "cpu";
  assert.is((await openBackend(undefined, searchIn(folder))).name, "cpu");
  assert.is((await openBackend("wasm", searchIn(folder))).name, "wasm");
  process.env["PRAE_BACKEND"] = "abacus";
  try {
    await openBackend(undefined, searchIn(folder));
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /^PRAE_BACKEND: expected one of auto, tfjs-node-gpu, .*, found "abacus"$/);
  }
  delete process.env["PRAE_BACKEND"];
});

test.run();
