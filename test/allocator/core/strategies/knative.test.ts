import { test } from "uvu";
import * as assert from "uvu/assert";
import { ByteReader, ByteWriter } from "../../../../allocator/core/bytes.ts";
import { MeanConcurrency } from "../../../../allocator/core/strategies/mean-concurrency.ts";
import { policyFromText } from "../../../../allocator/policy-text.ts";
import { story } from "../../../support/story.ts";

test("the constants are those of Knative's config-autoscaler", () => {
  assert.equal(policyFromText("knative").replicas, {
    strategy: "knative",
    everyMs: 2_000,
    targetPpm: 700_000,
    least: 0,
    most: 1_000,
    stableMs: 60_000,
    panicMs: 6_000,
    thresholdPpm: 2_000_000,
    upRatePpm: 1_000_000_000,
    downRatePpm: 2_000_000,
    graceMs: 30_000,
  });
  assert.is(policyFromText("knative").controlEveryMs, 2_000);
});

test("a mean is over the window, and over what there is before a window is full", () => {
  const load = new MeanConcurrency();
  load.add(4, 100);
  load.mark(100, 60);
  assert.is(load.over(60), 4, "at its first instant: what there is");
  load.add(-2, 110);
  load.mark(120, 60);
  assert.is(load.over(60), (40 + 20) / 20);
  load.mark(140, 60);
  load.mark(160, 60);
  load.mark(180, 60);
  assert.is(load.over(20), 2);
  assert.is(load.over(60), 2, "100 to 120 is over");
  const out = new ByteWriter();
  load.write(out);
  const copy = new MeanConcurrency();
  copy.read(new ByteReader(out.written()));
  for (const one of [load, copy]) {
    one.add(1, 190);
    one.mark(200, 60);
    assert.is(one.over(20), 2.5);
    assert.is(one.over(60), (50 * 2 + 10 * 3) / 60);
  }
});

/** Ticks of 100 ms, a stable window of 600 ms, a panic window of 300 ms, grace of 200 ms. */
const QUICK = JSON.stringify({
  controlEvery: "100ms",
  replicas: { strategy: "knative", window: "600ms", panicWindow: 0.5, grace: "200ms" },
});

test("in the core: one instance at once, panic above twice the ready, nothing taken away in panic, then none", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 20
    pool default unlimited
    policy ${QUICK}
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 arrive r1 ana web -> queue r1 (no_fit)
    0 arrive r2 ana web -> queue r2 (no_fit)
    20 ready i0
    100 tick -> launch i1 of web for ana (replicas), launch i2 of web for ana (replicas)    # 3 ÷ 1 is 3 times what is ready
    120 ready i1 -> bind i1 to r1 (warm_hit)
    120 ready i2 -> bind i2 to r2 (warm_hit)
    130 end r0
    130 end r1
    130 end r2
    200 tick
    300 tick
    400 tick
    500 tick
    600 tick
    700 tick                              # 3 × 30 of 600: one; but panic
    800 tick -> stop i0 (surplus), stop i1 (surplus)    # 700 ms after 100: over; none asked for, but not fewer than half of three
    800 stopped i0
    800 stopped i1
    900 tick                              # none, in grace
    1000 tick
    1100 tick -> stop i2 (surplus)
    1100 stopped i2
    1200 tick
    1300 tick
    1400 arrive r3 ana web -> launch i3 of web for ana, r3 waits for it
    1420 ready i3
    1500 tick
  `);
});

test.run();
