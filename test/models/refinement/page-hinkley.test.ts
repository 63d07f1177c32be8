import { test } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../../allocator/core/random.ts";
import { PageHinkley } from "../../../models/refinement/page-hinkley.ts";

const OPTIONS = { tolerance: 0.1, threshold: 20, warmUp: 50 };

/** The index at which a drift shows in values around `level(i)`, or -1. */
function shownAt(count: number, level: (i: number) => number, seed = 1): number {
  const stream = new RandomStream(seed, "drift");
  const detector = new PageHinkley(OPTIONS);
  for (let i = 0; i < count; i += 1) if (detector.observe(level(i) + stream.float() - 0.5)) return i;
  return -1;
}

test("by hand: the sum climbs by each value over the mean so far", () => {
  const detector = new PageHinkley({ tolerance: 0, threshold: 1.2, warmUp: 0 });
  // Means 0, 1/2, 2/3; steps of the sum 0, 1/2, 1/3: after the fourth value 0 + 1/2 + 1/3 + 1/4 = 1.083, after the fifth 1.283.
  assert.equal(
    [0, 1, 1, 1, 1].map((value) => detector.observe(value)),
    [false, false, false, false, true],
  );
});

test("values that stay where they are show no drift; nor does a fall", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    assert.is(
      shownAt(5000, () => 1, seed),
      -1,
    );
    assert.is(
      shownAt(5000, (i) => (i < 2500 ? 1 : 0.5), seed),
      -1,
    );
  }
});

test("a rise of the mean shows soon after it happened, not before", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const at = shownAt(5000, (i) => (i < 2500 ? 1 : 2), seed);
    assert.ok(at >= 2500 && at < 2540, `${at}`);
  }
});

test("after a reset the past is forgotten", () => {
  const detector = new PageHinkley({ tolerance: 0, threshold: 1, warmUp: 0 });
  for (const value of [0, 0, 5]) detector.observe(value);
  detector.reset();
  assert.is(detector.observe(5), false);
  assert.is(detector.observe(5), false);
});

test("what is not a number is refused", () => {
  assert.throws(() => new PageHinkley(OPTIONS).observe(Number.NaN), /expected a finite number, found NaN/);
});

test.run();
