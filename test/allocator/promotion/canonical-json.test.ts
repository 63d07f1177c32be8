import { test } from "uvu";
import * as assert from "uvu/assert";
import { canonicalJson, digestOf } from "../../../allocator/promotion/canonical-json.ts";

test("worked by hand, from RFC 8785: keys by code units, numbers and escapes as ECMAScript writes them", () => {
  const data = {
    numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001, -0],
    string: "\u20ac$\u000f\nA'B\"\\/",
    literals: [null, true, false],
  };
  assert.is(
    canonicalJson(data),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27,0],"string":"€$\\u000f\\nA\'B\\"\\\\/"}',
  );
  const keys = { "\u20ac": 1, "\r": 2, "1": 3, "\ud83d\ude00": 4, "\ufb33": 5, "10": 6, "9": 7 };
  assert.is(canonicalJson(keys), '{"\\r":2,"1":3,"10":6,"9":7,"€":1,"😀":4,"\ufb33":5}');
});

test("equal data, equal digest; what is absent does not count, what JSON cannot say is refused", () => {
  assert.is(digestOf({ a: 1, b: { c: 2, d: undefined } }), digestOf({ b: { c: 2 }, a: 1 }));
  assert.is.not(digestOf({ a: [1, 2] }), digestOf({ a: [2, 1] }));
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1n, () => 1, [undefined]]) {
    assert.throws(() => canonicalJson({ value }), TypeError);
  }
});

test.run();
