import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ByteReader, ByteWriter } from "../../../allocator/core/bytes.ts";
import type { NodeId, PoolId } from "../../../allocator/core/ids.ts";
import { type Node, NodeTable } from "../../../allocator/core/nodes.ts";
import { type NodeScore, nodeScore } from "../../../allocator/core/placement/node-score.ts";
import type { PlaceSpec } from "../../../allocator/core/policy.ts";
import { RandomStream } from "../../../allocator/core/random.ts";
import { add, equal, fits, maximum, NO_RESOURCES, type Resources } from "../../../allocator/core/resources.ts";

const POOL = 0 as PoolId;
const amounts = fc
  .record({ cpu: fc.nat(4), memory: fc.nat(4) })
  .map(({ cpu, memory }): Resources => ({ cpuMillis: cpu, memoryMiB: memory, gpuMillis: 0, networkKbps: 0 }));
const operation = fc.record({ what: fc.nat(9), node: fc.nat(11), amount: amounts });

/** The same, by looking at everything. */
function firstOf(table: NodeTable, amount: Resources): NodeId | null {
  const hasRoom = ({ state, free, taken, places }: Node) => state === "ready" && taken < places && fits(amount, free);
  return table.all().find(hasRoom)?.id ?? null;
}

function backingOf(table: NodeTable): Resources {
  return table.all().reduce((sum, { state, capacity, free }) => {
    if (state === "lost") return sum;
    const used = { ...capacity, cpuMillis: capacity.cpuMillis - free.cpuMillis, memoryMiB: capacity.memoryMiB - free.memoryMiB };
    return add(sum, state === "ready" ? capacity : used);
  }, NO_RESOURCES);
}

