import { test } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../../allocator/core/random.ts";
import { openBackend } from "../../../models/backend/open-backend.ts";
import { orderedLevels } from "../../../models/network/head.ts";
import type { NetworkShape } from "../../../models/network/network-shape.ts";

const SHAPE: NetworkShape = {
  architecture: "rnn",
  lookBack: 8,
  inputs: 1,
  horizon: 3,
  outputs: 5,
  middle: 2,
  futures: 0,
  statics: 0,
  sizes: {},
};

test("levels never cross, whatever the network says, and the middle one is what it says", async () => {
  const { tf } = await openBackend("wasm");
  const stream = new RandomStream(7, "raw outputs");
  const raw = Float32Array.from({ length: 40 * 3 * 5 }, () => 8 * stream.normal());
  const ordered = tf.tidy(() => orderedLevels(tf, SHAPE)(tf.tensor3d(raw, [40, 3, 5])).dataSync());
  for (let start = 0; start < ordered.length; start += 5) {
    assert.is(ordered[start + 2], raw[start + 2]);
    for (let level = 1; level < 5; level += 1) assert.ok((ordered[start + level] ?? 0) >= (ordered[start + level - 1] ?? 0));
  }
});

test.run();
