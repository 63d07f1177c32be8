import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openBackend } from "../../../models/backend/open-backend.ts";

const test = suite("backends");

test("wasm starts with every corrected kernel in use", async () => {
  const { name, tf, kernels } = await openBackend("wasm");
  assert.is(name, "wasm");
  assert.is(tf.getBackend(), "wasm");
  assert.equal(
    kernels.map(({ kernel, fault }) => [kernel, fault]),
    [
      "Identity",
      "Add",
      "Multiply",
      "BatchMatMul",
      "Slice",
      "Unpack",
      "SplitV",
      "Sum",
      "UnsortedSegmentSum",
      "Tile",
      "Tanh",
      "Softplus",
    ].map((kernel) => [kernel, null]),
  );
});

test("cpu starts", async () => {
  const { name, tf } = await openBackend("cpu");
  assert.is(name, "cpu");
  assert.equal([...tf.add([1, 2], [3, 4]).dataSync()], [4, 6]);
});

test.run();
