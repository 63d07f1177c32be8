import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { NameRows } from "../../datasets/name-rows.ts";

test("the first row of each name, as a Map would have it", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 2 }), { maxLength: 3000, size: "max" }), (names) => {
      const rows = new NameRows();
      const map = new Map<string, number>();
      for (const [row, name] of names.entries()) {
        if (!map.has(name)) map.set(name, row);
        assert.is(rows.put(name, row), map.get(name));
      }
    }),
    { seed: 1, numRuns: 20 },
  );
});

test("many names", () => {
  const rows = new NameRows();
  for (let row = 0; row < 100_000; row += 1) assert.is(rows.put(`name ${row}`, row), row);
  for (let row = 0; row < 100_000; row += 7) assert.is(rows.put(`name ${row}`, -1), row);
});

test.run();
