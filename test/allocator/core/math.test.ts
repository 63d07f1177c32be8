import { suite } from "uvu";
import * as assert from "uvu/assert";
import { exp, log, pow } from "../../../allocator/core/math.ts";
import { RandomStream } from "../../../allocator/core/random.ts";

const test = suite("core/math");

/** Distance in doubles between two finite numbers of the same sign. */
function ulps(a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0;
  const view = new DataView(new ArrayBuffer(16));
  view.setFloat64(0, a);
  view.setFloat64(8, b);
  const distance = view.getBigInt64(0) - view.getBigInt64(8);
  return Number(distance < 0n ? -distance : distance);
}

function hex(x: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}

/** A positive double with every exponent equally likely, from subnormal to the largest. */
function anyPositive(random: RandomStream): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, random.below(0x7ff00000));
  view.setUint32(4, random.uint32());
  return view.getFloat64(0);
}

test("exp is within 2 ulp of Math.exp over its whole range", () => {
  const random = new RandomStream(1, "exp");
  let worst = 0;
  for (let i = 0; i < 200_000; i++) {
    const x = i % 2 === 0 ? random.float() * 1454 - 745 : (random.float() - 0.5) * 4;
    worst = Math.max(worst, ulps(exp(x), Math.exp(x)));
  }
  assert.ok(worst <= 2, `worst ${worst} ulp`);
});

test("log is within 2 ulp of Math.log over every exponent and close to 1", () => {
  const random = new RandomStream(1, "log");
  let worst = 0;
  for (let i = 0; i < 200_000; i++) {
    const x = i % 2 === 0 ? anyPositive(random) : 0.5 + random.float() * 1.5;
    worst = Math.max(worst, ulps(log(x), Math.log(x)));
  }
  assert.ok(worst <= 2, `worst ${worst} ulp`);
});

test("pow is within 3 ulp of Math.pow wherever the result is a normal double", () => {
  const random = new RandomStream(1, "pow");
  let worst = 0;
  for (let i = 0; i < 200_000; i++) {
    const x = i % 2 === 0 ? anyPositive(random) : 0.5 + random.float() * 1.5;
    const y = ((random.float() * 2 - 1) * 708) / Math.log(x);
    const expected = x ** y;
    if (expected > 2.3e-308 && expected < Infinity) worst = Math.max(worst, ulps(pow(x, y), expected));
  }
  assert.ok(worst <= 3, `worst ${worst} ulp`);
});

test("whole powers of small integers are exact", () => {
  for (let base = 2; base <= 12; base++) {
    for (let y = 0, expected = 1; expected <= 2 ** 53; y++, expected *= base) assert.is(pow(base, y), expected, `${base}^${y}`);
  }
  assert.is(pow(0.25, 0.5), 0.5);
  assert.is(pow(2, -1074), 5e-324);
});

test("special values are those of ECMAScript", () => {
  const specials = [0, -0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1e300, -1e300, 2 ** 53, 2 ** 65, 5e-324, Infinity, -Infinity, NaN];
  for (const x of specials) {
    if (Math.abs(x) > 1 || !Number.isFinite(x) || x === 0)
      assert.ok(Object.is(exp(x), Math.exp(x)) || ulps(exp(x), Math.exp(x)) <= 1);
    assert.ok(Object.is(log(x), Math.log(x)) || ulps(log(x), Math.log(x)) <= 1, `log ${x}`);
    for (const y of specials) {
      const [found, expected] = [pow(x, y), x ** y];
      assert.ok(Object.is(found, expected) || ulps(found, expected) <= 1, `${x}^${y}: ${found}, not ${expected}`);
    }
  }
  assert.is(exp(709.782712893384), Math.exp(709.782712893384));
  assert.is(exp(709.7827128933841), Infinity);
  // The true values are 0.50000000000005 and 0.49999999999999 of the smallest double.
  assert.is(exp(-745.1332191019411), 5e-324);
  assert.is(exp(-745.1332191019412), 0);
});

/** Computed once with 200-bit arithmetic; the two marked are one unit off in the last place. */
const GOLDEN = [
  "4005bf0a8b145769",
  "3fd78b56362cef38",
  "3ff1aec7b35a00d4",
  "40d5829dcf950560",
  "3e157a3afeed00ab",
  "7f12fd8e4cbfa413",
  "0000000000000002",
  "3fe62e42fefa39ef",
  "40026bb1bbb55516",
  "c0026bb1bbb55515",
  "3e7ad7f2847b6492",
  "bf1a3738d2cf1cc2",
  "4085963447f87fb5",
  "c0874385446d71c3",
  "3ff6a09e667f3bcc" /* …bcd */,
  "3f50624dd2f1a9fc",
  "400b7e526b8e001c",
  "3f18ae7e5b4e6bae" /* …baf */,
  "3e60fa3389d6eb41",
  "514e71f0e15d4623",
  "01c7a651722e2c13",
];

test("golden bits: any engine and any change of the code must give these", () => {
  const found = [
    exp(1),
    exp(-1),
    exp(0.1),
    exp(10),
    exp(-20.5),
    exp(700.25),
    exp(-744),
    log(2),
    log(10),
    log(0.1),
    log(1.0000001),
    log(0.9999),
    log(1e300),
    log(5e-324),
    pow(2, 0.5),
    pow(10, -3),
    pow(1.0001, 12345.678),
    pow(0.3, 7.7),
    pow(1e-5, 1.5),
    pow(7, 99),
    pow(1.5, -1700),
  ].map(hex);
  assert.equal(found, GOLDEN);
});

test.run();
