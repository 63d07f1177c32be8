import { test } from "uvu";
import * as assert from "uvu/assert";
import { BEST_FIT } from "../../../../allocator/core/placement/best-fit.ts";
import { DOT_PRODUCT } from "../../../../allocator/core/placement/dot-product.ts";
import { fgd } from "../../../../allocator/core/placement/fgd.ts";
import { Fragmentation } from "../../../../allocator/core/placement/fragmentation.ts";
import { GPU_CLUSTERING } from "../../../../allocator/core/placement/gpu-clustering.ts";
import { GpuNode } from "../../../../allocator/core/placement/gpu-node.ts";
import { GPU_PACKING } from "../../../../allocator/core/placement/gpu-packing.ts";
import type { GpuShape } from "../../../../allocator/core/placement/gpu-shape.ts";
import { Placer } from "../../../../allocator/core/placement/placer.ts";
import { FIRST_FIT, RANDOM } from "../../../../allocator/core/placement/simple.ts";
import type { PlacementStrategy } from "../../../../allocator/core/placement/strategy.ts";
import { RandomStream } from "../../../../allocator/core/random.ts";
import { nodeWith, sharing, whole, withoutGpu } from "../../../support/gpu-shapes.ts";

const NONE = new RandomStream(1, "not drawn from");

/** Worked by hand from the formulas; the node and the device that win, of the nodes in this order. */
function wins(
  strategy: PlacementStrategy,
  nodes: readonly GpuNode[],
  shape: GpuShape,
): [node: number, devices: readonly number[]] {
  const placement = new Placer(nodes, strategy, NONE).place(shape);
  return [nodes.indexOf(placement?.node as GpuNode), placement?.devices ?? []];
}

test("first fit takes the first node with room, and the tightest device with room", () => {
  assert.equal(wins(FIRST_FIT, [nodeWith(7999, [0]), nodeWith(8000, [200, 700, 500]), nodeWith(9000, [500])], sharing(400)), [
    1,
    [2],
  ]);
});

test("best fit leaves the least CPU and GPU over", () => {
  const small = nodeWith(64_000, [0, 0]);
  const large = nodeWith(96_000, [0, 0, 0, 0, 0, 0, 0, 0]);
  // Left over: 56000 ⁄ 128000 = 0.4375 and 1500 ⁄ 8000 = 0.1875; 88000 ⁄ 128000 = 0.6875 and 7500 ⁄ 8000 = 0.9375.
  assert.is(BEST_FIT.score(small, sharing(500)), 68);
  assert.is(BEST_FIT.score(large, sharing(500)), 18);
  assert.equal(wins(BEST_FIT, [large, small], sharing(500)), [1, [0]]);
});

test("dot product takes the smallest product of what is free and what is asked for", () => {
  const small = nodeWith(64_000, [0, 0]);
  const large = nodeWith(96_000, [0, 0, 0, 0, 0, 0, 0, 0]);
  // (0.5 · 0.0625 + 0.25 · 0.0625) ⁄ 2 = 0.0234; (0.75 · 0.0625 + 1 · 0.0625) ⁄ 2 = 0.0547.
  assert.is(DOT_PRODUCT.score(small, sharing(500)), 97);
  assert.is(DOT_PRODUCT.score(large, sharing(500)), 94);
  assert.equal(wins(DOT_PRODUCT, [large, small], sharing(500)), [1, [0]]);
});

test("GPU packing prefers GPUs in use, then empty ones of a node in use, then the smallest empty node", () => {
  assert.is(GPU_PACKING.score(nodeWith(64_000, [600, 0]), sharing(300)), 96);
  assert.is(GPU_PACKING.score(nodeWith(64_000, [600, 0]), sharing(500)), 49);
  assert.is(GPU_PACKING.score(nodeWith(64_000, [300, 600]), sharing(300)), 96, "the tightest device counts");
  assert.is(GPU_PACKING.score(nodeWith(64_000, [600, 0, 0, 0]), whole(2)), 48);
  assert.is(GPU_PACKING.score(nodeWith(64_000, [600, ...new Array<number>(18).fill(0)]), whole(18)), 33);
  assert.is(GPU_PACKING.score(nodeWith(64_000, [0, 0]), sharing(300)), 31);
  assert.is(GPU_PACKING.score(nodeWith(64_000, new Array<number>(8).fill(0)), sharing(300)), 25);
  assert.is(GPU_PACKING.score(nodeWith(64_000, [600, 0]), withoutGpu(1000)), 0);
  assert.equal(wins(GPU_PACKING, [nodeWith(64_000, [0]), nodeWith(64_000, [0, 600])], sharing(400)), [1, [1]]);
});

