import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  add,
  equal,
  fits,
  isZero,
  maximum,
  minimum,
  NO_RESOURCES,
  RESOURCE_NAMES,
  type Resources,
  scaleUp,
  subtract,
} from "../../../allocator/core/resources.ts";

const of = (cpuMillis: number, memoryMiB: number, gpuMillis: number, networkKbps: number): Resources => ({
  cpuMillis,
  memoryMiB,
  gpuMillis,
  networkKbps,
});
const amount = fc.nat(1_000_000);
const resources = fc.tuple(amount, amount, amount, amount).map(([a, b, c, d]) => of(a, b, c, d));

test("every operation is that of the numbers, resource by resource", () => {
  fc.assert(
    fc.property(resources, resources, fc.nat(3_000_000), (a, b, ppm) => {
      const each = (operation: (x: number, y: number) => number) =>
        Object.fromEntries(RESOURCE_NAMES.map((name) => [name, operation(a[name], b[name])]));
      assert.equal(
        add(a, b),
        each((x, y) => x + y),
      );
      assert.equal(
        subtract(a, b),
        each((x, y) => x - y),
      );
      assert.equal(
        maximum(a, b),
        each((x, y) => (x > y ? x : y)),
      );
      assert.equal(
        minimum(a, b),
        each((x, y) => (x < y ? x : y)),
      );
      assert.equal(
        scaleUp(a, ppm),
        each((x) => Number((BigInt(x) * BigInt(ppm) + 999_999n) / 1_000_000n)),
      );
      assert.is(
        fits(a, b),
        RESOURCE_NAMES.every((name) => a[name] <= b[name]),
      );
      assert.is(
        equal(a, b),
        RESOURCE_NAMES.every((name) => a[name] === b[name]),
      );
    }),
    { seed: 1 },
  );
});

test("one resource alone decides whether amounts fit, are equal or nothing", () => {
  const most = of(5, 5, 5, 5);
  assert.ok(fits(most, most) && equal(most, { ...most }) && isZero(NO_RESOURCES));
  for (const name of RESOURCE_NAMES) {
    assert.not(fits({ ...most, [name]: 6 }, most));
    assert.not(equal({ ...most, [name]: 4 }, most));
    assert.not(isZero({ ...NO_RESOURCES, [name]: 1 }));
  }
});

test("a margin never rounds away", () => {
  assert.equal(scaleUp(of(1, 10, 0, 1000), 1_000_001), of(2, 11, 0, 1001));
  assert.equal(scaleUp(of(1, 10, 0, 1000), 0), NO_RESOURCES);
});

test.run();
