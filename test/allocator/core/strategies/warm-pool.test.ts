import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyFromDocument } from "../../../../allocator/policy-document.ts";
import { policyFromText } from "../../../../allocator/policy-text.ts";
import { story } from "../../../support/story.ts";

test("how it is written", () => {
  const defaults = { strategy: "warm-pool", spare: 1, least: 0, most: 1_000, cooldownMs: 300_000 };
  assert.equal(policyFromText("warm-pool").warm, defaults);
  assert.equal(policyFromText("warm-pool:spare=3,min=2,max=9,cooldown=0s").warm, {
    ...defaults,
    spare: 3,
    least: 2,
    most: 9,
    cooldownMs: 0,
  });
  assert.throws(() => policyFromText("warm-pool:min=5,max=4"), "warm.max: expected a whole number from 5 to 1000000");
  assert.throws(() => policyFromDocument({ warm: { strategy: "warm-pool", ttl: "1m" } }), "warm.ttl");
});

test("as many as are in use and one to spare, at least two; what was claimed is used once; it shrinks after the cooldown", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web start 20
    pool default unlimited
    policy warm-pool:spare=1,min=2,max=3,cooldown=100ms
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it, launch i1 of web as a shadow (warm_pool)    # 1 + 1 is 2
    20 ready i0
    20 ready i1
    30 arrive r1 bob web -> bind i1 to r1 (shadow_hit), launch i2 of web as a shadow (warm_pool)                  # 2 + 1 is 3
    40 arrive r2 ana web -> bind i2 to r2 (late_join)                                                             # 3 + 1 is more than the most
    50 end r0 -> stop i0 (nothing_kept), launch i3 of web as a shadow (warm_pool)                                 # 2 + 1
    50 ready i2
    70 ready i3
    80 end r1 -> stop i1 (nothing_kept), launch i4 of web as a shadow (warm_pool), timer at 130                   # 1 + 1, but 3 since 30
    100 ready i4
    130 timer -> stop i3 (surplus)
    140 end r2 -> stop i2 (nothing_kept), launch i5 of web as a shadow (warm_pool)                                # 0 + 1 is less than the least
    160 ready i5
  `);
});

test("what is used again before the cooldown is over keeps the pool as large", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    pool default unlimited
    policy warm-pool:cooldown=100ms
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it, launch i1 of web as a shadow (warm_pool)
    0 ready i0
    0 ready i1
    10 end r0 -> stop i0 (nothing_kept), launch i2 of web as a shadow (warm_pool), timer at 100
    10 ready i2
    20 arrive r1 ana web -> bind i2 to r1 (shadow_hit)
    100 timer
    110 end r1 -> stop i2 (nothing_kept)
  `);
});

test("a shared app's instances return to the pool", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web shared
    pool default unlimited
    policy warm-pool:cooldown=100ms
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it, launch i1 of web as a shadow (warm_pool)
    0 ready i0
    0 ready i1
    10 end r0 -> timer at 100
    20 arrive r1 bob web -> bind i0 to r1 (warm_hit)
    30 end r1
    100 timer -> stop i0 (surplus)
    200 arrive r2 ana web -> bind i1 to r2 (shadow_hit), launch i2 of web as a shadow (warm_pool)
  `);
});

test("where there is no room the pool makes none, and gives way to requests", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    app job
    policy warm-pool:spare=2
    0 node n0 2
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it, launch i1 of web as a shadow on n0 (warm_pool)
    0 ready i0
    0 ready i1
    10 arrive r1 ana job -> stop i1 (evicted), queue r1 (no_fit)
    10 stopped i1 -> launch i2 of job for ana on n0, r1 waits for it
  `);
});

test.run();