test("GPU clustering puts like with like, and prefers the fuller node", () => {
  const eight = (held: readonly number[]) => nodeWith(96_000, [...held, ...new Array<number>(8 - held.length).fill(0)]);
  assert.is(GPU_CLUSTERING.score(eight([]), sharing(300)), 25);
  assert.is(GPU_CLUSTERING.score(nodeWith(96_000, [0, 0]), sharing(300)), 43);
  assert.is(GPU_CLUSTERING.score(eight([500]), sharing(300)), 76);
  assert.is(GPU_CLUSTERING.score(eight([500]), whole(1)), 1);
  assert.is(GPU_CLUSTERING.score(eight([500, 1000]), sharing(300)), 54);
  assert.is(GPU_CLUSTERING.score(eight([500, 1000]), whole(1)), 54);
  assert.is(GPU_CLUSTERING.score(eight([500, 1000]), whole(2)), 4);
  assert.is(GPU_CLUSTERING.score(eight([500]), withoutGpu(1000)), 0);
  const busy = eight([]);
  busy.place(withoutGpu(1000), []);
  assert.is(GPU_CLUSTERING.score(busy, sharing(300)), 25, "a shape without GPU is of no kind");
  assert.equal(wins(GPU_CLUSTERING, [eight([]), eight([1000]), eight([500])], sharing(300)), [2, [0]]);
});

test("fragmentation gradient descent takes the node and device where fragmentation falls most", () => {
  const strategy = fgd(new Fragmentation([{ shape: whole(1, 1000), count: 1 }]));
  // Of [1000, 500] free, 500 is fragmented. On the second device nothing is left of it: +0.5 GPU, 1 ⁄ (1 + e^−0.5) = 0.622.
  assert.is(strategy.score(nodeWith(64_000, [0, 500]), sharing(500)), 62);
  assert.is(strategy.device(nodeWith(64_000, [0, 500]), sharing(500), NONE), 1);
  // Of two empty devices one would be fragmented: −0.5 GPU, 0.378; a whole device leaves none fragmented: 0.5.
  assert.is(strategy.score(nodeWith(64_000, [0, 0]), sharing(500)), 37);
  assert.is(strategy.score(nodeWith(64_000, [0, 0]), whole(1)), 50);
  // Without CPU for the typical shape the other free device is lost to it too: −1 GPU, 0.269.
  assert.is(strategy.score(nodeWith(8000, [0, 500]), withoutGpu(8000)), 26);
  assert.equal(wins(strategy, [nodeWith(64_000, [0, 0]), nodeWith(64_000, [0, 500])], sharing(500)), [1, [1]]);
});

test("of equal devices FGD takes the first", () => {
  const strategy = fgd(new Fragmentation([{ shape: sharing(100, 1000), count: 1 }]));
  assert.is(strategy.device(nodeWith(64_000, [1000, 400, 400, 0]), sharing(300), NONE), 1);
});

test("random placement takes each node with room about as often", () => {
  const times = [0, 0, 0, 0];
  for (let seed = 0; seed < 900; seed += 1) {
    const nodes = [nodeWith(64_000, [0]), nodeWith(4000, [0]), nodeWith(64_000, [700]), nodeWith(64_000, [0, 500])];
    const placement = new Placer(nodes, RANDOM, new RandomStream(seed, "placement choices")).place(sharing(300));
    const at = nodes.indexOf(placement?.node as GpuNode);
    times[at] = (times[at] as number) + 1;
  }
  assert.is(times[1], 0);
  for (const at of [0, 2, 3]) assert.ok(Math.abs((times[at] as number) - 300) < 60, `${times}`);
});

test("a shape goes only where its model, memory, CPU and GPUs are", () => {
  const node = new GpuNode("a", 8000, 2048, 2, "T4");
  assert.ok(node.fits(whole(2)));
  assert.ok(node.fits(sharing(1, 8000, ["P100", "T4"])));
  assert.not(node.fits(sharing(1, 8000, ["P100"])));
  assert.not(node.fits(whole(3)));
  assert.not(node.fits(sharing(1, 8001)));
  assert.not(node.fits({ ...sharing(1), memoryMiB: 2049 }));
  assert.ok(node.fits({ ...withoutGpu(8000), gpuModels: ["P100"] }), "a model matters only to who asks for a GPU");
  node.place(sharing(1, 0), [0]);
  assert.not(node.fits(whole(2)));
  assert.ok(node.fits(sharing(999)));
});

test("what does not fit is never placed", () => {
  const node = new GpuNode("a", 8000, 4096, 2, "T4");
  node.place(sharing(600, 0), [0]);
  assert.throws(() => node.place(sharing(401, 0), [0]), /never overcommitted/);
  assert.throws(() => node.place(whole(2, 0), [1, 1]), /no device twice/);
  assert.throws(() => node.place(whole(2, 0), [1]), /as many devices/);
  assert.throws(() => node.place(sharing(100, 8001), [1]), /never overcommitted/);
  assert.equal(node.gpuFreeMillis, [400, 1000]);
});

test.run();
