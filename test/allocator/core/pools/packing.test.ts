import { test } from "uvu";
import * as assert from "uvu/assert";
import { pack } from "../../../../allocator/core/pools/packing.ts";
import { amounts } from "../../../support/stream.ts";

const lot = (cpuMillis: number, memoryMiB: number, count: number) => ({ size: amounts({ cpuMillis, memoryMiB }), count });
const node = (cpuMillis: number, memoryMiB: number) => amounts({ cpuMillis, memoryMiB });

/** Nodes, and how many of each size were placed. */
function packed(lots: ReturnType<typeof lot>[], capacity: ReturnType<typeof node>, most: number) {
  const { nodes, placed } = pack(lots, capacity, most);
  return { nodes, placed: placed.map(({ size, count }) => [size.cpuMillis, count]) };
}

// The cases of the Cluster Autoscaler's own estimator (estimator/binpacking_estimator_test.go) that ask for CPU and memory alone.
test("the Cluster Autoscaler's golden estimates", () => {
  assert.equal(packed([lot(350, 1000, 10)], node(350 * 3 - 50, 2000), 1_000), { nodes: 5, placed: [[350, 10]] });
  assert.equal(packed([lot(500, 1000, 20)], node(1000, 5000), 5), { nodes: 5, placed: [[500, 10]] }, "as many as it may");
  const larger = packed([lot(50, 1000, 10), lot(500, 1000, 10)], node(1000, 5000), 5);
  assert.equal(larger, { nodes: 5, placed: [[500, 10]] }, "the larger come first");
});

test("and that of its benchmark: 51,000 on 2,595 nodes, where the small fill what the large leave", () => {
  const { nodes, placed } = packed([lot(50, 100, 50_000), lot(95, 190, 1_000)], node(1000, 5000), 3_000);
  assert.equal(
    { nodes, placed },
    {
      nodes: 2_595,
      placed: [
        [95, 1_000],
        [50, 50_000],
      ],
    },
  ); // prettier to read than one a line
});

test("what no empty node takes is left out, and needs none", () => {
  assert.equal(packed([lot(2000, 1, 3), lot(100, 1, 1)], node(1000, 10), 9), { nodes: 1, placed: [[100, 1]] });
  assert.equal(packed([lot(2000, 1, 3)], node(1000, 10), 9), { nodes: 0, placed: [] });
});

test.run();
