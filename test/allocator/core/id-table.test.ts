import { test } from "uvu";
import * as assert from "uvu/assert";
import { IdTable } from "../../../allocator/core/id-table.ts";
import { RandomStream } from "../../../allocator/core/random.ts";

test("holds what a map holds, in ascending order of id", () => {
  const random = new RandomStream(7, "id table");
  const table = new IdTable<number, string>();
  const map = new Map<number, string>();
  for (let step = 0; step < 20_000; step += 1) {
    // Mostly new ids, as they are handed out; now and then an old one, or one far ahead.
    const id = random.below(10) === 0 ? random.below(40_000) : Math.floor(step / 2) + random.below(300);
    if (random.below(2) === 0) {
      table.set(id, `${step}`);
      map.set(id, `${step}`);
    } else {
      table.delete(id);
      map.delete(id);
    }
    assert.is(table.get(id), map.get(id));
    assert.is(table.has(id), map.has(id));
    assert.is(table.size, map.size);
  }
  const sorted = [...map].sort(([a], [b]) => a - b);
  assert.equal([...table.entries()], sorted);
  assert.equal(
    [...table.values()],
    sorted.map(([, value]) => value),
  );
});

test("an id that was never there is in no page", () => {
  const table = new IdTable<number, string>();
  assert.is(table.get(5_000_000), undefined);
  table.delete(5_000_000);
  assert.is(table.size, 0);
});

test.run();
