import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sortOrder } from "../../datasets/sort-order.ts";

function bySorting(keys: readonly number[]): number[] {
  return [...keys.keys()].sort((a, b) => (keys[a] as number) - (keys[b] as number) || a - b);
}

test("null where the keys are in order", () => {
  assert.is(sortOrder(Float64Array.of(1, 1, 2, 9e15), 4), null);
  assert.is(sortOrder(new Float64Array(0), 0), null);
  assert.is(sortOrder(Float64Array.of(1, 2, 0), 2), null, "rows beyond count do not matter");
});

test("any keys up to 2^53 - 1: ascending, equal keys in their present order", () => {
  const key = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.maxSafeNat(), fc.constant(Number.MAX_SAFE_INTEGER));
  fc.assert(
    fc.property(fc.array(key, { maxLength: 300 }), (keys) => {
      const order = sortOrder(Float64Array.from(keys), keys.length);
      assert.equal(order === null ? [...keys.keys()] : [...order], bySorting(keys));
    }),
    { seed: 1 },
  );
});

test.run();
