import { test } from "uvu";
import * as assert from "uvu/assert";
import { done, json, prae } from "../../support/prae.ts";

test("every backend is told of, and wasm works with all its kernels", () => {
  const found = json(["doctor"]);
  assert.equal(
    found.backends.map(({ name }: { name: string }) => name),
    ["tfjs-node-gpu", "tfjs-node", "webgpu", "wasm", "cpu"],
  );
  assert.is(found.usable, true);
  const [wasm, cpu] = found.backends.slice(-2);
  assert.is(wasm.usable, true);
  assert.ok(wasm.kernels.length > 5);
  for (const { kernel, used, fault } of wasm.kernels) assert.equal([used, fault], [true, null], kernel);
  assert.ok(wasm.gflops > cpu.gflops);
  for (const { usable, advice, fault } of found.backends) assert.is(usable, advice === null && fault === null);
  assert.is(found.node, process.version);
  assert.ok(found.cores > 0 && found.memoryMiB > 0);
});

test("in words: what works, what does not, and what to do about it", () => {
  const said = done(["doctor", "--backend", "cpu"], { env: { XDG_CACHE_HOME: "/nowhere", PRAE_ONNXRUNTIME: "/nowhere" } });
  assert.match(said, /^wasm +[\d.]+ works, [\d.]+ GFLOPS, (\d+) of \1 kernels of PRAE's in use/m);
  assert.match(said, /^cache +\/nowhere\/prae$/m);
  assert.match(said, /no ONNX Runtime: .*npm install onnxruntime-node/);
  assert.match(said, /npm install @tensorflow\/tfjs-node-gpu@/);
});

test("the exit code says whether the backend that was asked for works", () => {
  const { status, stderr } = prae(["doctor"], { env: { PRAE_BACKEND: "webgpu" } });
  assert.is(status, 3, "no package brings WebGPU here");
  assert.is(stderr, "prae: the backend webgpu does not work here\n");
  const unknown = prae(["doctor", "--backend", "abacus"]);
  assert.is(unknown.status, 2);
  assert.match(unknown.stderr, /--backend: expected one of auto, tfjs-node-gpu.*, found "abacus"/);
});

test.run();
