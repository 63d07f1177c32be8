import { test } from "uvu";
import * as assert from "uvu/assert";
import { Fragmentation, typicalShapes } from "../../../../allocator/core/placement/fragmentation.ts";
import type { GpuShape } from "../../../../allocator/core/placement/gpu-shape.ts";
import { nodeWith, sharing, whole, withoutGpu } from "../../../support/gpu-shapes.ts";

test("fragmentation is what each typical shape cannot use, as often as it occurs", () => {
  const fragmentation = new Fragmentation([
    { shape: sharing(300, 2000), count: 3 }, // fits on two devices; the 100 on the third are too little: 100
    { shape: whole(2, 4000), count: 1 }, // one empty device is not two: 1500
    { shape: withoutGpu(1000), count: 2 }, // asks for no GPU: 1500
    { shape: whole(1, 4000, ["P100"]), count: 1 }, // another model: 1500
    { shape: sharing(200, 20_000), count: 1 }, // too little CPU: 1500
  ]);
  const node = nodeWith(10_000, [0, 600, 900]);
  assert.is(fragmentation.weight, 8);
  assert.is(fragmentation.amount(node), 3 * 100 + 1500 + 2 * 1500 + 1500 + 1500);
});

test("a node without free GPU has nothing to fragment", () => {
  assert.is(new Fragmentation([{ shape: whole(1), count: 1 }]).amount(nodeWith(10_000, [1000, 1000])), 0);
});

test("CPU counts up to the last millicore", () => {
  const fragmentation = new Fragmentation([
    { shape: whole(1, 4000), count: 2 },
    { shape: whole(1, 6000), count: 3 },
  ]);
  const amounts = [3999, 4000, 5999, 6000].map((cpu) => fragmentation.amount(nodeWith(cpu, [0])));
  assert.equal(amounts, [5000, 3000, 3000, 0]);
});

const times = (count: number, shape: GpuShape) => new Array<GpuShape>(count).fill(shape);

test("typical are the most frequent shapes, up to 95 % of all", () => {
  const [a, b, c, d] = [whole(1), sharing(500), sharing(300), whole(2)];
  const counted = typicalShapes([...times(3, c), ...times(90, a), ...times(2, d), ...times(5, b)]);
  assert.equal(counted, [
    { shape: a, count: 90 },
    { shape: b, count: 5 },
  ]);
});

test("memory does not tell shapes apart, models do", () => {
  const counted = typicalShapes([whole(1), { ...whole(1), memoryMiB: 1 }, whole(1, 8000, ["T4"])]);
  assert.equal(
    counted.map(({ count }) => count),
    [2, 1],
  );
});

test("of equally frequent shapes the larger come first", () => {
  const shapes = [whole(1, 4000), whole(1, 8000), sharing(500, 8000), whole(2, 8000)];
  const order = typicalShapes(shapes).map(({ shape }) => `${shape.cpuMillis} ${shape.gpus} ${shape.gpuMillis}`);
  assert.equal(order, ["8000 2 1000", "8000 1 1000", "8000 1 500", "4000 1 1000"]);
});

test.run();
