import { test } from "uvu";
import { story } from "../../../support/story.ts";

test("finite capacity: the queue is tried by priority, then arrival; what does not fit is passed over", () => {
  story(`
    tier low 1
    tier high 2
    user ana low
    user bob high
    app small
    app large slots 2
    0 node n0 2
    0 arrive r0 ana small -> launch i0 of small for ana on n0, r0 waits for it
    0 arrive r1 ana small -> launch i1 of small for ana on n0, r1 waits for it
    0 ready i0
    0 ready i1
    1 arrive r2 ana small -> queue r2 (no_fit)
    2 arrive r3 bob large -> queue r3 (no_fit)
    3 arrive r4 bob small -> queue r4 (no_fit)
    4 arrive r5 ana small -> queue r5 (no_fit)
    10 end r0 -> stop i0 (evicted)                                        # r3 cannot use it, r4 can
    10 stopped i0 -> launch i2 of small for bob on n0, r4 waits for it
    20 end r1 -> bind i1 to r2 (warm_hit)
    20 ready i2
    30 end r4 -> stop i2 (evicted)
    30 stopped i2 -> launch i3 of small for ana on n0, r5 waits for it
    30 ready i3
    40 end r2 -> stop i1 (nothing_kept)                                   # one slot is not enough for r3
    40 stopped i1
    50 end r5 -> stop i3 (evicted)
    50 stopped i3 -> launch i4 of large for bob on n0, r3 waits for it
  `);
});

test("a node that turns out to have more than it said takes what did not fit; one that says less keeps what it had", () => {
  story(`
    tier standard 1
    user ana standard
    app small
    app large slots 2
    0 node n0 1
    0 arrive r0 ana small -> launch i0 of small for ana on n0, r0 waits for it
    0 ready i0
    1 arrive r1 ana large -> reject r1 (cannot_fit)
    2 node n0 3
    3 arrive r2 ana large -> launch i1 of large for ana on n0, r2 waits for it
    3 ready i1
    4 node n0 1
    5 end r0 -> stop i0 (nothing_kept)
    5 stopped i0
    6 arrive r3 ana small -> launch i2 of small for ana on n0, r3 waits for it
  `);
});

test("a request that ends leaves its instance to whoever waits, before the warm rule speaks", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web shared
    0 node n0 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    1 arrive r1 bob web -> queue r1 (no_fit)
    2 arrive r2 ana web -> queue r2 (no_fit)
    10 end r0 -> bind i0 to r1 (warm_hit)
    20 end r1 -> bind i0 to r2 (warm_hit)
    30 end r2 -> stop i0 (nothing_kept)
  `);
});

test("evicted first is the lowest tier, then the least recently used", () => {
  story(`
    tier high 2
    tier low 1
    user ana high
    user bob low
    user cem low
    app web
    policy keep-alive
    0 node n0 3
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it
    0 arrive r1 ana web -> launch i1 of web for ana on n0, r1 waits for it
    0 arrive r2 cem web -> launch i2 of web for cem on n0, r2 waits for it
    0 ready i0
    0 ready i1
    0 ready i2
    1 end r1 -> timer at 600001
    2 end r2
    3 end r0
    10 arrive r3 ana web -> bind i1 to r3 (warm_hit)
    20 arrive r4 ana web -> stop i2 (evicted), queue r4 (no_fit)
    20 stopped i2 -> launch i3 of web for ana on n0, r4 waits for it
    30 end r3
    31 arrive r5 cem web -> stop i0 (evicted), queue r5 (no_fit)
    31 stopped i0 -> launch i4 of web for cem on n0, r5 waits for it
    32 arrive r6 bob web -> stop i1 (evicted), queue r6 (no_fit)
    32 stopped i1 -> launch i5 of web for bob on n0, r6 waits for it
  `);
});

test("shadows are evicted before anyone's instances", () => {
  story(`
    tier low 1
    user ana low
    user bob low
    app web
    app pool shared
    policy clairvoyant
    0 node n0 2
    0 forecast concurrency pool 1 step 1000 -> launch i0 of pool as a shadow on n0 (forecast), timer at 1000
    0 forecast concurrency ana/web 1 step 1000 -> launch i1 of web for ana on n0 (forecast)
    0 ready i1
    0 ready i0
    5 arrive r0 bob web -> stop i0 (evicted), queue r0 (no_fit)
    5 stopped i0 -> launch i2 of web for bob on n0, r0 waits for it
  `);
});

test("eviction is all or nothing, on one node", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app small
    app large slots 2
    policy keep-alive
    0 node n0 2
    0 node n1 2
    0 arrive r0 ana small -> launch i0 of small for ana on n0, r0 waits for it
    0 arrive r1 ana small -> launch i1 of small for ana on n0, r1 waits for it
    0 arrive r2 ana small -> launch i2 of small for ana on n1, r2 waits for it
    0 arrive r3 ana small -> launch i3 of small for ana on n1, r3 waits for it
    0 ready i0
    0 ready i1
    0 ready i2
    0 ready i3
    1 end r0 -> timer at 600001
    2 end r2
    3 arrive r4 bob large -> queue r4 (no_fit)          # one idle on each node: two slots nowhere
    4 end r3 -> stop i2 (evicted), stop i3 (evicted)
    4 stopped i2
    4 stopped i3 -> launch i4 of large for bob on n1, r4 waits for it
  `);
});

