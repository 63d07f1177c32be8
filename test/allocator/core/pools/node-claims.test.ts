import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { PoolId } from "../../../../allocator/core/ids.ts";
import { lowestPriced, nodeClaims } from "../../../../allocator/core/pools/node-claims.ts";
import { type Growing, PoolTable } from "../../../../allocator/core/pools/pool-table.ts";
import { fits, NO_RESOURCES, type Resources } from "../../../../allocator/core/resources.ts";

const cores = (count: number, gib = 0): Resources => ({ ...NO_RESOURCES, cpuMillis: count * 1000, memoryMiB: gib * 1024 });

/** Instance types by their capacity and price. */
function types(...of: readonly (readonly [capacity: Resources, price: number])[]): Growing[] {
  const table = new PoolTable();
  for (const [capacity, priceMicrosPerHour] of of) {
    table.add(false, 0, { capacity, nodes: 0, least: 0, most: 100, priceMicrosPerHour });
  }
  return table.elastic();
}

/** What is on each planned node in cores, and the id of the pool that it is bought of. */
function bought(sizes: readonly Resources[], pools: readonly Growing[]): (readonly [number, PoolId | undefined])[] {
  const lots = sizes.map((size) => ({ size, count: 1 }));
  return nodeClaims(lots, pools).map(({ requested, options }) => [requested.cpuMillis / 1000, lowestPriced(options)?.id]);
}

test("by hand: the largest first, each on the planned node with the fewest on it that has room as the largest type", () => {
  const pools = types([cores(4, 16), 4], [cores(8, 32), 7]);
  // 5 has to be on the large type. 4 has no room beside it: a second one. 3 goes on the first, as both have one. Then 2 on the second.
  assert.equal(bought([cores(2), cores(3), cores(5), cores(4)], pools), [
    [8, 1],
    [6, 1],
  ]);
  // Without the 2 the second takes 4 cores, for which the small type is enough.
  assert.equal(bought([cores(3), cores(5), cores(4)], pools), [
    [8, 1],
    [4, 0],
  ]);
});

test("by hand: of two planned nodes with room the one with fewer on it takes the next", () => {
  // 5 and 4 on a node each; the first 1 on the first, as both have one; the second on the second; the third on the first again.
  assert.equal(
    bought(
      [5, 4, 1, 1, 1].map((count) => cores(count)),
      types([cores(8), 1]),
    ),
    [
      [7, 0],
      [5, 0],
    ],
  );
});

test("by hand: of equal CPU the one with more memory first; what no type has room for is left out", () => {
  const pools = types([cores(2, 8), 1], [cores(2, 16), 3]);
  // 12 GiB first: on the second type. 4 GiB has room beside it, 5 GiB goes first and has none then: 17 GiB.
  assert.equal(bought([cores(1, 4), cores(1, 12), cores(1, 5), cores(3)], pools), [
    [2, 1],
    [1, 0],
  ]);
});

test("of types at one price the first is bought, and a price of a smaller type says nothing of a larger one's", () => {
  assert.equal(bought([cores(1)], types([cores(8), 2], [cores(4), 2], [cores(2), 5])), [[1, 0]]);
});

test("whatever is wanted: everything that a type has room for is on one planned node, and every option has room for all on it", () => {
  const amount = fc.record({ cpu: fc.integer({ min: 1, max: 9 }), gib: fc.integer({ min: 0, max: 9 }) });
  const shape = fc.record({
    ...{ cpu: fc.integer({ min: 1, max: 12 }), gib: fc.integer({ min: 1, max: 12 }) },
    price: fc.nat(9),
  });
  const property = fc.property(
    fc.array(amount, { maxLength: 12 }),
    fc.array(shape, { minLength: 1, maxLength: 4 }),
    (wanted, shapes) => {
      const pools = types(...shapes.map(({ cpu, gib, price }) => [cores(cpu, gib), price] as const));
      const lots = wanted.map(({ cpu, gib }) => ({ size: cores(cpu, gib), count: 1 }));
      const claims = nodeClaims(lots, pools);
      const able = lots.filter(({ size }) => pools.some(({ elastic }) => fits(size, elastic.capacity)));
      const sum = (of: (claim: (typeof claims)[number]) => number) => claims.reduce((total, claim) => total + of(claim), 0);
      assert.is(
        sum(({ count }) => count),
        able.length,
      );
      assert.is(
        sum(({ requested }) => requested.cpuMillis),
        able.reduce((total, { size }) => total + size.cpuMillis, 0),
      );
      for (const { requested, options } of claims) {
        assert.equal(
          options.map(({ id }) => id),
          pools.filter(({ elastic }) => fits(requested, elastic.capacity)).map(({ id }) => id),
        );
        assert.ok(options.length > 0);
      }
    },
  );
  fc.assert(property, { seed: 11, numRuns: 300 });
});

test.run();
