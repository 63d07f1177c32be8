import { test } from "uvu";
import * as assert from "uvu/assert";
import { DurationSketch } from "../../../../allocator/core/duration-sketch.ts";
import type { PoolId } from "../../../../allocator/core/ids.ts";
import { cheapest, leastWasteful, type Option } from "../../../../allocator/core/pools/expander.ts";
import { amounts } from "../../../support/stream.ts";

/** One node, which takes in one pod of 500 millicores and 1,000 MiB. */
function option(id: number, cpuMillis: number, memoryMiB: number, priceMicrosPerHour = 0, count = 1): Option {
  const elastic = { capacity: amounts({ cpuMillis, memoryMiB }), nodes: 0, least: 0, most: 9, priceMicrosPerHour };
  const pool = {
    id: id as PoolId,
    elastic,
    unlimited: false,
    provisionMs: 0,
    asked: 0,
    ordersMs: [],
    took: new DurationSketch(),
    resize: null,
  };
  return { pool, nodes: 1, placed: [{ size: amounts({ cpuMillis: 500, memoryMiB: 1000 }), count }] };
}

const chosen = (found: Option | null) => found?.pool.id ?? null;

// expander/waste/waste_test.go: pods of 500 millicores and 1,000 MiB.
test("the Cluster Autoscaler's golden choices of least waste", () => {
  const balanced = option(0, 16 * 500, 16 * 1000);
  const highMemory = option(1, 16 * 500, 32 * 1000);
  const lowCpu = option(2, 8 * 500, 16 * 1000);
  assert.is(chosen(leastWasteful([balanced])), 0);
  assert.is(chosen(leastWasteful([balanced, highMemory])), 0);
  assert.is(chosen(leastWasteful([balanced, highMemory, lowCpu])), 2);
  assert.is(chosen(leastWasteful([])), null);
});

test("price for what is taken in decides, of equals the waste; without a price of each the waste alone", () => {
  const small = option(0, 2000, 4000, 100);
  assert.is(chosen(cheapest([small, option(1, 8000, 16_000, 300, 4)])), 1, "75 for each, not 100");
  assert.is(chosen(cheapest([small, option(1, 8000, 16_000, 500, 4)])), 0, "125 for each");
  assert.is(chosen(cheapest([option(0, 8000, 16_000, 100), option(1, 2000, 4000, 100)])), 1, "as dear, less waste");
  assert.is(chosen(cheapest([option(0, 8000, 16_000, 0), option(1, 2000, 4000, 900)])), 1, "no price is not a price of nothing");
});

test("of equals the first", () => {
  assert.is(chosen(cheapest([option(3, 2000, 4000, 100), option(4, 2000, 4000, 100)])), 3);
});

test.run();