test("nobody behind takes what is being made free for a request ahead", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    user cem standard
    app small
    app medium slots 2
    app large slots 3
    policy keep-alive
    0 node n0 4
    0 arrive r0 ana small -> launch i0 of small for ana on n0, r0 waits for it
    0 arrive r1 ana large -> launch i1 of large for ana on n0, r1 waits for it
    0 ready i0
    0 ready i1
    1 end r0 -> timer at 600001
    2 arrive r2 bob large -> queue r2 (no_fit)
    3 arrive r3 cem medium -> queue r3 (no_fit)
    10 resized i1 1 -> stop i0 (evicted)                # two slots are free, which r3 would fit
    10 stopped i0 -> launch i2 of large for bob on n0, r2 waits for it
  `);
});

test("a user who may not run the app, and a shape that no node could ever hold, are refused", () => {
  story(`
    tier standard 1
    user ana standard may web
    app web
    app api
    app large slots 3
    user bob standard
    0 arrive r0 ana api -> reject r0 (not_permitted)
    0 arrive r1 ana web -> queue r1 (no_fit)
    0 node n0 2 -> launch i0 of web for ana on n0, r1 waits for it
    1 arrive r2 bob large -> reject r2 (cannot_fit)
    2 arrive r3 bob api -> launch i1 of api for bob on n0, r3 waits for it
    3 arrive r4 bob api -> queue r4 (no_fit)
  `);
});

test("whoever waits behind a larger request starts when that is cancelled, where instances are sized", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web slots 3 concurrency 2
    app api slots 2
    policy {"controlEvery": "1h", "size": {"strategy": "vpa"}, "warm": {"strategy": "ttl", "ttl": "10m"}}
    0 node n0 3
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    1 resized i0 1
    2 arrive r1 bob api asks 2 -> launch i1 of api for bob on n0, r1 waits for it
    3 arrive r2 ana web asks 0 -> bind i0 to r2 (warm_hit)
    4 arrive r3 ana web asks 2 -> queue r3 (no_fit)
    5 arrive r4 ana web asks 0 -> queue r4 (no_fit)
    6 end r2                                       # r3 has no room to grow into
    7 cancel r3 -> bind i0 to r4 (warm_hit)
  `);
});

test("others take what a node has: what is there stays, and nothing new goes there until enough of it has gone", () => {
  story(`
    tier standard 1
    user ana standard
    app small
    policy keep-alive:ttl=1m
    0 shared n0 3
    0 arrive r0 ana small -> launch i0 of small for ana on n0, r0 waits for it
    0 arrive r1 ana small -> launch i1 of small for ana on n0, r1 waits for it
    0 ready i0
    0 ready i1
    1 shared n0 3 offers 1
    2 arrive r2 ana small -> queue r2 (no_fit)
    3 lost i1
    4 cancel r1
    5 shared n0 3 offers 2 -> launch i2 of small for ana on n0, r2 waits for it
  `);
});

test("a node takes so many instances, whatever room it has; one that is idle makes way for another", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app small
    app other
    policy keep-alive:ttl=1m
    0 shared n0 9 places 2
    0 arrive r0 ana small -> launch i0 of small for ana on n0, r0 waits for it
    0 arrive r1 ana small -> launch i1 of small for ana on n0, r1 waits for it
    0 ready i0
    0 ready i1
    1 arrive r2 bob other -> queue r2 (no_fit)
    2 end r0 -> stop i0 (evicted)
    2 stopped i0 -> launch i2 of other for bob on n0, r2 waits for it
    3 shared n0 9 places 1
    4 ready i2
    5 arrive r3 ana other -> queue r3 (no_fit)
    6 end r1 -> timer at 60006                                            # without i1 there is still one
    7 shared n0 9 places 3 -> launch i3 of other for ana on n0, r3 waits for it
  `);
});

test.run();
