import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyFromText } from "../../../../allocator/policy-text.ts";
import { story } from "../../../support/story.ts";

test("the constants are those of Kubernetes", () => {
  assert.equal(policyFromText("hpa").replicas, {
    strategy: "hpa",
    everyMs: 15_000,
    targetPpm: 800_000,
    tolerancePpm: 100_000,
    least: 1,
    most: 1_000,
    initializationMs: 300_000,
    readinessDelayMs: 30_000,
    up: {
      stabilizationMs: 0,
      policies: [
        { unit: "pods", value: 4, periodMs: 15_000 },
        { unit: "percent", value: 100, periodMs: 15_000 },
      ],
    },
    down: { stabilizationMs: 300_000, policies: [{ unit: "percent", value: 100, periodMs: 15_000 }] },
  });
  assert.is(policyFromText("hpa").controlEveryMs, 15_000);
});

/** Without initialization: samples count from the first period on. Periods of 100 ms, a window of 300 ms downward. */
const QUICK = JSON.stringify({
  controlEvery: "100ms",
  replicas: {
    strategy: "hpa",
    target: 0.5,
    initialization: "0s",
    scaleUp: { percent: 100, pods: 4, period: "100ms" },
    scaleDown: { stabilization: "300ms", percent: 100, period: "100ms" },
  },
});

test("in the core: requests wait for a replica; full use doubles the replicas; the most of the window is kept, then fewer", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 20
    pool default unlimited
    policy ${QUICK}
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it    # the least number, from the first request on
    10 arrive r1 ana web -> queue r1 (no_fit)                           # and not one more
    20 ready i0
    100 tick -> launch i1 of web for ana (replicas)                     # 80 % of the period: 80 ÷ 50 × 1, and that is 2
    120 ready i1 -> bind i1 to r1 (warm_hit)
    130 end r0
    140 end r1
    200 tick                                                            # 30 and 20 of 200: 25 ÷ 50 × 2 is 1, but 2 within 300 ms
    300 tick                                                            # nothing is used
    399 tick
    400 tick -> stop i0 (surplus)                                       # the 2 of 100 is 300 ms old
    400 stopped i0
    410 arrive r2 ana web -> bind i1 to r2 (warm_hit)
  `);
});
test("in the core: what is used is a mean over the period, and of what instances could run at once", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 0 concurrency 4
    pool default unlimited
    policy ${QUICK}
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 ready i0
    0 arrive r1 ana web -> bind i0 to r1 (warm_hit)
    0 arrive r2 ana web -> bind i0 to r2 (warm_hit)
    50 end r0
    75 end r1
    100 tick -> launch i1 of web for ana (replicas)   # 50 + 75 + 100 of 400: 56 ÷ 50 = 1.12, and ⌈1.12 × 1⌉ is 2
  `);
  story(`
    tier standard 1
    user ana standard
    app web start 0 concurrency 4
    pool default unlimited
    policy ${QUICK}
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 ready i0
    0 arrive r1 ana web -> bind i0 to r1 (warm_hit)
    0 arrive r2 ana web -> bind i0 to r2 (warm_hit)
    50 end r0
    69 end r1
    100 tick                              # 50 + 69 + 100 of 400 are 54.75 %, which is 54: within the tolerance
  `);
});

test("in the core: instances that are starting count as using nothing, and nobody is sent to them", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 1000
    pool default unlimited
    policy ${QUICK}
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 arrive r1 ana web -> queue r1 (no_fit)
    100 tick                              # no pod has a sample: nothing is known
    1000 ready i0
    1100 tick -> launch i1 of web for ana (replicas)        # 100 ÷ 50 × 1
    1200 tick                             # 100 ÷ 50 = 2; with the one that starts at nothing 50 ÷ 50: no change
    1250 end r0 -> bind i0 to r1 (warm_hit)
    2100 ready i1
  `);
});

test("in the core: what falls idle beyond the replicas stops then, and not before", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    pool default unlimited
    policy keep-alive:ttl=1h
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 arrive r1 ana web -> launch i1 of web for ana, r1 waits for it
    0 arrive r2 ana web -> launch i2 of web for ana, r2 waits for it
    0 ready i0
    0 ready i1
    0 ready i2
    10 end r0 -> timer at 3600010
    policy {"controlEvery":"100ms","replicas":{"strategy":"hpa","initialization":"0s","max":2}}
    100 tick -> stop i0 (surplus)          # three were adopted, two are the most
    100 stopped i0
    200 tick
    250 end r1                            # two are left, and two are to be
  `);
});

test("in the core: on nodes that are full replicas wait for room; nothing idle is evicted for them", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web
    policy ${QUICK}
    0 node n0 2
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    0 arrive r1 bob web -> launch i1 of web for bob on n0, r1 waits for it
    0 ready i1
    90 end r1
    100 tick                              # ana is to have two, and has room for one
    150 arrive r2 ana web -> queue r2 (no_fit)
    160 lost i1 -> launch i2 of web for ana on n0, r2 waits for it
  `);
});

test("in the core: a shared app is scaled as one, whoever uses it", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web shared
    pool default unlimited
    policy {"controlEvery":"100ms","replicas":{"strategy":"hpa","min":2}}
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it, launch i1 of web as a shadow (replicas)
    0 ready i0
    0 ready i1
    10 arrive r1 bob web -> bind i1 to r1 (shadow_hit)
    10 arrive r2 bob web -> queue r2 (no_fit)
    20 end r0 -> bind i0 to r2 (warm_hit)
    30 end r2
    40 end r1
    100 tick
  `);
});

test("in the core: a group at rest is scaled again once it is used", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    pool default unlimited
    policy ${QUICK}
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 ready i0
    10 end r0
    100 tick
    400 tick                              # at rest
    500 tick
    500 arrive r1 ana web -> bind i0 to r1 (warm_hit)
    600 tick -> launch i1 of web for ana (replicas)
  `);
});

test("in the core: a lost replica is replaced when the period ends", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    pool default unlimited
    policy ${QUICK}
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 ready i0
    10 end r0
    100 tick
    200 tick
    300 tick
    400 tick                              # at rest
    410 lost i0
    500 tick -> launch i1 of web for ana (replicas)
  `);
});

test.run();
