import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ByteReader, ByteWriter } from "../../../allocator/core/bytes.ts";
import type { NodeId, PoolId } from "../../../allocator/core/ids.ts";
import { NodeTable } from "../../../allocator/core/nodes.ts";
import { add, equal, fits, NO_RESOURCES, type Resources } from "../../../allocator/core/resources.ts";

const POOL = 0 as PoolId;
const amounts = fc
  .record({ cpu: fc.nat(4), memory: fc.nat(4) })
  .map(({ cpu, memory }): Resources => ({ cpuMillis: cpu, memoryMiB: memory, gpuMillis: 0, networkKbps: 0 }));
const operation = fc.record({ what: fc.nat(9), node: fc.nat(11), amount: amounts });

/** The same, by looking at everything. */
function firstOf(table: NodeTable, amount: Resources): NodeId | null {
  return table.all().find(({ state, free }) => state === "ready" && fits(amount, free))?.id ?? null;
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

test("nothing is placed on a node that is lost or full, not even an empty shape where there is no node", () => {
  const table = new NodeTable();
  assert.is(table.firstFit(NO_RESOURCES), null);
  table.ready(0 as NodeId, POOL, NO_RESOURCES);
  assert.is(table.firstFit(NO_RESOURCES)?.id, 0);
  table.lose(0 as NodeId);
  assert.is(table.firstFit(NO_RESOURCES), null);
});

test.run();
