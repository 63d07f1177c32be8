import { test } from "uvu";
import * as assert from "uvu/assert";
import type { HybridHistogramSpec, WarmSpec } from "../../../../allocator/core/policy.ts";
import { windowsFor } from "../../../../allocator/core/strategies/hybrid-histogram.ts";
import { IdleTimes } from "../../../../allocator/core/strategies/idle-times.ts";
import { policyFromText } from "../../../../allocator/policy-text.ts";
import { story } from "../../../support/story.ts";

const MINUTE_MS = 60_000;
const isHistogram = (spec: WarmSpec): spec is HybridHistogramSpec => spec.strategy === "hybrid-histogram";

/** The paper's constants; 10 and 0.5 for what it does not publish. */
function spec(): HybridHistogramSpec {
  const { warm } = policyFromText("hybrid-histogram");
  if (!isHistogram(warm)) throw new Error(warm.strategy);
  return warm;
}

/** Windows in minutes after these idle times, in minutes. */
function windows(idleMinutes: readonly number[]): readonly [prewarmAfter: number, keep: number] {
  const times = new IdleTimes();
  const { binMs, bins } = spec();
  for (const minutes of idleMinutes) times.add(minutes * MINUTE_MS, binMs, bins);
  const { prewarmAfterMs, keepMs } = windowsFor(times, spec());
  return [prewarmAfterMs / MINUTE_MS, keepMs / MINUTE_MS];
}

const repeated = (times: number, minutes: number): number[] => Array.from({ length: times }, () => minutes);
const STANDARD = [0, 240];

test("the constants are the paper's", () => {
  assert.equal(spec(), {
    strategy: "hybrid-histogram",
    binMs: MINUTE_MS,
    bins: 240,
    headPpm: 50_000,
    tailPpm: 990_000,
    marginPpm: 100_000,
    variationPpm: 2_000_000,
    minimumCount: 10,
    outOfBoundsPpm: 500_000,
  });
});

test("idle times that are alike: start ahead at 0.9 × head, keep for 1.1 × tail from then", () => {
  // All in bin 30: head 30 min (down), tail 31 min (up).
  assert.equal(windows(repeated(10, 30.5)), [27, 34.1]);
});

test("head is the bin of the 5th percentile, tail that of the 99th", () => {
  // 200 idle times: ranks 10 and 198. Bins 20 ×9, 40 ×189, 90 ×2: the 10th is in 40, the 198th too, the 199th in 90.
  assert.equal(windows([...repeated(9, 20), ...repeated(189, 40), ...repeated(2, 90)]), [36, 45.1]);
  // One more of each: the 10th is in 20, the 198th in 90.
  assert.equal(windows([...repeated(10, 20), ...repeated(187, 40), ...repeated(3, 90)]), [18, 100.1]);
});

test("where head is 0 the instance is not stopped, but kept for 1.1 × tail", () => {
  assert.equal(windows(repeated(10, 0.5)), [0, 1.1]);
});

test("a flat histogram says nothing: kept for the whole range; a peaked one is believed, not the other way round", () => {
  // One idle time in each bin: every bin counts the same, so their variation is 0.
  assert.equal(windows(Array.from({ length: 240 }, (_, minute) => minute)), STANDARD);
  // Of 240 bins k hold the same: the squared variation is 240 ⁄ k − 1, which is 4 at k = 48 and below it at 49.
  const evenly = (bins: number) => Array.from({ length: bins }, (_, bin) => 10 + bin);
  assert.is.not(windows(evenly(48))[0], 0);
  assert.equal(windows(evenly(49)), STANDARD);
});

test("too few idle times say nothing", () => {
  assert.equal(windows([]), STANDARD);
  assert.equal(windows(repeated(9, 30)), STANDARD);
  assert.is.not(windows(repeated(10, 30))[0], 0);
});

test("mostly out of bounds: there from 0.85 to 1.15 of what ARIMA predicts", () => {
  // Constant: that is the prediction. 255 to 345 min.
  assert.equal(windows(repeated(10, 300)), [255, 90]);
  // 250 and 350 in turn, 350 last: without error, 250 is next.
  const inTurn = Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? 250 : 350));
  assert.equal(windows(inTurn), [212.5, 75]);
  // Half is not most: the histogram, of the other half.
  assert.equal(windows([...repeated(5, 300), ...repeated(5, 30)]), [27, 34.1]);
});

test("in the core: stopped after use, started ahead, and kept from then on", () => {
  // Idle times of 35 ms, in bins of 10: two are enough here. Head 30, tail 40: start ahead after 27, keep for 44 from there.
  story(`
    tier standard 1
    user ana standard
    app web start 5
    pool default unlimited
    policy hybrid-histogram:bin=10ms,range=100ms,minimum=2,variation=0
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    5 ready i0
    10 end r0 -> timer at 110            # nothing known: kept for the range
    45 arrive r1 ana web -> bind i0 to r1 (warm_hit)
    50 end r1
    85 arrive r2 ana web -> bind i0 to r2 (warm_hit)
    90 end r2 -> stop i0 (idle_histogram)
    90 stopped i0
    110 timer -> timer at 117
    117 timer -> launch i1 of web for ana (prewarm)
    122 ready i1 -> timer at 161         # 117 + 44, not 122 + 44, nor 90 + 44
    125 arrive r3 ana web -> bind i1 to r3 (warm_hit)
    130 end r3 -> stop i1 (idle_histogram), no timer, timer at 157
    130 stopped i1
    157 timer -> launch i2 of web for ana (prewarm), timer at 161
    161 timer
    162 ready i2 -> timer at 201
    201 timer -> stop i2 (keep_alive_ended)
  `);
});

test("in the core: an arrival before the start ahead begins cold, and calls it off", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 5
    pool default unlimited
    policy hybrid-histogram:bin=10ms,range=100ms,minimum=1,variation=0
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    5 ready i0
    10 end r0 -> timer at 110
    45 arrive r1 ana web -> bind i0 to r1 (warm_hit)
    50 end r1 -> stop i0 (idle_histogram), no timer, timer at 77
    50 stopped i0
    60 arrive r2 ana web -> launch i1 of web for ana, r2 waits for it
    65 ready i1
    77 timer -> timer at 110
  `);
});

test("in the core: idle only when nothing of the group runs; then as many are started ahead as the last use needed", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 0
    pool default unlimited
    policy hybrid-histogram:bin=10ms,range=100ms,minimum=1,variation=0
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 ready i0
    0 arrive r1 ana web -> launch i1 of web for ana, r1 waits for it
    0 ready i1
    10 end r0 -> timer at 110
    30 end r1                             # idle from 30 on
    65 arrive r2 ana web -> bind i1 to r2 (warm_hit)
    65 arrive r3 ana web -> bind i0 to r3 (warm_hit)
    66 end r2                             # kept while the other runs
    67 end r3 -> stop i0 (idle_histogram), stop i1 (idle_histogram), no timer, timer at 94
    67 stopped i0
    67 stopped i1
    94 timer -> launch i2 of web for ana (prewarm), launch i3 of web for ana (prewarm), timer at 110
  `);
});

test.run();