test("first fit and what backs are what a look at every node gives, whatever happened", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 80, size: "max" }), fc.array(amounts, { minLength: 1 }), (operations, asked) => {
      const table = new NodeTable();
      const held = new Map<NodeId, Resources[]>();
      for (const { what, node, amount } of operations) {
        const id = Math.min(node, table.count) as NodeId;
        const known = table.all()[id];
        if (known === undefined || what === 0) table.ready(id, POOL, amount);
        else if (what === 9) table.ready(id, POOL, known.whole, { offered: amount, places: amount.cpuMillis });
        else if (what === 1) table.drain(id);
        else if (what === 2) {
          for (const one of held.get(id) ?? []) table.give(id, one);
          held.delete(id);
          table.lose(id);
        } else if (what < 6) {
          const given = held.get(id)?.pop();
          if (given !== undefined) table.give(id, given);
        } else if (known.state !== "lost" && fits(amount, known.free)) {
          table.take(id, amount);
          held.set(id, [...(held.get(id) ?? []), amount]);
        }
        for (const want of asked) assert.is(table.firstFit(want)?.id ?? null, firstOf(table, want));
        assert.ok(equal(table.backing, backingOf(table)), "backing");
      }
      const out = new ByteWriter();
      table.write(out);
      const read = NodeTable.read(new ByteReader(out.written().slice()));
      assert.equal(read.all(), table.all());
      assert.equal(read.backing, table.backing);
      for (const want of asked) assert.is(read.firstFit(want)?.id, table.firstFit(want)?.id);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("worked by hand: drained, refilled, lost and back", () => {
  const one = { cpuMillis: 1, memoryMiB: 0, gpuMillis: 0, networkKbps: 0 };
  const two = { ...one, cpuMillis: 2 };
  const table = new NodeTable();
  const [first, second] = [0 as NodeId, 1 as NodeId];
  table.ready(first, POOL, two);
  table.ready(second, POOL, one);
  table.take(first, one);
  assert.is(table.firstFit(two), null);
  assert.is(table.firstFit(one)?.id, first);
  assert.ok(table.couldEverFit(two) && !table.couldEverFit({ ...one, cpuMillis: 3 }));
  table.drain(first);
  assert.is(table.firstFit(one)?.id, second, "a node that drains takes nothing, not even where it has room");
  assert.equal(table.backing, two, "one still held on the first, one of the second");
  table.give(first, one);
  assert.equal(table.backing, one);
  table.lose(first);
  table.ready(first, POOL, two);
  assert.is(table.firstFit(two)?.id, first);
  assert.equal(table.backing, { ...one, cpuMillis: 3 });
});

const of = (cpuMillis: number, memoryMiB: number): Resources => ({ ...NO_RESOURCES, cpuMillis, memoryMiB });

test("worked by hand: others take more than is left, and give it back", () => {
  const node = 0 as NodeId;
  const table = new NodeTable();
  const free = () => [table.get(node).free.cpuMillis, table.backing.cpuMillis];
  table.ready(node, POOL, of(8, 8), { offered: of(6, 8), places: 3 });
  for (const size of [of(3, 1), of(2, 1)]) table.take(node, size);
  assert.equal(free(), [1, 6]);
  table.ready(node, POOL, of(8, 8), { offered: of(4, 8), places: 3 });
  assert.equal(free(), [0, 5], "what is there stays");
  assert.is(table.firstFit(of(1, 0)), null);
  table.resize(node, of(3, 1), of(3, 2));
  assert.equal(free(), [0, 5], "it grows in what there is");
  table.give(node, of(2, 1));
  assert.equal(free(), [1, 4], "what is given back is gone, as far as it was owed");
  table.take(node, of(1, 0));
  table.take(node, NO_RESOURCES);
  assert.is(table.firstFit(NO_RESOURCES), null, "three are as many as may be there");
  assert.not.ok(table.hasRoom(node, NO_RESOURCES));
  table.ready(node, POOL, of(8, 8), { offered: of(8, 8), places: 4 });
  assert.equal(free(), [4, 8]);
  assert.ok(table.hasRoom(node, of(4, 0)));
  table.ready(node, POOL, of(8, 8), { offered: NO_RESOURCES, places: 0 });
  assert.ok(table.couldEverFit(of(8, 8)), "others may go again");
});

test("worked by hand: three strategies choose three nodes", () => {
  const table = new NodeTable();
  // Free, and at most on any: 10 and 20. Asked for: 4 and 1.
  for (const [id, capacity] of [of(10, 20), of(4, 20), of(6, 8)].entries()) table.ready(id as NodeId, POOL, capacity);
  const chosen = (strategy: PlaceSpec["strategy"]) => table.best(of(4, 1), nodeScore({ strategy }) as NodeScore)?.id;
  assert.is(table.firstFit(of(4, 1))?.id, 0);
  // Left over: 6 ⁄ 10 + 19 ⁄ 20 = 1.55; 0 + 19 ⁄ 20 = 0.95; 2 ⁄ 10 + 7 ⁄ 20 = 0.55.
  assert.is(chosen("best-fit"), 2);
  // Products: 1 · 0.4 + 1 · 0.05 = 0.45; 0.4 · 0.4 + 1 · 0.05 = 0.21; 0.6 · 0.4 + 0.4 · 0.05 = 0.26.
  assert.is(chosen("dot-product"), 1);
  table.take(2 as NodeId, of(3, 0));
  assert.is(chosen("best-fit"), 1, "where there is no room there is no score");
});

test("the best of all that have room, as a look at each would find it; of equals the first; ready nodes alone", () => {
  const random = new RandomStream(1, "best");
  for (let run = 0; run < 200; run += 1) {
    const table = new NodeTable();
    const capacities = Array.from({ length: 1 + random.below(9) }, () => of(random.below(6), random.below(6)));
    capacities.forEach((capacity, id) => {
      table.ready(id as NodeId, POOL, capacity);
      if (random.below(4) === 0) table.take(id as NodeId, of(random.below(capacity.cpuMillis + 1), 0));
      if (random.below(5) === 0) table.drain(id as NodeId);
    });
    const largest = capacities.reduce(maximum, NO_RESOURCES);
    const asked = of(random.below(4), random.below(4));
    for (const strategy of ["best-fit", "dot-product"] as const) {
      const score = nodeScore({ strategy }) as NodeScore;
      let expected: number | undefined;
      let highest = Number.NEGATIVE_INFINITY;
      for (const { id, free, state } of table.all()) {
        if (state !== "ready" || !fits(asked, free) || score(free, asked, largest) <= highest) continue;
        highest = score(free, asked, largest);
        expected = id;
      }
      assert.is(table.best(asked, score)?.id, expected);
    }
  }
});

test("nothing is placed on a node that is lost or full, not even an empty shape where there is no node", () => {
  const table = new NodeTable();
  assert.is(table.firstFit(NO_RESOURCES), null);
  assert.is(
    table.best(NO_RESOURCES, () => 0),
    null,
  );
  table.ready(0 as NodeId, POOL, NO_RESOURCES);
  assert.is(table.firstFit(NO_RESOURCES)?.id, 0);
  table.lose(0 as NodeId);
  assert.is(table.firstFit(NO_RESOURCES), null);
});

test.run();
